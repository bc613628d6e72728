// A file system that fails at its n-th call, and if wanted at all calls from there on, as seen by a process that is killed.
import { vi } from "vitest";

type FileSystem = typeof import("node:fs/promises");

export interface FaultySystem {
  /** How many calls were made. */
  calls(): number;
}

/** A failed system call as Node reports it. */
function failure(): Error {
  return Object.assign(new Error("EIO: made to fail"), { code: "EIO", syscall: "test" });
}

/** Makes stores that are opened from now on use such a file system. Call 1 is the first one they make. */
export function installFaultySystem(failing: number, fails: "once" | "from there on"): FaultySystem {
  const real = process.getBuiltinModule.bind(process);
  let calls = 0;
  const strike = (): void => {
    calls += 1;
    if (calls === failing || (calls > failing && fails === "from there on")) throw failure();
  };
  const guard = <T extends object>(target: T): T => new Proxy(target, {
    get(object, name): unknown {
      const value: unknown = Reflect.get(object, name);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]): Promise<unknown> => {
        // A process that is killed closes its files as well.
        if (name === "close") return await Reflect.apply(value, object, args);
        strike();
        const result: unknown = await Reflect.apply(value, object, args);
        return name === "open" ? guard(result as object) : result;
      };
    },
  });
  const faulty = guard<FileSystem>({ ...real("node:fs/promises") });
  vi.spyOn(process, "getBuiltinModule").mockImplementation((id: string) => (id === "node:fs/promises" ? faulty : real(id)));
  return { calls: () => calls };
}
