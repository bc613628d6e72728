// Contracts of the toolkit as messages: the entry `@slate-sst/format/proto`. Their fields are described in
// spec/proto/slate_sst/v1; the functions below come from the message runtime, so that callers need not depend on it.
export { create, fromBinary, fromJson, fromJsonString, toBinary, toJson, toJsonString, type MessageInitShape } from "@bufbuild/protobuf";
export {
  CompressionCodec,
  CompressionCodecSchema,
  FilterKind,
  FilterKindSchema,
  FilterMetadataSchema,
  SsTableInfoSchema,
  SstMetadataSchema,
  WriterIdentitySchema,
  type CompressionCodecJson,
  type FilterKindJson,
  type FilterMetadata,
  type FilterMetadataJson,
  type SsTableInfo,
  type SsTableInfoJson,
  type SstMetadata,
  type SstMetadataJson,
  type WriterIdentity,
  type WriterIdentityJson,
} from "./generated/proto/slate_sst/v1/metadata_pb.js";
