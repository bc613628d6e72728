// Ours: format, writer, reader and verifier of this repository.
import { SstError } from "@slate-sst/format";
import { type ConformanceRequest, ConformanceVerifyLevel, type DecodeTask, type EncodeTask, type VerifyTask, type WriteTask } from "@slate-sst/format/proto/conformance";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { SstReader, type SstRow } from "@slate-sst/reader";
import { collectFindings, type Finding, type VerifyLevel, verifyDatabase, verifySst } from "@slate-sst/verify";
import { rewriteSst } from "../rewrite.js";
import { layerName } from "../suite/builder.js";
import { expectedConfigOf, rowMessage, rowOf, value, writerConfigOf } from "../suite/values.js";
import { decoded, encoded, type Outcome, rejected, type Testee } from "./answer.js";
import { decodeValue, encodeValue, isRefusal } from "./layers.js";

const PATH = "compacted/file.sst";
const ROOT = "db";
/** A forgery may break a rule at every row. */
const FINDINGS_MAX = 100_000;
const LEVELS: Readonly<Record<ConformanceVerifyLevel, VerifyLevel>> = {
  [ConformanceVerifyLevel.UNSPECIFIED]: "full", [ConformanceVerifyLevel.QUICK]: "quick", [ConformanceVerifyLevel.FULL]: "full", [ConformanceVerifyLevel.PARANOID]: "paranoid",
};

export const slateSst: Testee = async ({ layer, task }: ConformanceRequest): Promise<Outcome> => {
  const kind = task?.kind;
  const name = layerName(layer);
  try {
    switch (kind?.case) {
      case "encode":
        return encoded(await encode(kind.value, name));
      case "decode":
        return decoded(await decode(kind.value, name));
      case "verify":
        return await verify(kind.value);
      case "write":
        return encoded(await write(kind.value));
      default:
        return { case: "skipped", value: "no such task" };
    }
  } catch (error) {
    if (isRefusal(error)) return rejected(error.message);
    throw error;
  }
};

async function encode({ value: wanted }: EncodeTask, layer: string): Promise<Uint8Array> {
  if (wanted === undefined) throw new SstError("ERR_SST_FIELD_INVALID", "no value");
  if (wanted.kind.case !== "file") return encodeValue(wanted, layer);
  const { rows, config } = wanted.kind.value;
  if (config === undefined) throw new SstError("ERR_SST_FIELD_INVALID", "no configuration");
  return (await rewriteSst(rows.map(rowOf), writerConfigOf(config))).bytes;
}

async function decode(task: DecodeTask, layer: string): Promise<ReturnType<typeof value>> {
  if (layer !== "file") return decodeValue(task, layer);
  const store = new MemoryObjectStore();
  await store.put(PATH, task.bytes, { mode: "create" });
  await using reader = await SstReader.open(store, PATH);
  const rows: SstRow[] = [];
  for await (const row of reader.scan()) rows.push(row);
  return value({ case: "file", value: { rows: rows.map(rowMessage) } });
}

async function verify({ bytes, level, config, metadata, objects, now }: VerifyTask): Promise<Outcome> {
  const store = new MemoryObjectStore();
  const findings: Finding[] = [];
  if (objects.length > 0) {
    for (const object of objects) await store.put(`${ROOT}/${object.path}`, object.bytes, { mode: "create" });
    for await (const finding of verifyDatabase(store, ROOT, { level: LEVELS[level], now: () => Number(now), maxFindings: FINDINGS_MAX })) findings.push(finding);
  } else {
    await store.put(PATH, bytes, { mode: "create" });
    findings.push(...(await collectFindings(verifySst(store, PATH, { level: LEVELS[level], expect: expectedConfigOf(config), metadata, maxFindings: FINDINGS_MAX }))).findings);
  }
  if (findings.length === 0) return { case: "verified", value: {} };
  return rejected(findings.map(({ rule, path, found }) => `${rule} ${path}: ${found}`).slice(0, 3).join("; "), [...new Set(findings.map(({ rule }) => rule))]);
}

/** As a database would: sequence numbers in the order of writing from 1, and one creation time for all. */
async function write({ config, rows }: WriteTask): Promise<Uint8Array> {
  if (config === undefined) throw new SstError("ERR_SST_FIELD_INVALID", "no configuration");
  const CREATED = 1_700_000_000_000n;
  const numbered = rows.map((row, i) => ({ ...rowOf(row), seq: BigInt(i + 1), createTs: CREATED }));
  // The sort is stable, and of a key the newest version comes first.
  const sorted = numbered.toReversed().sort((left, right) => Buffer.compare(left.key, right.key));
  return (await rewriteSst(sorted, writerConfigOf(config))).bytes;
}
