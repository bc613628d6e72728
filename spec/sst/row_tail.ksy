meta:
  id: row_tail
  title: Sequence number, flags and timestamps of a row
  endian: be
  bit-endian: be
doc: |
  The part of a row that the blocks of all versions share. Rows of one key stand newest first: sequence numbers descend.
  SlateDB's own flush sets create_ts on every row; a bulk writer may leave it out, and readers then report 0.
seq:
  - id: seq_num
    type: u8
    -as: halves
    doc: Sequence number of the write, an unsigned 64-bit integer. (key, sequence number) pairs are unique in an SST.
  - id: flags
    type: row_flags
    doc: Kind of the row, and which timestamps follow.
  - id: expire_ts
    type: s8
    -as: halves
    if: flags.has_expire_ts
    doc: When the row expires, milliseconds since the Unix epoch. It stands before create_ts.
  - id: create_ts
    type: s8
    -as: halves
    if: flags.has_create_ts
    doc: When the row was written, milliseconds since the Unix epoch.
types:
  row_flags:
    doc: One byte. A row that is neither a tombstone nor a merge operand is a put; it cannot be both.
    seq:
      - id: unknown
        type: b4
        valid: 0
        doc: Reserved, zero.
      - id: is_merge
        type: b1
        doc: The row is a merge operand.
      - id: has_create_ts
        type: b1
        doc: create_ts is present.
      - id: has_expire_ts
        type: b1
        doc: expire_ts is present.
      - id: is_tombstone
        type: b1
        valid:
          expr: not (_ and is_merge)
        -excludes: is_merge
        doc: The row is a tombstone; it deletes its key and has no value.
