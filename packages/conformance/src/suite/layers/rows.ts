// Single rows: what each kind and each timestamp adds, prefixes, numbers at the ends of their ranges.
import { BLOCK_LAYOUTS, FLAG_MERGE, FLAG_TOMBSTONE, type FormatVersion, SEQ_MAX, TIMESTAMP_MAX, TIMESTAMP_MIN } from "@slate-sst/format";
import { ConformanceLayer } from "@slate-sst/format/proto/conformance";
import { encodeForgedRow } from "../../forgeries/forged-rows.js";
import type { GoldenRow } from "../../side-car.js";
import { stored } from "../../testees/stored-row.js";
import { BY_HAND, SuiteBuilder } from "../builder.js";
import { rowMessage, value, VERSIONS } from "../values.js";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const NO_BYTES = new Uint8Array(0);

const PUT: GoldenRow = { kind: "put", key: utf8("apple"), value: utf8("red"), seq: 7n, createTs: undefined, expireTs: undefined };
const DELETE: GoldenRow = { ...PUT, kind: "delete", value: undefined };
const CREATED = 1_700_000_000_000n;

const SOUND: readonly { readonly name: string; readonly row: GoldenRow; readonly before?: Uint8Array }[] = [
  { name: "put", row: PUT },
  { name: "put with an empty value", row: { ...PUT, value: NO_BYTES } },
  { name: "delete", row: DELETE },
  { name: "merge", row: { ...PUT, kind: "merge", value: utf8("+1") } },
  { name: "merge with an empty operand", row: { ...PUT, kind: "merge", value: NO_BYTES } },
  { name: "create_ts", row: { ...PUT, createTs: CREATED } },
  { name: "expire_ts", row: { ...PUT, expireTs: CREATED * 2n } },
  { name: "both timestamps, which differ", row: { ...PUT, createTs: CREATED, expireTs: CREATED * 2n } },
  { name: "delete with both timestamps", row: { ...DELETE, createTs: CREATED, expireTs: CREATED * 2n } },
  { name: "merge with both timestamps", row: { ...PUT, kind: "merge", createTs: CREATED, expireTs: CREATED * 2n } },
  { name: "timestamps of zero", row: { ...PUT, createTs: 0n, expireTs: 0n } },
  { name: "timestamps before 1970", row: { ...PUT, createTs: -1n, expireTs: -2n } },
  { name: "timestamps at the ends of their range", row: { ...PUT, createTs: TIMESTAMP_MIN, expireTs: TIMESTAMP_MAX } },
  { name: "seq 0", row: { ...PUT, seq: 0n } },
  { name: "seq 2^32", row: { ...PUT, seq: 2n ** 32n } },
  { name: "seq one below 2^53", row: { ...PUT, seq: 2n ** 53n - 1n } },
  { name: "seq one above 2^53", row: { ...PUT, seq: 2n ** 53n + 1n } },
  { name: "seq 2^64 - 1", row: { ...PUT, seq: SEQ_MAX } },
  { name: "key of one zero byte", row: { ...PUT, key: Uint8Array.of(0) } },
  { name: "key of 0xff bytes", row: { ...PUT, key: new Uint8Array(20).fill(0xff) } },
  { name: "key of 127 bytes", row: { ...PUT, key: new Uint8Array(127).fill(0x6b) } },
  { name: "key of 128 bytes", row: { ...PUT, key: new Uint8Array(128).fill(0x6b) } },
  { name: "key of 65535 bytes", row: { ...PUT, key: new Uint8Array(65_535).fill(0x6b) } },
  { name: "value of 127 bytes", row: { ...PUT, value: new Uint8Array(127).fill(1) } },
  { name: "value of 128 bytes", row: { ...PUT, value: new Uint8Array(128).fill(1) } },
  { name: "value of 16384 bytes", row: { ...PUT, value: new Uint8Array(16_384).fill(1) } },
  { name: "shared prefix", row: { ...PUT, key: utf8("apply") }, before: utf8("apple") },
  { name: "key that goes on where the one before ends", row: { ...PUT, key: utf8("apples") }, before: utf8("apple") },
  { name: "the same key again, older", row: PUT, before: utf8("apple") },
  { name: "last byte differs after 200", row: { ...PUT, key: Uint8Array.of(...new Uint8Array(200).fill(0x61), 2) }, before: Uint8Array.of(...new Uint8Array(200).fill(0x61), 1) },
  { name: "nothing shared", row: { ...PUT, key: utf8("banana") }, before: utf8("apple") },
];

export function rowSuite(): SuiteBuilder {
  const suite = new SuiteBuilder(ConformanceLayer.ROW);
  for (const version of VERSIONS) {
    for (const { name, row, before = NO_BYTES } of SOUND) soundRow(suite, version, name, row, before);
    brokenRows(suite, version);
  }
  return suite;
}

function soundRow(suite: SuiteBuilder, version: FormatVersion, name: string, row: GoldenRow, before: Uint8Array): void {
  const bytes = encodeForgedRow(stored(row, before), version);
  const about = `A V${version} row: ${name}`;
  const message = rowMessage(row);
  const prefixes = BLOCK_LAYOUTS[version].hasRestarts ? (["B3.4", "B3.5", "B4.1", "B4.2", "B4.3", "B5.1", "B5.2"] as const) : (["B3.6", "B3.7", "B4.1", "B4.2", "B5.1", "B5.2"] as const);
  suite.encode({ name: `v${version} ${name} to bytes`, about, origin: BY_HAND }, value({ case: "row", value: { row: message, formatVersion: version, keyBefore: before } }), bytes);
  suite.decode({ name: `v${version} ${name} from bytes`, about, origin: BY_HAND, rules: prefixes }, bytes, { accept: value({ case: "row", value: { row: message, formatVersion: version, keyBefore: before } }) }, { formatVersion: version, keyBefore: before });
}

/** Rows that no reader can make sense of, and rows that some read all the same. */
function brokenRows(suite: SuiteBuilder, version: FormatVersion): void {
  const whole = { ...PUT, createTs: CREATED, expireTs: CREATED * 2n };
  const bytes = encodeForgedRow(stored(whole), version);
  const task = { formatVersion: version };
  const name = (text: string): string => `v${version} ${text}`;
  for (const length of [0, 1, 3, bytes.length - 4, bytes.length - 1]) {
    suite.decode({ name: name(`cut after ${length} of ${bytes.length} bytes`), about: "A row that is cut off", origin: BY_HAND }, bytes.slice(0, length), { reject: "" }, task);
  }
  const flags = (more: number): Uint8Array => encodeForgedRow({ ...stored(PUT), flags: more }, version);
  for (const bit of [0x10, 0x20, 0x40, 0x80]) {
    suite.decode({ name: name(`unknown flag ${bit}`), about: "A reserved bit of the flags is set", origin: BY_HAND }, flags(bit), { reject: "B4.1" }, task);
  }
  suite.decode({ name: name("tombstone and merge operand"), about: "A row is one or the other", origin: BY_HAND }, flags(FLAG_TOMBSTONE | FLAG_MERGE), { reject: "B4.2" }, task);
  const more = encodeForgedRow({ ...stored(PUT), shared: 9, key: utf8("123456789xyz") }, version);
  const rule = BLOCK_LAYOUTS[version].hasRestarts ? "B3.4" : "B3.6";
  suite.decode({ name: name("more shared than there is"), about: "The key before has 5 bytes, the row shares 9 of them", origin: BY_HAND }, more, { reject: rule }, { ...task, keyBefore: utf8("apple") });
  if (!BLOCK_LAYOUTS[version].hasRestarts) return;
  suite.decode(
    { name: name("tombstone with value bytes"), about: "The value length of a tombstone is not 0 (B4.3)", origin: BY_HAND }, encodeForgedRow({ ...stored(PUT), flags: FLAG_TOMBSTONE }, version),
    { may: "SlateDB 0.12.1 reads a tombstone and drops the bytes. A reader may; a verifier names B4.3", value: value({ case: "row", value: { row: rowMessage(DELETE), formatVersion: version } }) }, task,
  );
}
