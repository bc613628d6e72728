// `--metadata`: what writers returned on close, as protobuf JSON: one SstMetadata, an array of them, or one a line. Where there
// are several files, each is matched by path: the longest common end of whole segments decides, since the root of the store that
// wrote an SST need not be the folder that is verified.
import { fromJson, SstMetadataSchema, type SstMetadata } from "@slate-sst/format/proto";
import { CliError, errorLine } from "./cli-io.js";
import { isRecord, parseJson, readTextFile } from "./json-file.js";

/** Metadata of about a hundred thousand SSTs. */
const METADATA_BYTES_MAX = 256 * 1024 * 1024;

export class MetadataList {
  readonly #file: string;
  readonly #entries: readonly SstMetadata[];
  /** By the last segment of the path. */
  readonly #byName = new Map<string, SstMetadata[]>();
  readonly #unused: Set<SstMetadata>;

  private constructor(file: string, entries: readonly SstMetadata[]) {
    this.#file = file;
    this.#entries = entries;
    this.#unused = new Set(entries);
    for (const entry of entries) {
      const name = lastSegment(entry.path);
      this.#byName.set(name, [...(this.#byName.get(name) ?? []), entry]);
    }
  }

  /** @throws CliError */
  static async read(file: string): Promise<MetadataList> {
    const text = await readTextFile("--metadata", file, METADATA_BYTES_MAX);
    const messages = jsonMessages(file, text).map((json, index) => {
      try {
        return fromJson(SstMetadataSchema, json as Parameters<typeof fromJson>[1]);
      } catch (error) {
        throw new CliError(`--metadata ${file}: entry ${index + 1} is no SstMetadata: ${errorLine(error)}`, { cause: error });
      }
    });
    if (messages.length === 0) throw new CliError(`--metadata ${file}: it is empty`);
    return new MetadataList(file, messages);
  }

  /** The metadata of the only file. @throws CliError when there is none, or more than one that fits. */
  ofOnly(path: string): SstMetadata {
    const only = this.#entries.length === 1 ? this.#entries[0] : this.of(path);
    if (only === undefined) throw new CliError(`--metadata ${this.#file}: none of its ${this.#entries.length} entries is about ${path}`);
    return only;
  }

  /** The metadata of one of many files, if there is any. @throws CliError when two fit equally well. */
  of(path: string): SstMetadata | undefined {
    const name = lastSegment(path);
    const fitting = (this.#byName.get(name) ?? []).map((entry) => ({ entry, segments: commonEnd(entry.path, path) }));
    const most = Math.max(0, ...fitting.map(({ segments }) => segments));
    const [best, other] = fitting.filter(({ segments }) => segments === most);
    if (best === undefined) return undefined;
    if (other !== undefined) throw new CliError(`--metadata ${this.#file}: two entries fit ${path}: ${best.entry.path} and ${other.entry.path}`);
    this.#unused.delete(best.entry);
    return best.entry;
  }

  /** Paths that no file was asked for with. */
  unused(): string[] {
    return [...this.#unused].map(({ path }) => path);
  }
}

function jsonMessages(file: string, text: string): unknown[] {
  const trimmed = text.trim();
  if (trimmed.startsWith("[")) {
    const array = parseJson("--metadata", file, trimmed);
    return Array.isArray(array) ? array : [array];
  }
  try {
    const one: unknown = JSON.parse(trimmed);
    if (isRecord(one)) return [one];
  } catch {
    // One a line, or nothing that can be read: the lines tell.
  }
  return trimmed.split("\n").filter((line) => line.trim() !== "").map((line) => parseJson("--metadata", file, line));
}

function lastSegment(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** How many segments at the end two paths share. */
function commonEnd(left: string, right: string): number {
  const ours = left.split("/").reverse();
  const theirs = right.split("/").reverse();
  const differing = ours.findIndex((segment, index) => segment !== theirs[index]);
  return differing === -1 ? ours.length : differing;
}
