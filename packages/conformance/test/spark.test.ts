// tools/spark: what its tasks write becomes one database, whatever attempts have left. What needs Spark runs where python3 finds PySpark, or SPARK_HOME
// names it, in its local mode.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { LocalObjectStore } from "@slate-sst/object-store";
import { DatabaseReader } from "@slate-sst/reader";
import { describe, expect, it } from "vitest";
import { TempFolder } from "../src/oracle/folders.js";

const JOB = fileURLToPath(new URL("../../../tools/spark", import.meta.url));
const BIN = fileURLToPath(new URL("../../cli/bin/slate-sst.mjs", import.meta.url));
const VERIFY_BIN = fileURLToPath(new URL("../../verify/bin/sst-verify.mjs", import.meta.url));
const COMMAND = `${process.execPath} ${BIN}`;
const SPARK_MS = 300_000;

/** What a Spark that is unpacked somewhere brings for Python. */
function sparkHome(): string[] {
  const home = join(process.env["SPARK_HOME"] ?? "", "python");
  if (process.env["SPARK_HOME"] === undefined || !existsSync(join(home, "lib"))) return [];
  return [home, ...readdirSync(join(home, "lib")).filter((name) => name.endsWith(".zip")).map((name) => join(home, "lib", name))];
}
const PYTHONPATH = [JOB, ...(process.env["PYTHONPATH"] ?? "").split(delimiter).filter((path) => path !== ""), ...sparkHome()].join(delimiter);
const python = (argv: readonly string[], more: Record<string, string> = {}): ReturnType<typeof spawnSync> => spawnSync("python3", argv, { encoding: "utf8", env: { ...process.env, PYTHONPATH, PYTHONDONTWRITEBYTECODE: "1", ...more } });
const hasPython = python(["--version"]).status === 0;
const hasSpark = hasPython && python(["-c", "import pyspark"]).status === 0 && spawnSync("java", ["-version"]).status === 0;
if (!hasPython) console.warn("python3 is not installed: tools/spark is not tested");
else if (!hasSpark) console.warn("Spark is not installed (pip install pyspark, or SPARK_HOME; and Java): tools/spark is tested without it");

async function rowsOf(folder: string): Promise<string[]> {
  const rows: string[] = [];
  for await (const { key, value } of (await DatabaseReader.open(new LocalObjectStore(folder), "db")).scan()) rows.push(`${Buffer.from(key).toString()} ${Buffer.from(value!).toString()}`);
  return rows;
}

describe.skipIf(!hasPython)("tasks and commit", () => {
  it("make the database of the attempts that count", { timeout: SPARK_MS }, async () => {
    using folder = new TempFolder("spark");
    const db = join(folder.path, "db");
    const script = `
import slate_sst_spark as job
options = job.parse_arguments(["--input", "x", "--db", ${JSON.stringify(db)}, "--key", "k", "--partitions", "2", "--slate-sst", ${JSON.stringify(COMMAND)}])
command = job.write_command(options)
part = lambda first, count: ((b"k%06d" % at, b"v%d" % at) for at in range(first, first + count))
metadata = [*job.write_partition(part(50000, 50000), command), *job.write_partition(iter([]), command), *job.write_partition(part(0, 50000), command)]
assert len(metadata) == 2
list(job.write_partition(part(0, 10), command))  # a second attempt that nobody counts
def dies():
    yield from part(0, 30000)
    raise KeyError("the task dies")
for rows, wanted in [(dies(), "the task dies"), (iter([(b"b", b""), (b"a", b"")]), "not sorted"), (iter([(b"b", None)]), "null")]:
    try:
        list(job.write_partition(rows, command))
        raise SystemExit("no error")
    except (KeyError, RuntimeError, ValueError) as error:
        assert wanted in str(error), error
print(job.commit(metadata, options), job.commit(metadata, options))
`;
    const { status, stdout, stderr } = python(["-c", script]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(String(stdout)).toContain("'sstCount': 2, 'rowCount': '100000'");
    expect(readdirSync(join(db, "compacted"))).toHaveLength(2);
    const rows = await rowsOf(folder.path);
    expect(rows.length).toBe(100_000);
    expect(rows[77_777]).toBe("k077777 v77777");
  });
});

describe.skipIf(!hasSpark)("Spark's local mode", () => {
  it("sorts rows that are in no order, and makes attempts again that fail", { timeout: SPARK_MS }, async () => {
    using folder = new TempFolder("spark");
    const count = 20_000;
    writeFileSync(join(folder.path, "x.csv"), `id,name\n${Array.from({ length: count }, (_, at) => `${(at * 7919) % count},näme ${at}`).join("\n")}\n`);
    // Of the first writer nothing is heard any more; the second one writes its SST, which is there, and fails then.
    const flaky = join(folder.path, "flaky.mjs");
    writeFileSync(flaky, `
      import { spawnSync } from "node:child_process";
      import { mkdirSync } from "node:fs";
      const isFirst = (name) => { try { mkdirSync(new URL(name, import.meta.url)); return true; } catch { return false; } };
      if (process.argv[2] === "write" && isFirst("killed")) process.kill(process.pid, "SIGKILL");
      const { status } = spawnSync(process.execPath, [${JSON.stringify(BIN)}, ...process.argv.slice(2)], { stdio: "inherit" });
      process.exit(process.argv[2] === "write" && status === 0 && isFirst("failed") ? 9 : status);`);
    const db = join(folder.path, "db");
    const argv = ["--input", join(folder.path, "x.csv"), "--format", "csv", "--option", "header=true", "--db", db, "--key", "concat('user:', lpad(id, 6, '0'))", "--value", "name", "--partitions", "4"];
    // Two threads, and three attempts of a task.
    const spark = (command: string): ReturnType<typeof spawnSync> => python(["-c", "import sys, slate_sst_spark as job; job.main()", ...argv, "--slate-sst", command], { PYSPARK_SUBMIT_ARGS: "--master local[2,3] --conf spark.ui.enabled=false pyspark-shell" });
    const first = spark(`${process.execPath} ${flaky}`);
    expect({ status: first.status, result: JSON.parse(String(first.stdout) || String(first.stderr)) as unknown }).toMatchObject({ status: 0, result: { sstCount: 4, rowCount: String(count) } });
    // Both attempts failed, each in a task that was made again; what the second one had written is gone.
    expect(String(first.stderr)).toMatch(/slate-sst write was ended by signal 9/);
    expect(readdirSync(folder.path)).toEqual(expect.arrayContaining(["killed", "failed"]));
    expect(String(first.stderr).match(/Exception in task \d+\.\d+ in stage/g)?.length).toBeGreaterThanOrEqual(2);
    expect(readdirSync(join(db, "compacted"))).toHaveLength(4);
    const rows = await rowsOf(folder.path);
    expect(rows).toHaveLength(count);
    expect(rows[7919]).toBe("user:007919 näme 1");
    expect(spawnSync(process.execPath, [VERIFY_BIN, "--db", db], { encoding: "utf8" })).toMatchObject({ status: 0 });
    // The SSTs of the job made again are new ones, and a database is there.
    const second = spark(COMMAND);
    expect(second.status).not.toBe(0);
    expect(String(second.stderr)).toContain("there is a database at db already");
    expect(await rowsOf(folder.path)).toEqual(rows);
  });
});
