// Where the objects of a database lie, and which keys of an SST its manifest shows: what verifiers and inspectors go by, too.
import { BoundType, type BytesBound, type BytesRange, parseUlid, type SsTableInfo } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { compare, compareStarts, DatabaseLayout, DatabaseReader, isInSpan, type KeySpan, overlap, ulidTime, visibleSpan } from "@slate-sst/reader/database";
import { describe, expect, it } from "vitest";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const info = (first?: string, last?: string): SsTableInfo => ({ firstEntry: first === undefined ? undefined : bytes(first), lastEntry: last === undefined ? undefined : bytes(last) }) as unknown as SsTableInfo;
const bound = (text: string): BytesBound => {
  if (text === "") return { boundType: BoundType.Unbounded, key: undefined };
  return { boundType: text.startsWith("(") || text.endsWith(")") ? BoundType.Excluded : BoundType.Included, key: bytes(text.replace(/[[\]()]/g, "")) };
};
const range = (start: string, end: string): BytesRange => ({ startBound: bound(start), endBound: bound(end) });

/** `[b..d)`: brackets tell whether an end belongs to the span; * where part of the keys is hidden. */
function shown(span: KeySpan | undefined): string {
  if (span === undefined) return "nothing";
  const { lower, upper, isCut } = span;
  const end = upper === undefined ? "" : `${Buffer.from(upper.key).toString()}${upper.inclusive ? "]" : ")"}`;
  return `${lower.inclusive ? "[" : "("}${Buffer.from(lower.key).toString()}..${end}${isCut ? "*" : ""}`;
}

describe("the visible keys of an SST", () => {
  it.each([
    ["its first to its last entry, without a range", info("b", "d"), undefined, "[b..d]"],
    ["the same where the range is wider", info("b", "d"), range("[a", "e]"), "[b..d]"],
    ["the same where the range ends just there", info("b", "d"), range("[b", "d]"), "[b..d]"],
    ["the same where the range has no ends", info("b", "d"), range("", ""), "[b..d]"],
    ["no first key that is excluded", info("b", "d"), range("(b", "d]"), "(b..d]*"],
    ["no last key that is excluded", info("b", "d"), range("[b", "d)"), "[b..d)*"],
    ["what the range leaves of them", info("b", "d"), range("[bb", "c]"), "[bb..c]*"],
    ["what it leaves above", info("b", "d"), range("(bb", ""), "(bb..d]*"],
    ["what it leaves below", info("b", "d"), range("", "c)"), "[b..c)*"],
    ["one key", info("b", "b"), undefined, "[b..b]"],
    ["one key of several", info("b", "d"), range("[d", ""), "[d..d]*"],
    ["nothing of one key that is excluded", info("b", "b"), range("(b", ""), "nothing"],
    ["nothing of one key that is excluded above", info("b", "b"), range("", "b)"), "nothing"],
    ["nothing where the range lies before", info("b", "d"), range("[a", "aa]"), "nothing"],
    ["nothing where it lies behind", info("b", "d"), range("[e", "f]"), "nothing"],
    ["nothing where the range is empty", info("b", "d"), range("[c", "c)"), "nothing"],
    ["nothing where there is no first entry", info(undefined, "d"), undefined, "nothing"],
    ["all from the first on, where the last is not known", info("b"), undefined, "[b.."],
    ["up to the range's end, where the last is not known", info("b"), range("", "c)"), "[b..c)*"],
  ] as const)("are %s", (_, sst, visible, expected) => {
    expect(shown(visibleSpan(sst, visible))).toBe(expected);
  });

  it("end with the last row's key where the info has none", () => {
    expect(shown(visibleSpan(info("b"), undefined, bytes("c")))).toBe("[b..c]");
    expect(shown(visibleSpan(info("b", "d"), undefined, bytes("c")))).toBe("[b..d]");
  });

  it("take no end for one that does not say whether its key belongs to it", () => {
    const odd = { startBound: { boundType: BoundType.Unknown, key: bytes("c") }, endBound: { boundType: BoundType.Included, key: undefined } } as unknown as BytesRange;
    expect(shown(visibleSpan(info("b", "d"), odd))).toBe("[b..d]");
  });
});

describe("spans", () => {
  const span = (start: string, end: string): KeySpan => visibleSpan(info("a", "z"), range(start, end))!;

  it("are ordered by where they begin: with a key before behind it", () => {
    expect(compareStarts(span("[b", ""), span("[c", ""))).toBeLessThan(0);
    expect(compareStarts(span("[c", ""), span("[b", ""))).toBeGreaterThan(0);
    expect(compareStarts(span("[b", ""), span("(b", ""))).toBeLessThan(0);
    expect(compareStarts(span("(b", ""), span("[b", ""))).toBeGreaterThan(0);
    expect(compareStarts(span("(b", "c]"), span("(b", "d]"))).toBe(0);
  });

  it("leave a gap, touch in one key, or overlap", () => {
    const between = (end: string, start: string): number => Math.sign(overlap(span("[a", end).upper!, span(start, "z]")));
    expect([["c]", "[d"], ["c]", "[c"], ["c)", "[c"], ["c]", "(c"], ["c)", "(c"], ["d]", "[c"], ["d)", "(c"]].map(([end, start]) => between(end!, start!))).toEqual([-1, 0, -1, -1, -1, 1, 1]);
  });

  it("hold the keys between their ends, and an end that belongs to them", () => {
    const keys = ["a", "b", "bb", "c", "d", "z"];
    const held = (one: KeySpan): string => keys.filter((key) => isInSpan(bytes(`${key}~`), key.length, one)).join();
    expect([span("[b", "d]"), span("(b", "d)"), span("[bb", "bb]"), span("", "")].map(held)).toEqual(["b,bb,c,d", "bb,c", "bb", keys.join()]);
    expect(held(visibleSpan(info("c"), undefined)!)).toBe("c,d,z");
    expect([compare(bytes("a"), bytes("ab")), compare(bytes("b"), bytes("ab")), compare(bytes("a"), bytes("a"))].map(Math.sign)).toEqual([-1, 1, 0]);
  });
});

describe("the layout of a database", () => {
  const id = parseUlid("01HZY6Z5QK3W8XGN4T5V7JYABC");

  it.each([["db", "db/"], ["", ""], ["a/b", "a/b/"]])("below %j names paths and knows them again", (root, prefix) => {
    const layout = new DatabaseLayout(root);
    expect([layout.compacted, layout.manifests, layout.wal]).toEqual([`${prefix}compacted/`, `${prefix}manifest/`, `${prefix}wal/`]);
    expect(layout.sstPath(id)).toBe(`${prefix}compacted/01HZY6Z5QK3W8XGN4T5V7JYABC.sst`);
    expect(layout.sstId(layout.sstPath(id))).toEqual(id);
    expect(layout.manifestPath(7n)).toBe(`${prefix}manifest/00000000000000000007.manifest`);
    expect(layout.manifestNumber(layout.manifestPath(7n))).toBe(7n);
    expect(layout.walNumber(`${prefix}wal/00000000000000000012.sst`)).toBe(12n);
  });

  it("takes nothing for its own that lies elsewhere, ends otherwise, or has another name", () => {
    const layout = new DatabaseLayout("db");
    const largest = (1n << 64n) - 1n;
    expect(layout.manifestNumber(layout.manifestPath(largest))).toBe(largest);
    for (const path of [layout.manifestPath(largest + 1n), "db/manifest/7.manifest", "db/manifest/00000000000000000007.sst", "db2/manifest/00000000000000000007.manifest", "db/manifest/0000000000000000000x.manifest", "db/manifest/.manifest"]) {
      expect(layout.manifestNumber(path), path).toBeUndefined();
    }
    for (const path of ["db/compacted/01HZY6Z5QK3W8XGN4T5V7JYAB.sst", "db/compacted/01HZY6Z5QK3W8XGN4T5V7JYABC", "compacted/01HZY6Z5QK3W8XGN4T5V7JYABC.sst", "db/compacted/x/01HZY6Z5QK3W8XGN4T5V7JYABC.sst"]) {
      expect(layout.sstId(path), path).toBeUndefined();
    }
    expect(layout.walNumber("db/wal/00000000000000000012.manifest")).toBeUndefined();
    expect(() => new DatabaseLayout("/db")).toThrow(expect.objectContaining({ code: "ERR_STORE_PATH" }));
  });

  it("knows the time in an id", () => {
    expect(ulidTime(parseUlid("00000000000000000000000000"))).toBe(0);
    expect(ulidTime(parseUlid("00000000010000000000000000"))).toBe(1);
    expect(ulidTime(parseUlid("0000000001ZZZZZZZZZZZZZZZZ"))).toBe(1);
    expect(ulidTime(parseUlid("7ZZZZZZZZZ0000000000000000"))).toBe(2 ** 48 - 1);
  });
});

describe("a manifest that cannot be read", () => {
  it("is named by its path, whatever is wrong with it, and so are options that are none", async () => {
    const store = new MemoryObjectStore();
    await expect(DatabaseReader.open(store, "db")).rejects.toMatchObject({ code: "ERR_STORE_NOT_FOUND" });
    const path = "db/manifest/00000000000000000001.manifest";
    for (const bad of [new Uint8Array(0), Uint8Array.of(0), new Uint8Array(64), Uint8Array.from({ length: 64 }, (_, at) => at)]) {
      await store.put(path, bad, { mode: "overwrite" });
      await expect(DatabaseReader.open(store, "db")).rejects.toMatchObject({ message: expect.stringContaining(path) as string, details: { object: path } });
    }
    for (const options of [{ wal: 1 }, { maxWalBytes: 0 }, { other: true }]) await expect(DatabaseReader.open(store, "db", options as never)).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_SST_OPTION_/) as string });
  });
});
