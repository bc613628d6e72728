// An import for people and for machines: a bar with rows, speed, SSTs, time left and memory; or events as JSON.
import type { ImportEvent, ImportPhase, ImportPlan, ImportProgress, ImportResult } from "@slate-sst/ingest/import";
import { counted, type Output, type Progress } from "@slate-sst/verify/command-line";

const MEGA = 1_000_000;
const SECOND_MS = 1000;
const MINUTE_S = 60;
const HOUR_S = 3600;

export class ImportDisplay {
  readonly #progress: Progress;
  readonly #json: Output | undefined;
  readonly #replacer: (name: string, value: unknown) => unknown;
  readonly #beganAt = performance.now();
  #ssts = 0;
  #phase: ImportPhase | undefined;
  #phaseBeganAt = performance.now();
  #isSorted = false;

  /** @param json where events go; undefined where people look. */
  constructor(progress: Progress, json: Output | undefined, replacer: (name: string, value: unknown) => unknown) {
    this.#progress = progress;
    this.#json = json;
    this.#replacer = replacer;
  }

  show(event: ImportEvent): void {
    // An output that is gone is noticed by the next thing that is waited for.
    if (this.#json !== undefined) void this.#json.write(`${JSON.stringify(event, this.#replacer)}\n`).catch(() => undefined);
    else if (event.type === "phase") {
      this.#progress.stop();
      this.#phase = event.phase;
      this.#isSorted ||= event.phase === "sort";
      this.#phaseBeganAt = performance.now();
    }
    // Of what has no known size, the bar shows only the words.
    else if (event.type === "progress") this.#progress.set(event.bytesTotal === undefined ? 0 : event.bytesRead, event.bytesTotal ?? 1, this.#label(event));
    else if (event.type === "sst") this.#ssts = Math.max(this.#ssts, event.index + 1);
    else if (event.type === "verified") this.#progress.set(event.index + 1, this.#ssts, `${event.index + 1} of ${counted(this.#ssts, "SST")} verified`);
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
      `  local disk   ${mega(diskBytes)} MB`,
    ].join("\n");
  }

  #label({ rows, bytesRead, bytesTotal, bytesWritten, ssts }: ImportProgress): string {
    const seconds = Math.max((performance.now() - this.#phaseBeganAt) / SECOND_MS, Number.EPSILON);
    const left = bytesTotal === undefined || bytesRead === 0 ? "" : `, ${time((seconds * (bytesTotal - bytesRead)) / bytesRead)} left`;
    const memory = `${mega(process.memoryUsage.rss())} MB memory`;
    if (this.#phase === "sort") return `${counted(rows, "row")} read and sorted${left}, ${memory}`;
    // What was sorted is counted by rows, not by bytes of the source.
    return `${counted(rows, "row")}, ${mega((this.#isSorted ? bytesWritten : bytesRead) / seconds)} MB/s${left}, ${counted(ssts, "SST")}, ${memory}`;
  }
}

function mega(bytes: number): string {
  return (bytes / MEGA).toFixed(1);
}

function time(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < MINUTE_S) return `${whole} s`;
  if (whole < HOUR_S) return `${Math.floor(whole / MINUTE_S)} min ${whole % MINUTE_S} s`;
  return `${Math.floor(whole / HOUR_S)} h ${Math.floor((whole % HOUR_S) / MINUTE_S)} min`;
}
