meta:
  id: bloom_filter
  title: Bloom filter over keys
  endian: be
-codec: BloomFilter
doc: |
  The whole payload of a legacy filter block, and the data of a bloom filter inside a composite one. Bit b lies in byte
  b >> 3 under the mask 1 << (b & 7). Every row adds its key, so older versions enlarge the filter. Keys are hashed by
  SipHash-1-3 with a zero key; each probe steps by a growing delta.
seq:
  - id: num_probes
    type: u2
    doc: Bits set for each key.
  - id: bits
    size-eos: true
    doc: The bit array.
