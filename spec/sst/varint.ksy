meta:
  id: varint
  title: Unsigned LEB128 of a u32, minimal form
  endian: be
-primitive: leb128_u32
doc: |
  A u32 in one to five bytes, seven bits a byte, low group first. The high bit of a byte says that another one follows.
  Always minimal: no trailing zero group, nothing above 32 bits. One byte up to 127, two up to 16,383, three up to
  2,097,151, four up to 268,435,455, else five.
seq:
  - id: groups
    type: group(_index)
    repeat: until
    repeat-until: not _.more
    doc: The groups, low first.
instances:
  value:
    value: >-
      groups[0].bits
      + (groups.size > 1 ? groups[1].bits * 128 : 0)
      + (groups.size > 2 ? groups[2].bits * 16384 : 0)
      + (groups.size > 3 ? groups[3].bits * 2097152 : 0)
      + (groups.size > 4 ? groups[4].bits * 268435456 : 0)
    doc: The number. Products, not shifts, because 32-bit shifts overflow in some target languages.
types:
  group:
    doc: Seven bits of the number and the bit that says whether more follow.
    params:
      - id: idx
        type: s4
    seq:
      - id: raw
        type: u1
        valid:
          expr: (idx < 4 or (idx == 4 and _ <= 15)) and (idx == 0 or _ != 0)
    instances:
      more:
        value: raw >= 128
      bits:
        value: raw % 128
