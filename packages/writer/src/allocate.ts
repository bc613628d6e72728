// Memory for rows and parts. A platform's longest array may be shorter than the format's longest value.
import { SstError } from "@slate-sst/format";

/** @throws SstError ERR_SST_LIMIT_MEMORY. */
export function allocate(length: number): Uint8Array {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw new SstError("ERR_SST_LIMIT_MEMORY", `there is no memory for ${length} bytes at once; a block, and so a value, must be smaller here`, { cause, details: { length } });
  }
}
