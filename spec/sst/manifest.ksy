meta:
  id: manifest
  title: Manifest object
  endian: be
-codec: ManifestObject
doc: |
  The object under manifest/ that names a database's SSTs: a version and a FlatBuffer (see fbs/manifest.fbs). It has no
  checksum. The highest number wins; an object is created if absent and never modified.
seq:
  - id: version
    type: u2
    enum: manifest_version
    valid:
      in-enum: true
    doc: Which table the FlatBuffer holds.
  - id: body
    size-eos: true
    doc: FlatBuffer of the manifest. It starts at an odd multiple of two, so copy it before reading it in place.
enums:
  manifest_version:
    1:
      id: v1
      doc: A ManifestV1. Every release reads it.
    2:
      id: v2
      doc: A ManifestV2, read from release 0.12 on.
