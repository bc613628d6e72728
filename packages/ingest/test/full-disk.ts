// A disk that is full: a file system whose files take so many bytes more, and then tell ENOSPC, until there is room again.
import { vi } from "vitest";

type FileSystem = typeof import("node:fs/promises");

export interface FullDisk {
  /** Bytes that stores which are opened from now on can still write. */
  room: number;
}

/** Stores of folders that are opened from now on write to it. */
export function installFullDisk(room: number): FullDisk {
  const disk: FullDisk = { room };
  const real = process.getBuiltinModule.bind(process);
  const take = (given: unknown): void => {
    const bytes = given instanceof Uint8Array || typeof given === "string" ? given.length : Array.isArray(given) ? given.reduce((sum: number, part: Uint8Array) => sum + part.length, 0) : 0;
    if (bytes > disk.room) {
      disk.room = 0;
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write" });
    }
    disk.room -= bytes;
  };
  const guard = <T extends object>(target: T, writing: (name: string | symbol, args: unknown[]) => unknown): T => new Proxy(target, {
    get(object, name): unknown {
      const value: unknown = Reflect.get(object, name);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]): Promise<unknown> => {
        take(writing(name, args));
        const result: unknown = await Reflect.apply(value, object, args);
        return name === "open" ? guard(result as object, (method, [bytes]) => (["write", "writev", "writeFile", "appendFile"].includes(String(method)) ? bytes : undefined)) : result;
      };
    },
  });
  const full = guard<FileSystem>({ ...real("node:fs/promises") }, (name, [, bytes]) => (name === "writeFile" || name === "appendFile" ? bytes : undefined));
  vi.spyOn(process, "getBuiltinModule").mockImplementation((id: string) => (id === "node:fs/promises" ? full : real(id)));
  return disk;
}
