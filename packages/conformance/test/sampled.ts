// Some of many cases, by their names: which ones does not change when others join them.
import { crc32 } from "@slate-sst/format";

/** Whether a case is among about one in `every`. */
export const isSampled = (id: string, every: number): boolean => crc32(new TextEncoder().encode(id)) % every === 0;
