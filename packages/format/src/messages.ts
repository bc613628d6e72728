// The info and the codecs as messages of spec/proto, and back: by the names that both sides have, so that a field or a codec is on
// both once it stands in spec/.
import { create, ScalarType } from "@bufbuild/protobuf";
import type { CompressionName } from "./compression/codec.js";
import { assertBytes, assertEnum, assertSafe, assertText } from "./flatbuffers/checks.js";
import { COMPRESSION_IDS } from "./generated/constants.js";
import { COMPRESSION_FORMAT_VALUES, FILTER_FORMAT_VALUES, SST_TYPE_VALUES, type SsTableInfo } from "./generated/fbs/sst-info.js";
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

/** An info as a message. Keys are copied. @throws SstRangeError ERR_SST_FIELD_INVALID for a value out of range. */
export function infoMessage(info: SsTableInfo): InfoMessage {
  const values: Record<string, unknown> = {};
  for (const { name, localName, scalar } of SsTableInfoSchema.fields) {
    const value: unknown = info[localName as keyof SsTableInfo];
    if (value === undefined) continue;
    const field = `SsTableInfo.${name}`;
    if (scalar === ScalarType.BYTES) assertBytes(value as Uint8Array, field);
    else if (scalar === ScalarType.STRING) assertText(value as string, field);
    else assertSafe(value as number, field);
    // Not slice(): that of a Buffer is a view.
    values[localName] = scalar === ScalarType.BYTES ? new Uint8Array(value as Uint8Array) : scalar === ScalarType.UINT64 ? BigInt(value as number) : value;
  }
  return create(SsTableInfoSchema, values);
}

/** The info that a message tells of. @throws SstRangeError ERR_SST_FIELD_INVALID for numbers without a name or beyond 2^53 - 1. */
export function infoOfMessage(message: InfoMessage): SsTableInfo {
  assertEnum(message.compressionFormat, COMPRESSION_FORMAT_VALUES, "SsTableInfo.compression_format");
  assertEnum(message.sstType, SST_TYPE_VALUES, "SsTableInfo.sst_type");
  assertEnum(message.filterFormat, FILTER_FORMAT_VALUES, "SsTableInfo.filter_format");
  const values = SsTableInfoSchema.fields.map(({ name, localName }) => {
    const value = message[localName as keyof InfoMessage] as unknown;
    if (typeof value !== "bigint") return [localName, value];
    assertSafe(Number(value), `SsTableInfo.${name}`);
    return [localName, Number(value)];
  });
  return Object.fromEntries(values) as SsTableInfo;
}
