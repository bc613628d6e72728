// Programs that were started and have not ended. When the bench is stopped they must not go on writing.
import type { ChildProcess } from "node:child_process";

const running = new Set<ChildProcess>();

/** Remembers a child until it ends. */
export function keepTrack<Child extends ChildProcess>(child: Child): Child {
  running.add(child);
  child.once("close", () => running.delete(child));
  return child;
}

/** Ends all of them at once. */
export function killChildren(): void {
  for (const child of running) child.kill("SIGKILL");
}
