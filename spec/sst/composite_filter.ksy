meta:
  id: composite_filter
  title: Composite filter block
  endian: be
-codec: CompositeFilter
doc: |
  Payload of a filter block from release 0.13 on: named filters one after the other. Release 0.12.1 misreads it as a
  legacy block, and then does not find keys that exist.
seq:
  - id: num_filters
    type: u2
    doc: How many filters follow.
  - id: filters
    type: named_filter
    repeat: expr
    repeat-expr: num_filters
    -one-by-one: true
    doc: The filters.
types:
  named_filter:
    -codec: NamedFilter
    doc: One filter. Its data is a bloom filter when the name says so.
    seq:
      - id: len_name
        type: u2
        -length-of: name
        doc: Length of the name in bytes.
      - id: name
        size: len_name
        doc: Name of the filter, UTF-8.
      - id: len_data
        type: u8
        -as: number
        -length-of: data
        doc: Length of the data in bytes.
      - id: data
        size: len_data
        doc: The filter's own bytes.
