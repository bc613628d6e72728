// The info and the codecs as messages of spec/proto, and back: by the names that both sides have, so that a field or a codec is on
// both once it stands in spec/.
import { create, ScalarType } from "@bufbuild/protobuf";
import type { CompressionName } from "./compression/codec.js";
import { COMPRESSION_IDS, COMPRESSION_NAMES } from "./generated/constants.js";
import type { SsTableInfo } from "./generated/fbs/sst-info.js";
import { CompressionCodec, type SsTableInfo as InfoMessage, SsTableInfoSchema } from "./generated/proto/slate_sst/v1/metadata_pb.js";

type Value = SsTableInfo[keyof SsTableInfo];

/** The message's value of a codec. */
export function codecMessage(name: CompressionName): CompressionCodec {
  return CompressionCodec[name.toUpperCase() as Uppercase<CompressionName>];
}

/** The name of a codec by the message's value; undefined for a value without one. */
export function codecOfMessage(codec: CompressionCodec): CompressionName | undefined {
  return (Object.keys(COMPRESSION_IDS) as CompressionName[]).find((name) => codecMessage(name) === codec);
}

/** An info's fields by their names, in the order of the message: `snake_case` for paths, the property in both, and the value. */
export function infoFields(info: SsTableInfo): { readonly name: string; readonly property: keyof SsTableInfo; readonly value: Value }[] {
  return SsTableInfoSchema.fields.map(({ name, localName }) => {
    const property = localName as keyof SsTableInfo;
    return { name, property, value: info[property] };
  });
}

/** An info as a message. Keys are copied. */
export function infoMessage(info: SsTableInfo): InfoMessage {
  const values: Record<string, unknown> = {};
  for (const { localName, scalar } of SsTableInfoSchema.fields) {
    const value = info[localName as keyof SsTableInfo];
    if (value === undefined) continue;
    values[localName] = value instanceof Uint8Array ? value.slice() : scalar === ScalarType.UINT64 && typeof value === "number" ? BigInt(value) : value;
  }
  return create(SsTableInfoSchema, values);
}

/** The info that a message tells of. @throws RangeError for numbers without a name. */
export function infoOfMessage(message: InfoMessage): SsTableInfo {
  const { compressionFormat, sstType, filterFormat } = message;
  if (!(compressionFormat in COMPRESSION_NAMES) || (sstType !== 0 && sstType !== 1) || (filterFormat !== 0 && filterFormat !== 1)) throw new RangeError("an info with numbers that have no name");
  const values = SsTableInfoSchema.fields.map(({ localName }) => {
    const value = message[localName as keyof InfoMessage] as unknown;
    return [localName, typeof value === "bigint" ? Number(value) : value];
  });
  return Object.fromEntries(values) as SsTableInfo;
}
