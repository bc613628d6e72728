// The programs of a contest that stay for all of it.
import type { CompressionName } from "@slate-sst/format";
import type { SstWriterConfig } from "@slate-sst/writer";
import type { Built } from "../peers/build.js";
import { type Command, ownProgram } from "../run/command.js";
import type { PassSize } from "../run/pass.js";
import { Resident } from "../run/resident.js";
import type { Contestant } from "../run/rounds.js";
import type { WriteLoopOptions } from "../programs/write-loop.js";
import type { WriteWay } from "../write-ways.js";

export class Cast implements AsyncDisposable {
  readonly #residents: Resident[] = [];

  /** Starts a program. */
  resident(command: Command): Resident {
    const resident = new Resident(command);
    this.#residents.push(resident);
    return resident;
  }

  /** A program that makes passes of one size. @param passes in a round, where it is not the contest's number. */
  contestant(name: string, command: Command, size: PassSize, passes?: number): Contestant {
    const resident = this.resident(command);
    return { name, pass: () => resident.pass(size), ...(passes !== undefined && { passes }) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#residents.map((resident) => resident[Symbol.asyncDispose]()));
  }
}

/** Our writer, as a program that stays. */
export function writeLoop(folder: string, path: string, way: WriteWay, config: SstWriterConfig): Command {
  return ownProgram("write-loop", { folder, path, way, config } satisfies WriteLoopOptions);
}

/** RocksDB's writer as a program that stays, or for one pass of a size. */
export function rocksdbWrite({ file }: Extract<Built, { file: string }>, output: string, compression: CompressionName, size?: PassSize): Command {
  return { file, args: [output, compression, ...(size === undefined ? [] : [String(size.rows), String(size.valueBytes)])] };
}
