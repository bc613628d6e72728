// What a run refuses, at its door, inside an SST and at the seam between two; and what is left in the store then: nothing.
import { MemoryObjectStore } from "@slate-sst/object-store";
import type { Row, SstWriterConfig } from "@slate-sst/writer";
import { describe, expect, it } from "vitest";
import { writeRun, type WriteRunConfig } from "../src/index.js";
import { keyBytes } from "../src/key-bytes.js";
import { failure, objectPaths, paths, puts } from "./samples.js";

/** Every key fills its SST. */
const EACH_KEY: WriteRunConfig = { sstSize: 1 };

describe("a row that a run refuses", () => {
  /** Rows at the end of which stands the bad one. At sstSize 1 the rows before lie in SSTs of their own. */
  const cases: readonly (readonly [string, Row, string, SstWriterConfig])[] = [
    ["a smaller key", { key: "key000001", value: "" }, "ERR_SST_ROW_ORDER", {}],
    ["the same key and sequence number", { key: "key000002", value: "" }, "ERR_SST_ROW_DUPLICATE", {}],
    ["a newer version after an older one", { key: "key000002", value: "", seq: 1n }, "ERR_SST_ROW_ORDER", {}],
    ["the same key in an order policies do not cover", { key: "key000002", value: "", seq: 1n }, "ERR_SST_ROW_ORDER", { onDuplicate: "keepLast" }],
    ["an empty key", { key: "", value: "" }, "ERR_SST_KEY_EMPTY", {}],
    ["a key of another type", { key: 3 as unknown as string, value: "" }, "ERR_SST_ROW_TYPE", {}],
    ["a value of another type behind the last key", { key: "key000009", value: null as unknown as string }, "ERR_SST_ROW_TYPE", {}],
    ["nothing", undefined as unknown as Row, "ERR_SST_ROW_TYPE", {}],
  ];

  it.each(cases)("%s: refused as in one SST, with its ordinal in the run, and the store is empty again", async (_, bad, code, config) => {
    for (const sstSize of [1, 600, 1_000_000]) {
      const store = new MemoryObjectStore();
      const error = await failure(writeRun(store, "db", [...puts(3), bad], { ...config, sstSize }));
      expect(error).toMatchObject({ code, details: { ordinal: 3 } });
      expect(error.message).toMatch(/^row 3\b/);
      expect(await objectPaths(store)).toEqual([]);
    }
  });

  it("at a seam keeps the writer's words and guess, and names the SST", async () => {
    const next = paths("db");
    const made: string[] = [];
    const error = await failure(writeRun(new MemoryObjectStore(), "db", ["row8", "row9", "row10"].map((key) => ({ key, value: "" })), { sstSize: 1, paths: () => (made.push(next()), made.at(-1) ?? "") }));
    expect(error.message).toContain(`row 2 of the run, which is row 1 of ${made[1]}: row 1 (counted from 0) has the key "row10"`);
    expect(error.message).toContain("these look sorted as numbers");
    expect(error.details).toMatchObject({ path: made[1], ordinal: 2, key: keyBytes("row10"), previousKey: keyBytes("row9") });
    expect(error.cause).toMatchObject({ code: "ERR_SST_ROW_ORDER", details: { ordinal: 1 } });
  });

  it("keeps its class: a value of the wrong type is a TypeError", async () => {
    const rows = [...puts(2), { key: "z", value: 1 as unknown as string }];
    expect(await failure(writeRun(new MemoryObjectStore(), "db", rows, EACH_KEY))).toBeInstanceOf(TypeError);
  });

  it("counts rows, not SSTs, when it comes late", async () => {
    const rows = [...puts(900), ...puts(1, 10)];
    expect(await failure(writeRun(new MemoryObjectStore(), "db", rows, { sstSize: 5_000 }))).toMatchObject({ code: "ERR_SST_ROW_ORDER", details: { ordinal: 900 } });
  });
});

describe("the door of writeRun", () => {
  const store = new MemoryObjectStore();

  it("takes no run without rows, and creates nothing", async () => {
    expect(await failure(writeRun(store, "db", []))).toMatchObject({ code: "ERR_SST_EMPTY" });
    async function* none(): AsyncGenerator<Row> {}
    expect(await failure(writeRun(store, "db", none()))).toMatchObject({ code: "ERR_SST_EMPTY" });
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "1" as unknown as number, 5n as unknown as number])("takes no sstSize %s", async (sstSize) => {
    expect(await failure(writeRun(store, "db", puts(1), { sstSize }))).toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option: "sstSize" } });
  });

  it("takes no option that neither it nor the writer knows", async () => {
    expect(await failure(writeRun(store, "db", puts(1), { blokSize: 4096 } as unknown as WriteRunConfig))).toMatchObject({ code: "ERR_SST_OPTION_UNKNOWN", details: { option: "blokSize" } });
    expect(await failure(writeRun(store, "db", puts(1), null as unknown as WriteRunConfig))).toMatchObject({ code: "ERR_SST_OPTION_INVALID" });
    expect(await failure(writeRun(store, "db", puts(1), { paths: "x" as unknown as () => string }))).toMatchObject({ code: "ERR_SST_OPTION_INVALID" });
  });

  it.each([undefined, null, "rows", 7, {}])("takes no rows that are %j", async (rows) => {
    expect(await failure(writeRun(store, "db", rows as Row[]))).toMatchObject({ code: "ERR_SST_OPTION_INVALID", details: { option: "rows" } });
  });

  it("takes no root that SlateDB would not find, before the first row is asked for", async () => {
    let asked = 0;
    function* rows(): Generator<Row> {
      asked++;
      yield* puts(1);
    }
    expect(await failure(writeRun(store, "db/", rows()))).toMatchObject({ code: "ERR_STORE_PATH" });
    expect(await failure(writeRun(store, "däb", rows()))).toMatchObject({ code: "ERR_SST_INGEST_ROOT" });
    expect(asked).toBe(0);
  });

  it("takes no path that createDatabase would refuse, nor one twice, and removes what it had written", async () => {
    const [path = ""] = [paths("db")()];
    for (const odd of ["db/x.sst", paths("db2")(), path.toLowerCase(), "", 3 as unknown as string]) {
      expect(await failure(writeRun(store, "db", puts(1), { paths: () => odd }))).toMatchObject({ code: "ERR_SST_INGEST_PATH", details: { path: odd } });
    }
    for (const mode of ["create", "overwrite"] as const) {
      expect(await failure(writeRun(store, "db", puts(2), { ...EACH_KEY, mode, paths: () => path }))).toMatchObject({ code: "ERR_SST_INGEST_PATH", details: { path } });
    }
    expect(await objectPaths(store)).toEqual([]);
  });
});
