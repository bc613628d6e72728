// The folder in which an import sorts: where it is, what it holds, and what is told when it takes no more.
import { mkdir, mkdtemp, readdir, rm, rmdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { isSstError, SstError } from "@slate-sst/format";
import type { Plan } from "../import/import-state.js";

/** What is sorted is nobody else's. */
const FOLDER_MODE = 0o700;
/** Unit in which file systems count what a file takes. */
const STAT_BLOCK_BYTES = 512;
const LOOK_MS = 200;

/** Where an import keeps what it sorts: the name is that of its first SST, so that who goes on finds it. */
export function sortFolder({ firstPath, temporaryFolder }: Pick<Plan, "firstPath" | "temporaryFolder">): string {
  return join(temporaryFolder ?? tmpdir(), `slate-sst-sort-${basename(firstPath, ".sst")}`);
}

/**
 * A new folder in that of the import, which is emptied: another process that has sorted there before, or still does, has another one.
 * @throws SstError ERR_SST_IMPORT_SORT
 */
export async function makeWorkFolder(directory: string): Promise<string> {
  return await inFolder(directory, async () => {
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true, mode: FOLDER_MODE });
    return await mkdtemp(join(directory, "work-"));
  });
}

/** Removes the folder of one process, and that of the import where nothing is left in it. Never throws. */
export async function removeWorkFolder(work: string): Promise<void> {
  await rm(work, { recursive: true, force: true }).catch(() => undefined);
  await rmdir(dirname(work)).catch(() => undefined);
}

/** @throws SstError ERR_SST_IMPORT_SORT where it is there and stays. */
export async function removeSortFolder(directory: string): Promise<void> {
  await inFolder(directory, async () => rm(directory, { recursive: true, force: true }).catch((error: unknown) => {
    // Nothing is below what is no folder.
    if (!(error instanceof Error && "code" in error && error.code === "ENOTDIR")) throw error;
  }));
}

/** @throws SstError ERR_SST_IMPORT_SORT for failures of the file system in the folder. */
export async function inFolder<Answer>(directory: string, work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (cause) {
    // What cannot be read is the source.
    const code = cause instanceof Error && "syscall" in cause && "code" in cause && cause.syscall !== "read" ? String(cause.code) : undefined;
    if (code === undefined || isSstError(cause)) throw cause;
    throw new SstError("ERR_SST_IMPORT_SORT", `the temporary folder ${directory} cannot be written: ${(cause as Error).message}${code === "ENOSPC" || code === "EDQUOT" ? fullHint(directory) : ""}`, { cause, details: { directory } });
  }
}

/** What to do about a folder that is full. */
export function fullHint(directory: string): string {
  return `. The temporary folder ${directory} is full: make room, or name another one`;
}

/** Looks now and then how much a folder holds. */
export class FolderWatch {
  readonly #directory: string;
  readonly #timer: NodeJS.Timeout;
  /** Bytes that its files take, when it was looked at last. */
  bytes = 0;
  /** The most that it held when it was looked at. */
  peakBytes = 0;

  constructor(directory: string) {
    this.#directory = directory;
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
  }

  /** Never throws. */
  async look(): Promise<void> {
    const names = await readdir(this.#directory, { recursive: true }).catch(() => undefined);
    // A folder in it that has gone meanwhile, or it has not come yet.
    if (names === undefined) return;
    // What goes meanwhile is not there any more.
    const sizes = await Promise.all(names.map(async (name) => stat(join(this.#directory, name)).then((info) => (info.isFile() ? info.blocks * STAT_BLOCK_BYTES : 0), () => 0)));
    this.bytes = sizes.reduce((sum, size) => sum + size, 0);
    this.peakBytes = Math.max(this.peakBytes, this.bytes);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
