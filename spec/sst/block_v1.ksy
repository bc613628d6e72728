meta:
  id: block_v1
  title: Payload of a V1 data block
  endian: be
  imports:
    - row_tail
-codec: BlockV1
-keys-extend: first
-own-position-uncounted: true
doc: |
  Rows, then the position of each row, then their count. The payload is what stands in the file before compression,
  without the checksum. The block size does not count the two bytes of a row's own position, so a V1 block may be two
  bytes longer than the block size.
seq:
  - id: body
    size: _io.size - 2 - 2 * num_rows
    type: row_list
    -in-place: true
    doc: The rows, one after the other.
  - id: offsets
    type: u2
    repeat: expr
    repeat-expr: num_rows
    doc: Position of each row in the payload, ascending. The first is 0.
  - id: num_rows_stored
    type: u2
    -count-of: offsets
    doc: How many rows there are.
instances:
  num_rows:
    pos: _io.size - 2
    type: u2
types:
  row_list:
    doc: Rows up to their positions.
    seq:
      - id: rows
        type: row
        repeat: eos
        doc: The rows in file order.
  row:
    -codec: RowV1
    doc: |
      A row whose key is stored as the length of the longest prefix it shares with the first key of the block, and the
      rest. A tombstone has neither value length nor value.
    seq:
      - id: shared
        type: u2
        doc: Bytes shared with the first key of the block; 0 for the first row.
      - id: unshared
        type: u2
        -length-of: suffix
        doc: Key length minus shared.
      - id: suffix
        size: unshared
        doc: The key after the shared prefix.
      - id: tail
        type: row_tail
        doc: Sequence number, flags and timestamps.
      - id: value_len
        type: u4
        -length-of: value
        if: not tail.flags.is_tombstone
        doc: Length of the value.
      - id: value
        size: value_len
        if: not tail.flags.is_tombstone
        doc: The value or merge operand.
