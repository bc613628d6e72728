// The info section of an SST (spec/fbs/sst_info.fbs): where the other sections lie and what is in them.
import { encodeSsTableInfo, readSsTableInfo, type SsTableInfo } from "./generated/fbs/sst-info.js";

/**
 * The info's FlatBuffer, with the bytes that SlateDB gives it; the checksum is not part of it.
 * A value out of range is ERR_SST_FIELD_INVALID.
 */
export function encodeInfo(info: SsTableInfo): Uint8Array {
  return encodeSsTableInfo(info);
}

/**
 * Reads an info's FlatBuffer (without checksum). Offsets and lengths are only known to be safe integers: whether they lie
 * in the file is for the caller to check. Broken bytes are ERR_SST_CORRUPT with `offset` and `path`, an unknown codec,
 * SST type or filter format is ERR_SST_UNSUPPORTED. First and last entry are views of `bytes`.
 */
export function decodeInfo(bytes: Uint8Array): SsTableInfo {
  return readSsTableInfo(bytes, "info");
}
