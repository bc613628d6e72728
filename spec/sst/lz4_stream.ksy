meta:
  id: lz4_stream
  title: A section under compression format lz4
  endian: le
-codec: Lz4Stream
doc: |
  What codec lz4 stores of a payload: its length, and one LZ4 block without frame or checksum. The length is little-endian,
  unlike every other number of the byte layout.
seq:
  - id: payload_len
    type: u4
    doc: Length of the payload in bytes.
  - id: block
    size-eos: true
    doc: The LZ4 block.
