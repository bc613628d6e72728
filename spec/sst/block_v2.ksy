meta:
  id: block_v2
  title: Payload of a V2 data block
  endian: be
  imports:
    - row_tail
    - varint
-codec: BlockV2
-keys-extend: previous
-kernel: true
doc: |
  Rows, then the positions of the restart points, then their count. The payload is what stands in the file before
  compression, without the checksum. One row in 16 (0, 16, 32, ... of the block) is a restart point, whose key is
  stored whole. The number of rows is not stored: rows end where the restart points begin.
  The block size limits this payload; only a single row that is larger may break it.
seq:
  - id: body
    size: _io.size - 2 - 2 * num_restarts
    type: row_list
    -in-place: true
    doc: The rows, one after the other.
  - id: restarts
    type: u2
    repeat: expr
    repeat-expr: num_restarts
    doc: Position of each restart point in the payload, ascending. The first is 0.
  - id: num_restarts_stored
    type: u2
    -count-of: restarts
    doc: How many restart points there are, ceil(rows / 16).
instances:
  num_restarts:
    pos: _io.size - 2
    type: u2
types:
  row_list:
    doc: Rows up to the restart points.
    seq:
      - id: rows
        type: row(_index)
        repeat: eos
        doc: The rows in file order.
  row:
    -codec: RowV2
    doc: |
      A row whose key is stored as the length of the longest prefix it shares with the key before it in the same block,
      and the rest. Varints are minimal.
    params:
      - id: idx
        type: s4
    seq:
      - id: shared
        type: varint
        doc: Bytes shared with the key of the row before it; 0 at restart points, even if keys share a prefix.
      - id: unshared
        type: varint
        -length-of: suffix
        doc: Key length minus shared. 0 for an older version of the same key that is not a restart point.
      - id: value_len
        type: varint
        -length-of: value
        doc: Length of the value, 0 for a tombstone.
      - id: suffix
        size: unshared.value
        doc: The key after the shared prefix.
      - id: value
        size: value_len.value
        doc: The value or merge operand.
      - id: tail
        type: row_tail
        doc: Sequence number, flags and timestamps.
    instances:
      is_restart:
        value: idx % 16 == 0
        -constant: RESTART_INTERVAL
        doc: Whether the row is a restart point.
      key_len:
        value: shared.value + unshared.value
        doc: Length of the whole key.
