// An import for people and for machines: a bar with rows, speed, SSTs, time left and memory; or events as JSON.
import type { ImportEvent, ImportPhase, ImportPlan, ImportProgress, ImportResult } from "@slate-sst/ingest/import";
import { counted, type Output, type Progress } from "@slate-sst/verify/command-line";

const MEGA = 1_000_000;
const SECOND_MS = 1000;
const MINUTE_S = 60;
const HOUR_S = 3600;
/** Of a bar that is full. */
const BAR_STEPS = 1000;

export class ImportDisplay {
  readonly #progress: Progress;
  readonly #json: Output | undefined;
  readonly #replacer: (name: string, value: unknown) => unknown;
  readonly #beganAt = performance.now();

  /** @param json where events go; undefined where people look. */
  constructor(progress: Progress, json: Output | undefined, replacer: (name: string, value: unknown) => unknown) {
    this.#progress = progress;
    this.#json = json;
    this.#replacer = replacer;
  }

  show(event: ImportEvent): void {
    // An output that is gone is noticed by the next thing that is waited for.
    if (this.#json !== undefined) void this.#json.write(`${JSON.stringify(event, this.#replacer)}\n`).catch(() => undefined);
    else if (event.type === "phase") this.#progress.stop();
    // Of what has no known size, the bar shows only the words.
    else if (event.type === "progress") this.#progress.set((event.fraction ?? 0) * BAR_STEPS, BAR_STEPS, this.#label(event));
  }

  stop(): void {
    this.#progress.stop();
  }

  result(db: string, { rowCount, duplicates, sstCount, bytes, manifestPath }: ImportResult): string {
    const seconds = (performance.now() - this.#beganAt) / SECOND_MS;
    const left = duplicates === 0n ? "" : `, ${counted(Number(duplicates), "duplicate")} left out`;
    return `${db}: ${counted(Number(rowCount), "row")} in ${counted(sstCount, "SST")}, ${mega(Number(bytes))} MB${left}; ${seconds.toFixed(1)} s; ${manifestPath}`;
  }

  plan(db: string, { rowCount, duplicates, sstCount, bytes, writeRequests, memoryBytes, diskBytes }: ImportPlan): string {
    return [
      `${db}: nothing was written; an import would come to`,
      `  rows         ${rowCount}${duplicates === 0n ? "" : `, and ${duplicates} duplicates left out`}`,
      `  SSTs         ${sstCount}, ${mega(Number(bytes))} MB`,
      `  requests     ${writeRequests} that write, ${sstCount} or more that verify, 1 for the manifest, ${sstCount + 1} for what --resume goes by`,
      `  memory       ${mega(memoryBytes)} MB`,
      `  local disk   ${mega(diskBytes)} MB of temporary files`,
    ].join("\n");
  }

  #label({ phase, secondsLeft, bytesPerSecond, rows, ssts, memoryBytes, temporaryBytes }: ImportProgress): string {
    return [
      `${counted(rows, "row")} ${DONE[phase]}`,
      ...(secondsLeft === undefined ? [] : [`${time(secondsLeft)} left`]),
      ...(bytesPerSecond === undefined ? [] : [`${mega(bytesPerSecond)} MB/s`]),
      ...(ssts === 0 ? [] : [counted(ssts, "SST")]),
      `${mega(memoryBytes)} MB memory`,
      // What is sorted stays as it is while it is written.
      ...(temporaryBytes === 0 || phase === "write" ? [] : [`${mega(temporaryBytes)} MB temporary files`]),
    ].join(", ");
  }
}

/** What a phase has done with rows. */
const DONE: Readonly<Record<ImportPhase, string>> = { read: "read", sort: "sorted", check: "checked", split: "split", write: "written", verify: "verified", publish: "published" };

function mega(bytes: number): string {
  return (bytes / MEGA).toFixed(1);
}

function time(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < MINUTE_S) return `${whole} s`;
  if (whole < HOUR_S) return `${Math.floor(whole / MINUTE_S)} min ${whole % MINUTE_S} s`;
  return `${Math.floor(whole / HOUR_S)} h ${Math.floor((whole % HOUR_S) / MINUTE_S)} min`;
}
