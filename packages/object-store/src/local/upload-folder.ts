// An upload on disk: a folder that any process with the same root can go on with. In it:
//   upload.json   what was fixed at creation; written first, once
//   data-ID       the parts that one store object received, each at its offset in the object; ID is that store object's own
//   parts.log     a line of JSON for each part received, in the order of their arrival
// Only its own store object ever writes to a data file, so no straggler can touch bytes that another one publishes. A line is
// appended when the part's bytes are in the data file; before a part is written over, a line takes its receipt back. A line
// torn by a crash is no receipt.
import { crc32Checksum, crc32Of } from "../checksum.js";
import { isObjectPath } from "../object-path.js";
import type { PartReceipt } from "../object-store.js";
import { StoreError } from "../store-error.js";
import type { UploadTerms } from "../upload-rules.js";
import { isSystemError } from "./file-errors.js";
import { KeptFile } from "./kept-file.js";
import { syncFolder } from "./local-root.js";
import type { NodeModules } from "./node.js";

const RECORD = "upload.json";
const LOG = "parts.log";
const DATA = "data-";

type FileHandle = import("node:fs/promises").FileHandle;

/** The layout described above. */
const LAYOUT = 1;

/** A part as the log tells of it. */
export interface LocalPart extends PartReceipt {
  /** ID of the data file that holds it. */
  readonly data: string;
}

export interface LocalUploadRecord extends UploadTerms {
  readonly createdAt: Date;
}

export class UploadFolder {
  readonly folder: string;
  readonly #node: NodeModules;
  readonly #fsync: boolean;
  readonly #log: KeptFile;

  constructor(node: NodeModules, folder: string, fsync: boolean) {
    this.#node = node;
    this.folder = folder;
    this.#fsync = fsync;
    this.#log = new KeptFile(node, node.path.join(folder, LOG), appending(node));
  }

  /** Closes what is open. Nothing is under way. */
  async close(): Promise<void> {
    await this.#log.close();
  }

  /** Writes what is fixed at creation. */
  async writeRecord(record: LocalUploadRecord): Promise<void> {
    const { path, mode, partSize, checksumAlgorithm, createdAt } = record;
    const text = JSON.stringify({ layout: LAYOUT, path, mode, partSize, checksumAlgorithm, createdAt: createdAt.toISOString() });
    const handle = await this.#node.fs.open(this.#node.path.join(this.folder, RECORD), appending(this.#node));
    try {
      await this.#append(handle, text);
    } finally {
      await handle.close();
    }
    if (this.#fsync) {
      await syncFolder(this.#node, this.folder);
      await syncFolder(this.#node, this.#node.path.dirname(this.folder));
    }
  }

  /** What was fixed at creation; undefined when there is no such upload, or only a torn beginning of one. */
  async readRecord(): Promise<LocalUploadRecord | undefined> {
    const record = parseObject((await this.#read(RECORD)) ?? "");
    if (record?.["layout"] !== LAYOUT) return undefined;
    const { path, mode, partSize, checksumAlgorithm, createdAt } = record;
    if (!isObjectPath(path) || (mode !== "create" && mode !== "overwrite")) return undefined;
    if (!isCount(partSize) || partSize < 1) return undefined;
    if (checksumAlgorithm !== undefined && checksumAlgorithm !== "crc32") return undefined;
    if (typeof createdAt !== "string" || Number.isNaN(Date.parse(createdAt))) return undefined;
    return { path, mode, partSize, checksumAlgorithm, createdAt: new Date(createdAt), metadata: {} };
  }

  /** The file of a store object's parts. */
  dataFile(id: string): string {
    return this.#node.path.join(this.folder, DATA + id);
  }

  /** All data files that are there. */
  async dataFiles(): Promise<string[]> {
    const names = await this.#node.fs.readdir(this.folder);
    return names.filter((name) => name.startsWith(DATA)).map((name) => this.#node.path.join(this.folder, name));
  }

  async appendReceipt(part: LocalPart): Promise<void> {
    const { partNumber, size, etag, checksum, data } = part;
    await this.#appendToLog(JSON.stringify({ part: partNumber, size, etag, data, crc32: checksum === undefined ? undefined : crc32Of(checksum) }));
  }

  /** Takes the receipt of a part back that lies in this data file. */
  async appendWithdrawal(partNumber: number, data: string): Promise<void> {
    await this.#appendToLog(JSON.stringify({ part: partNumber, withdrawn: true, data }));
  }

  /** The parts received, by number: of several the last one. */
  async readReceipts(): Promise<Map<number, LocalPart>> {
    const parts = new Map<number, LocalPart>();
    for (const text of ((await this.#read(LOG)) ?? "").split("\n")) {
      const line = parseObject(text);
      const { part, size, etag, data, crc32, withdrawn } = line ?? {};
      if (!isCount(part) || typeof data !== "string") continue;
      if (withdrawn === true) {
        if (parts.get(part)?.data === data) parts.delete(part);
      } else if (isCount(size) && typeof etag === "string") {
        parts.set(part, { partNumber: part, size, etag, data, checksum: isCount(crc32) ? crc32Checksum(crc32) : undefined });
      }
    }
    return parts;
  }

  /** @throws ENOENT when somebody has removed the upload: its log can be open all the same */
  async #appendToLog(text: string): Promise<void> {
    await this.#log.use(async (handle) => {
      // Both in one turn of the event loop. A removal before this call is seen in any case.
      const missing = this.#node.fs.access(this.#log.file).then(() => undefined, (error: unknown) => error);
      await this.#append(handle, text);
      const error = await missing;
      if (error !== undefined) throw error;
    });
  }

  /** One write of a whole line between two line ends: lines of several processes don't mix, and a torn one stays alone. */
  async #append(handle: FileHandle, text: string): Promise<void> {
    const line = new TextEncoder().encode(`\n${text}\n`);
    const { bytesWritten } = await handle.write(line);
    if (bytesWritten < line.length) throw new StoreError("ERR_STORE_FAILED", `the file system is full: ${bytesWritten} of ${line.length} bytes of an upload's log were written`);
    if (this.#fsync) await handle.sync();
  }

  async #read(name: string): Promise<string | undefined> {
    try {
      return await this.#node.fs.readFile(this.#node.path.join(this.folder, name), "utf8");
    } catch (error) {
      if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
      throw error;
    }
  }
}

function appending({ constants: { O_APPEND, O_CREAT, O_WRONLY } }: NodeModules): number {
  return O_APPEND | O_CREAT | O_WRONLY;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  if (text.trim() === "") return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
