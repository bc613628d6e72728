meta:
  id: section
  title: Bytes and their checksum
  endian: be
-codec: Section
doc: |
  How data blocks, filter, index, stats and info lie in the file: the stored bytes and their CRC-32 (the zlib one,
  reflected polynomial 0xEDB88320), computed after compression and after a block transformer. Lengths in the info
  include the checksum.
seq:
  - id: payload
    size: _io.size - 4
    -in-place: true
    doc: The stored bytes.
  - id: crc32
    type: u4
    doc: CRC-32 of the payload.
