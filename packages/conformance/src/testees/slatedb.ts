// Real SlateDB 0.12.1 through @slatedb/uniffi. It has no calls for single layers, so it is asked about whole files only: as a
// reader of one that lies in a made database, and as a writer through its own flush.
import { COMPRESSION_IDS, decodeFooter, decodeInfo, encodeManifestV1, FIRST_MANIFEST_ID, Footer, FOOTER_BYTES, FORMAT_VERSION_V2, INITIAL_CLOCK_TICK, isFormatVersion, MANIFEST_EXTENSION, MANIFEST_FOLDER, OBJECT_ID_DIGITS, parseUlid, SECTION_BYTES, type SsTableInfo, SST_EXTENSION, SstType } from "@slate-sst/format";
import type { ConformanceRequest, DecodeTask, WriteTask } from "@slate-sst/format/proto/conformance";
import { NO_ANSWER, OracleError } from "../oracle/answer.js";
import { openDatabase } from "../oracle/database.js";
import { placeFiles, TempFolder } from "../oracle/folders.js";
import { readSstRows } from "../oracle/sst-rows.js";
import { writeWithSlateDb } from "../oracle/write.js";
import { type GoldenRow, isGoldenCodec, OTHER_CODECS } from "../side-car.js";
import { layerName } from "../suite/builder.js";
import { codecName, rowMessage, rowOf, value } from "../suite/values.js";
import { visibleRows } from "../visible-rows.js";
import { decoded, encoded, type Outcome, rejected, skipped, type Testee } from "./answer.js";

const ROOT = "db";
const NAME = "01H00000000000000000000001";
/** Format versions that release 0.12.1 knows. */
const VERSION_MAX = FORMAT_VERSION_V2;
const NO_CODEC = "release 0.12.1 does not have the codec";
/** SlateDB repeats a read of a cut file for ever. */
const ANSWER_MS_MAX = 5_000;

export const slateDb: Testee = async ({ layer, task }: ConformanceRequest): Promise<Outcome> => {
  const kind = task?.kind;
  if (layerName(layer) !== "file") return skipped("SlateDB's binding knows whole files only");
  try {
    switch (kind?.case) {
      case "decode":
        if (isNewer(kind.value.bytes)) return skipped(`format versions above ${VERSION_MAX} came after release 0.12.1`);
        if (hasOtherCodec(kind.value.bytes)) return skipped(NO_CODEC);
        return decoded(value({ case: "file", value: { rows: (await read(kind.value)).map(rowMessage) } }));
      case "write":
        return await write(kind.value);
      case "encode":
        return skipped("SlateDB chooses sequence numbers and creation times itself");
      default:
        return skipped("SlateDB does not verify");
    }
  } catch (error) {
    if (error instanceof OracleError && error.kind !== NO_ANSWER) return rejected(error.message);
    throw error;
  }
};

/** Whether a file is of a version that this repository knows and release 0.12.1 does not. */
function isNewer(bytes: Uint8Array): boolean {
  const version = bytes.length < FOOTER_BYTES ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint16(bytes.length - Uint16Array.BYTES_PER_ELEMENT);
  return version > VERSION_MAX && isFormatVersion(version);
}

/** Whether a sound file is compressed by a codec that this repository knows and release 0.12.1 does not. */
function hasOtherCodec(bytes: Uint8Array): boolean {
  if (OTHER_CODECS.length === 0) return false;
  try {
    const { compressionFormat } = infoOf(bytes).info;
    return OTHER_CODECS.some((name) => COMPRESSION_IDS[name] === compressionFormat);
  } catch {
    return false; // what is no SST is for SlateDB to refuse
  }
}

function infoOf(bytes: Uint8Array): { footer: Footer; info: SsTableInfo } {
  const footer = new Footer();
  const footerAt = bytes.length - FOOTER_BYTES;
  decodeFooter(bytes, footerAt, bytes.length, footer);
  return { footer, info: decodeInfo(bytes.slice(footer.infoOffset, footerAt - SECTION_BYTES)) };
}

/** Every row, and, of a compacted SST, what a scan of a database shows that has no other. */
async function read({ bytes }: DecodeTask): Promise<GoldenRow[]> {
  const rows = await readSstRows(bytes, ANSWER_MS_MAX);
  const { footer, info } = infoOf(bytes);
  if (info.sstType === SstType.Wal || rows.length === 0) return rows;
  const maxSeq = rows.reduce((seq, row) => (row.seq > seq ? row.seq : seq), 0n);
  // A database holds sequence numbers up to 2^63 - 1.
  if (maxSeq >= 2n ** 63n) return rows;
  using folder = new TempFolder("testee");
  const manifest = encodeManifestV1({
    manifestId: 0n, initialized: true, writerEpoch: 0n, compactorEpoch: 0n, replayAfterWalId: 0n, walIdLastSeen: 0n, l0: [], compacted: [{ id: 0, ssts: [{ id: parseUlid(NAME), info, formatVersion: footer.formatVersion }] }],
    lastL0ClockTick: INITIAL_CLOCK_TICK, checkpoints: [], lastL0Seq: maxSeq, recentSnapshotMinSeq: 0n,
  });
  placeFiles(folder.path, { [`${ROOT}/compacted/${NAME}${SST_EXTENSION}`]: bytes, [`${ROOT}/${MANIFEST_FOLDER}/${String(FIRST_MANIFEST_ID).padStart(OBJECT_ID_DIGITS, "0")}${MANIFEST_EXTENSION}`]: manifest });
  await using database = await openDatabase(folder.path, ROOT, { limitMs: ANSWER_MS_MAX });
  const shown = (await database.readAll()).map(({ key, value: bytesOf }) => [Buffer.from(key).toString("latin1"), Buffer.from(bytesOf).toString("latin1")]);
  const expected = [...visibleRows(rows)].map(({ key, value: bytesOf }) => [Buffer.from(key).toString("latin1"), Buffer.from(bytesOf).toString("latin1")]);
  if (JSON.stringify(shown) !== JSON.stringify(expected)) throw new Error(`a database of this SST shows ${shown.length} rows that are not the ${expected.length} newest of its rows`);
  return rows;
}

async function write({ config, rows }: WriteTask): Promise<Outcome> {
  if (config === undefined) throw new RangeError("no configuration");
  const compression = codecName(config.compression);
  if (!isGoldenCodec(compression)) return skipped(NO_CODEC);
  using folder = new TempFolder("testee");
  const { sst } = await writeWithSlateDb(folder.path, rows.map(rowOf), {
    blockSize: config.blockSize, compression, minFilterKeys: Number(config.minFilterKeys ?? 0n), filterBitsPerKey: config.filterBitsPerKey ?? 1,
  });
  return encoded(sst.bytes);
}
