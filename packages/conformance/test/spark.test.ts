// tools/spark: what its tasks write becomes one database, whatever attempts have left. What needs Spark runs where PySpark is installed, in its local mode.
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LocalObjectStore } from "@slate-sst/object-store";
import { DatabaseReader } from "@slate-sst/reader";
import { describe, expect, it } from "vitest";
import { TempFolder } from "../src/oracle/folders.js";

const JOB = fileURLToPath(new URL("../../../tools/spark", import.meta.url));
const BIN = fileURLToPath(new URL("../../cli/bin/slate-sst.mjs", import.meta.url));
const COMMAND = `${process.execPath} ${BIN}`;
const SPARK_MS = 180_000;

const python = (argv: readonly string[]): ReturnType<typeof spawnSync> => spawnSync("python3", argv, { encoding: "utf8", env: { ...process.env, PYTHONPATH: JOB, PYTHONDONTWRITEBYTECODE: "1" } });
const hasPython = python(["--version"]).status === 0;
const hasSpark = hasPython && python(["-c", "import pyspark"]).status === 0;
if (!hasPython) console.warn("python3 is not installed: tools/spark is not tested");
else if (!hasSpark) console.warn("PySpark is not installed (pip install pyspark, and Java): tools/spark is tested without Spark");

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
  it("sorts rows that are in no order", { timeout: SPARK_MS }, async () => {
    using folder = new TempFolder("spark");
    const count = 20_000;
    writeFileSync(join(folder.path, "x.csv"), `id,name\n${Array.from({ length: count }, (_, at) => `${(at * 7919) % count},näme ${at}`).join("\n")}\n`);
    const argv = ["--input", join(folder.path, "x.csv"), "--format", "csv", "--option", "header=true", "--db", join(folder.path, "db"), "--key", "concat('user:', lpad(id, 6, '0'))", "--value", "name", "--partitions", "4", "--slate-sst", COMMAND];
    for (const run of ["first", "second"]) {
      const { status, stdout, stderr } = python(["-c", "import sys, slate_sst_spark as job; job.main()", ...argv]);
      if (run === "second") {
        // The SSTs are new ones, and a database is there.
        expect(status).not.toBe(0);
        expect(String(stderr)).toContain("there is a database at db already");
      } else expect({ status, result: JSON.parse(String(stdout)) as unknown }).toMatchObject({ status: 0, result: { sstCount: 4, rowCount: String(count) } });
    }
    const rows = await rowsOf(folder.path);
    expect(rows).toHaveLength(count);
    expect(rows[7919]).toBe("user:007919 näme 1");
  });
});
