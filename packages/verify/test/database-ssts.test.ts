// Rules between the manifest and its SSTs, and between the SSTs of a run: M1 and M2.
import { encodeManifestV1, type SsTableInfo } from "@slate-sst/format";
import { describe, expect, it } from "vitest";
import { NOW, SampleDatabase, sampleSst, ulid, utf8, type SampleSst } from "./database-samples.js";

const one = sampleSst(["a@1", "c@2"]);
const two = sampleSst(["d@3", "f@4"]);
const sample = (): SampleDatabase => new SampleDatabase({ 1: one, 2: two }, { runs: [[1, 2]] });
const ENTRY = "manifest.compacted[0].ssts[0]";

describe("M1.1: copies of infos", () => {
  const changes: [string, Partial<SsTableInfo>][] = [
    ["first_entry", { firstEntry: utf8("b") }],
    ["last_entry", { lastEntry: utf8("b") }],
    ["last_entry", { lastEntry: undefined }],
    ["index_offset", { indexOffset: 1 }],
    ["index_len", { indexLen: one.info.indexLen + 1 }],
    ["filter_offset", { filterOffset: 1 }],
    ["filter_len", { filterLen: 9 }],
    ["compression_format", { compressionFormat: 1 }],
    ["sst_type", { sstType: 1 }],
    ["stats_offset", { statsOffset: 0 }],
    ["stats_len", { statsLen: 3 }],
    ["filter_format", { filterFormat: 1 }],
  ];
  it.each(changes)("%s", async (field, change) => {
    const database = sample().changeEntry(1, (entry) => ({ ...entry, info: { ...entry.info, ...change } }));
    for (const manifest of [encodeManifestV1(database.manifest), database.asV2()]) {
      const { rules, findings } = await database.verify({ level: "quick" }, manifest);
      expect(rules).toEqual([`M1.1 ${manifest instanceof Uint8Array ? ENTRY : "manifest.ssts[0]"}.info.${field}`]);
      expect(findings[0]).toMatchObject({ severity: "error", object: "db/manifest/00000000000000000007.manifest", hint: `SlateDB reads db/compacted/${ulid(1)}.sst by what the manifest says` });
    }
  });

  it("several fields of one copy, each by itself", async () => {
    const database = sample().changeEntry(1, (entry) => ({ ...entry, info: { ...entry.info, indexOffset: 1, indexLen: 2 } }));
    expect((await database.verify()).rules).toEqual([`M1.1 ${ENTRY}.info.index_offset`, `M1.1 ${ENTRY}.info.index_len`]);
  });

  it("a codec without a meaning", async () => {
    const manifest = encodeManifestV1(sample().changeEntry(1, (entry) => ({ ...entry, info: { ...entry.info, compressionFormat: 4 } })).manifest);
    const codecs = [...manifest.keys()].filter((at) => manifest[at] === 4);
    const found: (readonly string[])[] = [];
    for (const at of codecs) {
      const changed = Uint8Array.from(manifest);
      changed[at] = 9;
      const { rules, findings } = await sample().verify({ level: "quick" }, changed);
      if (findings.some(({ found: what, rule }) => what === "9" && rule === "M1.1")) found.push(rules);
    }
    expect(found).toEqual([[`M1.1 ${ENTRY}.info.compression_format`]]);
  });

  it("is not judged for an SST whose own info is damaged", async () => {
    const database = sample();
    const bytes = Uint8Array.from(one.bytes);
    bytes[bytes.length - 16]! ^= 1;
    database.ssts.set(ulid(1), { bytes, info: one.info });
    const { findings, state } = await database.verify({ level: "quick" });
    expect(findings.map(({ rule, object }) => [rule, object])).toEqual([["F1.5", `db/compacted/${ulid(1)}.sst`]]);
    expect(["M1.1", "M1.2", "M2.2", "M2.6"].map(state)).toEqual(["stopped", "stopped", "stopped", "stopped"]);
  });
});

describe("M1.2: format versions", () => {
  const v1 = sampleSst(["a@1"], { formatVersion: 1 });
  it.each<[string, SampleSst, number | undefined, string[]]>([
    ["V2 stated", one, 2, []],
    ["V2 left out", one, undefined, [`M1.2 ${ENTRY}.format_version`]],
    ["V2 as 1", one, 1, [`M1.2 ${ENTRY}.format_version`]],
    ["V1 stated", v1, 1, []],
    ["V1 left out", v1, undefined, []],
    ["V1 as 2", v1, 2, [`M1.2 ${ENTRY}.format_version`]],
  ])("%s", async (_, sst, formatVersion, expected) => {
    const database = new SampleDatabase({ 1: sst }, { runs: [[1]] }).changeEntry(1, (entry) => ({ ...entry, formatVersion }));
    expect((await database.verify()).rules).toEqual(expected);
  });
});

describe("objects", () => {
  it("M1.3: one is missing, and its neighbours are still checked", async () => {
    const database = sample();
    const { manifest } = database;
    database.ssts.delete(ulid(1));
    const { rules, findings, result, state } = await database.change(manifest).verify();
    expect(rules).toEqual(["M1.3 file"]);
    expect(findings[0]).toMatchObject({ object: `db/compacted/${ulid(1)}.sst`, expected: `an object, because the manifest lists it as ${ENTRY}` });
    expect(result.ssts.map((sst) => sst.state)).toEqual(["missing", "checked"]);
    expect(["M1.1", "M2.6", "M4.1"].map(state)).toEqual(["stopped", "stopped", "stopped"]);
  });

  it.each(["README.md", "x.sst", `${ulid(3).toLowerCase()}.sst`, `8${ulid(3).slice(1)}.sst`, `${ulid(3)}.sst.tmp`, `deep/${ulid(3)}.sst`])("M1.4: %s", async (name) => {
    const { findings } = await (await sample().put(`db/compacted/${name}`, utf8("x"))).verify();
    expect(findings).toEqual([expect.objectContaining({ rule: "M1.4", object: `db/compacted/${name}`, found: JSON.stringify(name) })]);
  });

  it("M1.6: a name from the future, by a millisecond", async () => {
    const time = 0x0188_0000_0000; // 01H00000..., the 48 bits of time in the names here
    expect((await sample().verify({ now: () => time })).rules).toEqual([]);
    const { findings } = await sample().verify({ now: () => time - 1 });
    expect(findings.map(({ rule, severity, object }) => [rule, severity, object])).toEqual([1, 2].map((number) => ["M1.6", "warning", `db/compacted/${ulid(number)}.sst`]));
    const far = await sample().put("db/compacted/7ZZZZZZZZZZZZZZZZZZZZZZZZZ.sst", one.bytes);
    expect((await far.verify({ now: () => NOW })).findings.map(({ rule, found }) => [rule, found])).toEqual([["M1.6", "+010889-08-02T05:31:50.655Z"], ["M1.7", expect.any(String)]]);
  });

  it("M1.7: nobody lists it", async () => {
    const { findings, result } = await (await sample().put(`db/compacted/${ulid(9)}.sst`, utf8("left behind"))).verify();
    expect(findings).toEqual([expect.objectContaining({ rule: "M1.7", severity: "note", object: `db/compacted/${ulid(9)}.sst`, length: 11 })]);
    expect(result).toMatchObject({ sound: true, complete: true, unreferenced: 1 });
  });

  it("findings of SSTs name their objects, in the order of the manifest, whatever the number of jobs", async () => {
    const broken = (sst: SampleSst): SampleSst => {
      const bytes = Uint8Array.from(sst.bytes);
      bytes[0]! ^= 1;
      return { bytes, info: sst.info };
    };
    for (const jobs of [1, 2, 9]) {
      const database = new SampleDatabase({ 1: broken(one), 2: broken(two), 3: sampleSst(["x@1"]) }, { runs: [[1, 2, 3]] });
      const { findings, result } = await database.verify({ jobs });
      expect(findings.map(({ rule, path, object }) => [rule, path, object])).toEqual([1, 2].map((number) => ["F4.1", "block[0]", `db/compacted/${ulid(number)}.sst`]));
      expect(result.ssts.map((sst) => [sst.state, sst.findings.error])).toEqual([["incomplete", 1], ["incomplete", 1], ["checked", 0]]);
      expect(result.rules.find(({ rule }) => rule === "F4.1")).toEqual({ rule: "F4.1", state: "broken", findings: 2 });
    }
  });
});

describe("M2: order in a run", () => {
  const place = "manifest.compacted[0].ssts[1].info.first_entry";
  it.each<[string, SampleSst, SampleSst, string[]]>([
    ["ascending", one, two, []],
    ["M2.2: descending", two, one, [`M2.2 ${place}`]],
    ["M2.3: overlapping", one, sampleSst(["b@3", "f@4"]), [`M2.3 ${place}`]],
    ["M2.3: one within the other", sampleSst(["a@1", "z@2"]), two, [`M2.3 ${place}`]],
    ["M2.4: older versions go on", sampleSst(["a@9", "c@8"]), sampleSst(["c@7", "d@9"]), []],
    ["M2.4: the same version", sampleSst(["a@9", "c@8"]), sampleSst(["c@8", "d@9"]), [`M2.4 ${place}`]],
    ["M2.4: a newer version", sampleSst(["a@9", "c@8", "c@7"]), sampleSst(["c@9", "c@1"]), [`M2.4 ${place}`]],
    ["M2.4: one key all through", sampleSst(["c@8"]), sampleSst(["c@7", "c@6"]), []],
  ])("%s", async (_, left, right, expected) => {
    const database = new SampleDatabase({ 1: left, 2: right }, { runs: [[1, 2]] });
    const { rules, findings } = await database.verify();
    expect(rules).toEqual(expected);
    for (const { offset, length } of findings) {
      const key = right.info.firstEntry ?? new Uint8Array(0);
      expect(encodeManifestV1(database.manifest).subarray(offset, offset + length)).toEqual(key);
    }
  });

  it("M2.4 is of level full", async () => {
    const { rules, state } = await new SampleDatabase({ 1: sampleSst(["c@8"]), 2: sampleSst(["c@8"]) }, { runs: [[1, 2]] }).verify({ level: "quick" });
    expect([rules, state("M2.4")]).toEqual([[], "level"]);
  });

  it("M2.3: the last key of an old release's SST is in its rows only", async () => {
    const database = (): SampleDatabase => new SampleDatabase({ 1: sampleSst(["a@1", "e@2"], { formatVersion: 1, withoutLast: true }), 2: two }, { runs: [[1, 2]] });
    expect((await database().verify()).rules).toEqual([`M2.3 ${place}`]);
    const quick = await database().verify({ level: "quick" });
    expect([quick.rules, quick.state("M2.3"), quick.result.complete]).toEqual([[], "skipped", false]);
  });

  it("M2.5, M2.6: entries that the file has as well", async () => {
    const forged = (change: Partial<SsTableInfo>): SampleSst => sampleSst(["b@1", "c@2"], { change });
    const rulesOf = async (sst: SampleSst): Promise<string[]> => (await new SampleDatabase({ 1: sst }, { runs: [[1]] }).verify({ level: "quick" })).rules.filter((rule) => rule.startsWith("M"));
    expect(await rulesOf(forged({ firstEntry: utf8("d") }))).toEqual([`M2.5 ${ENTRY}.info.first_entry`]);
    expect(await rulesOf(forged({ firstEntry: utf8("c") }))).toEqual([]);
    expect(await rulesOf(forged({ firstEntry: undefined }))).toEqual([`M2.6 ${ENTRY}.info.first_entry`]);
    expect(await rulesOf(forged({ firstEntry: new Uint8Array(0) }))).toEqual([`M2.6 ${ENTRY}.info.first_entry`]);
  });
});
