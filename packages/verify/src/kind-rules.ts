// Whether a file is of the kind that it says it is: rules B1.6 and F3.4. One wrong byte there makes every block look damaged, or
// every row misplaced.
import { BlockCursor, compareBytes, FOOTER_BYTES, FORMAT_VERSIONS, type FormatVersion, isSstError } from "@slate-sst/format";
import type { Framing } from "./framing.js";
import type { IndexView } from "./index-rules.js";
import type { Report } from "./report.js";

/** B1.6, by the first block. @returns whether its rows, and those of all blocks, are of another version than the footer names. */
export function isOfOtherVersion(payload: Uint8Array, version: FormatVersion, fileSize: number, report: Report): boolean {
  if (holdsTogether(payload, version)) return false;
  const other = FORMAT_VERSIONS.find((one) => one !== version && holdsTogether(payload, one));
  if (other === undefined) return false;
  return report.add("B1.6", "block", () => ({
    path: "footer.format_version", offset: fileSize - Uint16Array.BYTES_PER_ELEMENT, length: Uint16Array.BYTES_PER_ELEMENT,
    expected: `${other}, of which block[0] is`, found: String(version), hint: `the footer, the last ${FOOTER_BYTES} bytes, has no checksum; rows were not read`,
  }));
}

function holdsTogether(payload: Uint8Array, version: FormatVersion): boolean {
  const cursor = new BlockCursor(version);
  try {
    cursor.open(payload);
    while (cursor.next());
    return true;
  } catch (error) {
    if (!isSstError(error)) throw error;
    return false;
  }
}

/** F3.4, by what the end of a file says. */
export function checkType({ info, infoOffset, infoPayload }: Framing, index: IndexView, report: Report): void {
  const { firstEntry, lastEntry, statsLen } = info;
  if (firstEntry === undefined || lastEntry !== undefined || statsLen !== 0 || index.blocks === 0) return;
  if (firstEntry.length !== BigUint64Array.BYTES_PER_ELEMENT || compareBytes(index.separator(0), firstEntry) !== 0) return;
  report.add("F3.4", "info", () => ({
    path: "info.sst_type", offset: infoOffset, length: infoPayload.length, expected: "a WAL file, as which the file is laid out", found: "a compacted SST",
    hint: "the order of keys was not checked",
  }));
}
