// How costs depend on the number of rows, and on the length of values.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Contest, type ContestContext, type ContestResult, type Curve, type Outcome, type Series } from "../contest.js";
import { KEY_BYTES, VALUE_BYTES } from "../rows.js";
import { middle, type Pass, type PassSize, rateOf } from "../run/pass.js";
import { type Contestant, type Measured, runRounds } from "../run/rounds.js";
import { fitLine, flatness, median, summarize } from "../stats.js";
import { Cast, rocksdbWrite, writeLoop } from "./cast.js";

const NANOSECONDS = 1e9;
const MILLISECONDS = 1e3;
const ROCKSDB = "RocksDB";

/** Times the bench's number of rows. */
const ROW_FACTORS: readonly number[] = [0.1, 0.3, 1, 3, 10];
const VALUE_SIZES: readonly number[] = [0, 10, 100, 1000, 100_000];

/** Short passes are repeated, at most so often. */
const REPEATS_MAX = 11;

/** What differs between the two. */
interface Subject {
  readonly name: string;
  readonly title: string;
  readonly conditions: string;
  readonly of: Series["of"];
  readonly sizes: readonly PassSize[];
  /** The number of a size on the axis. */
  readonly axis: (size: PassSize) => number;
  /** Passes beside those of the sizes. */
  readonly extra: readonly PassSize[];
  /** Passes of a size in a round, one behind the other; the middle one counts. */
  readonly repeats: (size: PassSize) => number;
  readonly outcome: (way: "put" | "columns", secondsOf: (size: PassSize) => number) => Outcome;
}

export const rowsContest: Contest = {
  name: "rows",
  title: "Cost per row, by the number of rows",
  run: (context) => {
    const sizes = ROW_FACTORS.map((factor) => ({ rows: Math.max(1, Math.round(context.rows * factor)), valueBytes: VALUE_BYTES }));
    const one = { rows: 1, valueBytes: VALUE_BYTES };
    return runSeries(context, {
      name: "rows", title: rowsContest.title, of: "rows", sizes, extra: [one], axis: ({ rows }) => rows,
      repeats: ({ rows }) => Math.min(REPEATS_MAX, Math.max(1, Math.floor(context.rows / rows))),
      conditions: `values of ${VALUE_BYTES} bytes, warm processes. Fixed cost: an SST of one row. Cost per row: what is left of the time, by the rows`,
      outcome: (way, secondsOf) => {
        const fixed = secondsOf(one);
        const costs = sizes.map((size) => ((secondsOf(size) - fixed) * NANOSECONDS) / size.rows);
        return {
          target: `flat-rows-${way}`, figure: summarize([flatness(costs)]),
          remark: `${costs.map((cost) => cost.toFixed(0)).join(", ")} ns a row; fixed ${(fixed * MILLISECONDS).toFixed(1)} ms an SST`,
        };
      },
    });
  },
};

export const valuesContest: Contest = {
  name: "values",
  title: "Cost per byte, by the length of values",
  run: (context) => {
    const budget = context.rows * VALUE_BYTES;
    const sizes = VALUE_SIZES.map((valueBytes) => ({ rows: Math.max(1, Math.min(context.rows, Math.floor(budget / Math.max(1, valueBytes)))), valueBytes }));
    return runSeries(context, {
      name: "values", title: valuesContest.title, of: "values", sizes, extra: [], axis: ({ valueBytes }) => valueBytes, repeats: () => 1,
      conditions: `keys of ${KEY_BYTES} bytes, at most ${context.rows.toLocaleString("en-US")} rows and ${budget.toLocaleString("en-US")} bytes of values, warm processes. Cost of a row: a fixed cost and one per byte of the value, fitted; flat when no length departs from that`,
      outcome: (way, secondsOf) => {
        const costs = sizes.map((size) => (secondsOf(size) * NANOSECONDS) / size.rows);
        const lengths = sizes.map(({ valueBytes }) => valueBytes);
        const { fixed, slope } = fitLine(lengths, costs);
        return {
          target: `flat-values-${way}`, figure: summarize([flatness(costs.map((cost, at) => cost / (fixed + slope * lengths[at]!)))]),
          remark: `fixed ${fixed.toFixed(0)} ns a row, ${slope.toFixed(3)} ns a byte; measured ${costs.map((cost) => cost.toFixed(0)).join(", ")} ns a row`,
        };
      },
    });
  },
};

async function runSeries({ rounds, folder, peers, onPass }: ContestContext, subject: Subject): Promise<ContestResult> {
  const { sizes, extra } = subject;
  const { rocksdbWriter } = peers;
  await using cast = new Cast();
  const programs = new Map([["put", cast.resident(writeLoop(folder, "put.sst", "put", {}))]]);
  programs.set("columns", cast.resident(writeLoop(folder, "columns.sst", "columns", {})));
  if ("file" in rocksdbWriter) programs.set(ROCKSDB, cast.resident(rocksdbWrite(rocksdbWriter, join(folder, "rocksdb.sst"), "none")));
  const labelOf = (way: string, size: PassSize): string => `${way}, ${size.rows.toLocaleString("en-US")} x ${size.valueBytes.toLocaleString("en-US")}`;
  const contestants: Contestant[] = [...extra, ...sizes].flatMap((size) =>
    [...programs].map(([way, program]) => ({
      name: labelOf(way, size),
      pass: async () => {
        const passes: Pass[] = [];
        while (passes.length < subject.repeats(size)) passes.push(await program.pass(size));
        // The largest are gigabytes, and memory holds them.
        for (const file of ["put.sst", "columns.sst", "rocksdb.sst"]) rmSync(join(folder, file), { force: true });
        return middle(passes);
      },
    })),
  );
  const measured = await runRounds(contestants, { rounds, passes: 1, warmUps: 1, onPass });
  const find = (way: string, size: PassSize): Measured => measured.find(({ name }) => name === labelOf(way, size))!;
  const secondsOf = (way: string) => (size: PassSize): number => median(find(way, size).rounds.map(({ seconds }) => seconds));
  const curves = [...programs.keys()].map((way): Curve => ({ name: way, rates: sizes.map((size) => summarize(find(way, size).rounds.map(rateOf))) }));
  const isOfSizes = ({ name }: Measured): boolean => !extra.some((size) => [...programs.keys()].some((way) => name === labelOf(way, size)));
  return {
    name: subject.name, title: subject.title, conditions: subject.conditions, sides: measured.filter(isOfSizes), notes: [], checks: [],
    outcomes: [
      subject.outcome("put", secondsOf("put")),
      subject.outcome("columns", secondsOf("columns")),
    ],
    skipped: "missing" in rocksdbWriter ? [`RocksDB: ${rocksdbWriter.missing}`] : [],
    series: { of: subject.of, sizes: sizes.map(subject.axis), curves },
  };
}
