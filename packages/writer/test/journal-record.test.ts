// Names and bytes of what lies in a journal.
import { crc32, encodeSection, SECTION_BYTES } from "@slate-sst/format";
import { create, fromBinary, toBinary, WriterCheckpointSchema } from "@slate-sst/format/proto";
import { describe, expect, it } from "vitest";
import { chainOf, epochOf, epochPath, folderNameOf, inside, journalFolder, recordOf, recordPath } from "../src/checkpoint/journal-names.js";
import { decodeRecord, encodeRecord } from "../src/checkpoint/journal-record.js";
import { PATH, thrownBy } from "./sample-rows.js";

const FOLDER = `journals/${"0a".repeat(16)}`;

describe("names", () => {
  it("tell epochs and records apart from anything else", () => {
    expect([epochPath(FOLDER, 7), recordPath(FOLDER, { epoch: 3, sequence: 12 })]).toEqual([`${FOLDER}/epochs/000007`, `${FOLDER}/records/00000012-000003`]);
    expect([epochOf(FOLDER, `${FOLDER}/epochs/000007`), recordOf(FOLDER, `${FOLDER}/records/00000012-000003`)]).toEqual([7, { epoch: 3, sequence: 12 }]);
    for (const name of ["epochs/7", "epochs/0000007", "epochs/000007.tmp", "records/00000012", "records/12-3", "x/epochs/000007", ""]) {
      expect([epochOf(FOLDER, `${FOLDER}/${name}`), recordOf(FOLDER, `${FOLDER}/${name}`)], name).toEqual([undefined, undefined]);
    }
  });

  it("of folders are hashes of the path, under a prefix or at the root", async () => {
    const name = "c5af21f87e3bc7a3e21e4d0b2b3d7bd5";
    expect([inside("", "a"), inside("p/q", "a")]).toEqual(["a", "p/q/a"]);
    expect(await journalFolder("p", PATH)).toMatch(/^p\/[0-9a-f]{32}$/);
    expect(await journalFolder("", PATH)).toBe((await journalFolder("p", PATH)).slice(2));
    expect(await journalFolder("p", PATH)).not.toBe(await journalFolder("p", `${PATH}x`));
    expect([folderNameOf("p", `p/${name}/epochs/000001`), folderNameOf("", `${name}/epochs/000001`), folderNameOf("p", `p/${name}/x`)]).toEqual([name, name, name]);
    for (const path of [`p/${name}`, `p/${name}x/epochs/000001`, `p/q/${name}/epochs/000001`, "p/note.txt"]) expect(folderNameOf("p", path), path).toBeUndefined();
  });

  it("alone tell which records follow each other: the first of an epoch takes the place of all earlier ones from its sequence on", () => {
    const record = (sequence: number, epoch: number): { sequence: number; epoch: number } => ({ sequence, epoch });
    const chain = [record(1, 1), record(2, 1), record(3, 2), record(4, 2), record(5, 4)];
    const shadowed = [record(3, 1), record(4, 1), record(5, 2), record(6, 2), record(5, 3)];
    expect(chainOf([...shadowed, ...chain.toReversed()])).toEqual(chain);
    expect(chainOf([])).toEqual([]);
    // Whatever else bears such a name ends the search for a record before it, too.
    expect(chainOf([record(0, 1), record(0, 2)])).toEqual([record(0, 2)]);
  });
});

describe("a record", () => {
  const init = { layout: 1, journalId: "id", epoch: 2, sequence: 3 };
  const sample = create(WriterCheckpointSchema, init);
  const sealed = (payload: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(payload.length + SECTION_BYTES);
    bytes.set(payload);
    encodeSection(bytes, payload.length, crc32(payload));
    return bytes;
  };

  it("has its blocks and hashes behind it, where protobuf's own encoder puts them", () => {
    const blocks = { words: Uint8Array.of(1, 2, 3, 4), separators: Uint8Array.of(5, 6) };
    const keyHashes = [Uint8Array.of(7, 8), Uint8Array.of(9)];
    for (const [bulk, fields] of [
      [{}, {}], [{ blocks }, { blocks }], [{ keyHashes }, { keyHashes: Uint8Array.of(7, 8, 9) }], [{ keyHashes: [] }, {}], [{ keyHashes: [Uint8Array.of(7)] }, { keyHashes: Uint8Array.of(7) }], [{ blocks, keyHashes }, { blocks, keyHashes: Uint8Array.of(7, 8, 9) }],
    ] as const) {
      const bytes = new Uint8Array(Buffer.concat(encodeRecord(sample, bulk)));
      const whole = create(WriterCheckpointSchema, { ...init, ...fields });
      expect(decodeRecord(bytes, "x")).toEqual(whole);
      expect(bytes).toHaveLength(toBinary(WriterCheckpointSchema, whole).length + SECTION_BYTES);
    }
  });

  it("that is damaged, cut or of another release is refused by name", () => {
    const bytes = sealed(toBinary(WriterCheckpointSchema, sample));
    expect(fromBinary(WriterCheckpointSchema, bytes.subarray(0, -SECTION_BYTES))).toEqual(sample);
    for (let length = 0; length < bytes.length; length++) expect(thrownBy(() => decodeRecord(bytes.slice(0, length), "x"))).toMatchObject({ code: "ERR_SST_CHECKPOINT_CORRUPT", details: { path: "x" } });
    for (let at = 0; at < bytes.length; at++) expect(thrownBy(() => decodeRecord(bytes.map((byte, place) => (place === at ? byte ^ 1 : byte)), "x"))).toMatchObject({ code: "ERR_SST_CHECKPOINT_CORRUPT" });
    expect(thrownBy(() => decodeRecord(sealed(new Uint8Array(0)), "x"))).toMatchObject({ code: "ERR_SST_CHECKPOINT_CORRUPT", message: expect.stringContaining("too few") as string });
    expect(thrownBy(() => decodeRecord(sealed(Uint8Array.of(0xff)), "x"))).toMatchObject({ code: "ERR_SST_CHECKPOINT_CORRUPT", cause: expect.anything() as unknown });
    for (const layout of [0, 2]) expect(thrownBy(() => decodeRecord(sealed(toBinary(WriterCheckpointSchema, { ...sample, layout })), "x"))).toMatchObject({ code: "ERR_SST_UNSUPPORTED", details: { layout } });
  });
});
