// Whether everybody wrote the rows they were given: all rows are read back, counted, and summed up with their keys and values.
import { createHash } from "node:crypto";
import { createReadStream, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { COMPACTED_FOLDER, compareBytes, crc32, decodeManifest, formatUlid, MANIFEST_EXTENSION, MANIFEST_FOLDER, MANIFEST_VERSION_V1, SST_EXTENSION } from "@slate-sst/format";
import { LocalObjectStore, type ObjectStore } from "@slate-sst/object-store";
import { SstReader } from "@slate-sst/reader";
import { collectFindings, type VerifyLevel, verifySst } from "@slate-sst/verify";
import type { Built } from "./peers/build.js";
import { rowObjects } from "./write-ways.js";
import type { PassSize } from "./run/pass.js";
import { outputOf } from "./run/whole-process.js";
import { ValuePool } from "./rows.js";

/** How many rows, and the CRC-32 of all keys and values in turn. */
export interface RowSum {
  readonly rows: number;
  readonly crc32: number;
}

/** What was written is not what should have been. */
export class CheckError extends Error {
  override readonly name = "CheckError";
}

const sums = new Map<string, RowSum>();

/** The sum of the benchmark's rows. */
export function expectedSum({ rows, valueBytes }: PassSize): RowSum {
  const name = `${rows} ${valueBytes}`;
  const sum = sums.get(name) ?? sumOf(rowObjects(rows, new ValuePool(valueBytes)), { rows: 0, crc32: 0 });
  sums.set(name, sum);
  return sum;
}

function sumOf(rows: Iterable<{ readonly key: Uint8Array; readonly value?: Uint8Array | undefined }>, before: RowSum): RowSum {
  let { rows: count, crc32: crc } = before;
  for (const { key, value } of rows) {
    crc = crc32(key, crc);
    if (value !== undefined) crc = crc32(value, crc);
    count++;
  }
  return { rows: count, crc32: crc };
}

/** The sum of the rows of SSTs in the format of SlateDB, read by our reader in the order given. */
export async function ssTableSum(store: ObjectStore, paths: readonly string[]): Promise<RowSum> {
  let sum: RowSum = { rows: 0, crc32: 0 };
  for (const path of paths) {
    await using reader = await SstReader.open(store, path);
    for await (const batch of reader.scanBatches()) sum = sumOf(batch, sum);
  }
  return sum;
}

/** The sum of the rows of an SST of RocksDB, read by RocksDB. */
export async function rocksdbSum(reader: Built, file: string): Promise<RowSum> {
  if ("missing" in reader) throw new CheckError(`RocksDB cannot read back what it wrote: ${reader.missing}`);
  return JSON.parse(await outputOf({ file: reader.file, args: [file] })) as RowSum;
}

/** @throws CheckError when the sums differ */
export function assertSum(who: string, found: RowSum, size: PassSize): void {
  const expected = expectedSum(size);
  if (found.rows === expected.rows && found.crc32 === expected.crc32) return;
  throw new CheckError(`${who} wrote ${found.rows} rows with the CRC-32 ${found.crc32.toString(16)}, and was given ${expected.rows} rows with ${expected.crc32.toString(16)}`);
}

/** Paths of the SSTs of a database in key order, from its newest manifest. */
export async function databaseSsts(folder: string, root: string): Promise<string[]> {
  const manifests = readdirSync(join(folder, root, MANIFEST_FOLDER)).filter((name) => name.endsWith(MANIFEST_EXTENSION)).sort();
  const decoded = decodeManifest(readFileSync(join(folder, root, MANIFEST_FOLDER, manifests.at(-1) ?? "none")));
  if (decoded.version !== MANIFEST_VERSION_V1) throw new CheckError(`the binding wrote a manifest of version ${decoded.version}`);
  const { l0, compacted } = decoded.manifest;
  const listed = [...l0, ...compacted.flatMap(({ ssts }) => ssts)].map(({ id, info }) => ({ id, first: info.firstEntry ?? new Uint8Array(0) }));
  listed.sort((a, b) => compareBytes(a.first, b.first));
  return listed.map(({ id }) => `${root}/${COMPACTED_FOLDER}/${formatUlid(id)}${SST_EXTENSION}`);
}

/** SHA-256 of a file, in hexadecimal. */
export async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

/** @throws CheckError when files differ; @returns their SHA-256 */
export async function assertSameBytes(files: readonly { readonly name: string; readonly file: string }[]): Promise<string> {
  const digests = await Promise.all(files.map(({ file }) => sha256(file)));
  const other = digests.findIndex((digest) => digest !== digests[0]);
  if (other > 0) throw new CheckError(`${files[other]!.name} wrote other bytes than ${files[0]!.name}: SHA-256 ${digests[other]} and ${digests[0]}`);
  return digests[0] ?? "";
}

/** @throws CheckError unless the verifier finds nothing at all, warnings included */
export async function assertSound(folder: string, path: string, level: VerifyLevel): Promise<void> {
  const { findings, result } = await collectFindings(verifySst(new LocalObjectStore(folder), path, { level }));
  const [finding] = findings;
  if (finding !== undefined) throw new CheckError(`${path} breaks ${finding.rule} at ${finding.path}: expected ${finding.expected}, found ${finding.found}`);
  if (!result.complete) throw new CheckError(`${path} was not verified completely`);
}
