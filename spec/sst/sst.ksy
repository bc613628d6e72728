meta:
  id: sst
  title: SlateDB SST
  file-extension: sst
  endian: be
  imports:
    - section
    - block_v1
    - block_v2
    - bloom_filter
    - composite_filter
doc: |
  A sorted string table of SlateDB, read from its end: the footer says where the info is, the info (a FlatBuffer, see
  fbs/sst_info.fbs) where the index, the filter and the stats are, and the index (fbs/sst_index.fbs) where the data
  blocks are.

      data block 0 | data block 1 | ... | filter (optional) | index | stats | info | footer

  Sections touch each other; there is no padding, no magic number and no header. All but the info are compressed with
  the codec that the info names, there is no exception for data that grows, and each is followed by the CRC-32 of its
  stored bytes. WAL files have neither filter nor stats.
-proven-versions: [1, 2]
seq: []
instances:
  footer:
    pos: _io.size - 10
    type: footer
    doc: The last bytes of the file.
  info:
    pos: footer.info_offset
    size: _io.size - 10 - footer.info_offset
    type: section
    doc: Info section, never compressed. Its FlatBuffer is opaque here.
types:
  footer:
    -codec: Footer
    doc: The last ten bytes. They have no checksum.
    seq:
      - id: info_offset
        type: u8
        -as: number
        doc: Position of the info section in the file.
      - id: format_version
        type: u2
        enum: format_version
        valid:
          in-enum: true
        doc: The version of the data blocks. It selects nothing else.
  layout:
    doc: |
      The sections that the info points at, for callers that have read its FlatBuffer. Positions and lengths are the
      info's fields; lengths include the checksum.
    params:
      - id: filter_offset
        type: u8
      - id: filter_len
        type: u8
      - id: index_offset
        type: u8
      - id: index_len
        type: u8
      - id: stats_offset
        type: u8
      - id: stats_len
        type: u8
    instances:
      filter:
        io: _root._io
        pos: filter_offset
        size: filter_len
        type: section
        if: filter_len != 0
        doc: Filter section.
      index:
        io: _root._io
        pos: index_offset
        size: index_len
        type: section
        doc: Index section.
      stats:
        io: _root._io
        pos: stats_offset
        size: stats_len
        type: section
        if: stats_len != 0
        doc: Stats section.
  data_block:
    doc: A data block between two positions of the index (or the last one and the info's filter_offset).
    params:
      - id: start
        type: u8
      - id: end
        type: u8
    instances:
      stored:
        io: _root._io
        pos: start
        size: end - start
        type: section
        doc: The block as it is stored.
      plain:
        io: _root._io
        pos: start
        size: end - start - 4
        type:
          switch-on: _root.footer.format_version
          cases:
            'format_version::v1': block_v1
            'format_version::v2': block_v2
        doc: The block's payload, for an SST without compression.
enums:
  format_version:
    1:
      id: v1
      doc: V1 blocks, as releases up to 0.10 write them.
    2:
      id: v2
      doc: V2 blocks, as releases from 0.11 on write them.
