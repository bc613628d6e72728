// Objects: put, get, head, delete.
import { crc32 } from "@slate-sst/format";
import { crc32Checksum } from "../checksum.js";
import { equalMetadata } from "../object-metadata.js";
import type { PutOptions } from "../object-store.js";
import { only, joined, sampleBytes, settle, type CaseDefinition } from "./contract-case.js";
import { collect, expectBytes, expectCode, expectEqual, expectTrue } from "./expect.js";
import { RIVALS, SIZE } from "./sizes.js";

export const objectCases: readonly CaseDefinition[] = [
  {
    name: "an object that was put is read back",
    async run({ store }) {
      const bytes = sampleBytes(SIZE, 1);
      await store.put("folder/object", bytes, { mode: "overwrite" });
      expectBytes(await store.get("folder/object"), bytes, "get");
    },
  },
  {
    name: "an object may be empty",
    async run({ store }) {
      await store.put("empty", new Uint8Array(0), { mode: "overwrite" });
      await store.put("empty-too", [], { mode: "overwrite" });
      expectEqual((await store.get("empty")).length, 0, "bytes of an empty object");
      expectEqual((await store.head("empty-too")).size, 0, "size of an object of no chunks");
    },
  },
  {
    name: "a body may come in chunks",
    async run({ store }) {
      const chunks = [sampleBytes(1, 1), new Uint8Array(0), sampleBytes(SIZE, 2), sampleBytes(2, 1)];
      await store.put("chunks", chunks, { mode: "overwrite" });
      expectBytes(await store.get("chunks"), joined(...chunks), "get");
    },
  },
  {
    name: "a body's memory is the caller's again when the promise settles, and so are the bytes read",
    async run({ store }) {
      const bytes = sampleBytes(SIZE, 1);
      await store.put("object", bytes, { mode: "overwrite" });
      bytes.fill(0);
      (await store.get("object")).fill(0);
      expectBytes(await store.get("object"), sampleBytes(SIZE, 1), "get");
    },
  },
  {
    name: "overwrite replaces an object",
    async run({ store }) {
      const before = await store.put("object", sampleBytes(SIZE, 1), { mode: "overwrite" });
      const after = await store.put("object", sampleBytes(2, 2), { mode: "overwrite" });
      expectBytes(await store.get("object"), sampleBytes(2, 2), "get");
      expectTrue(before.etag === undefined || before.etag !== after.etag, "another version has another ETag");
    },
  },
  {
    name: "of objects that are overwritten at once, one is left as a whole",
    async run({ store }) {
      const bodies = Array.from({ length: RIVALS }, (_, index) => sampleBytes(SIZE + index, index));
      await Promise.all(bodies.map(async (body) => await store.put("object", body, { mode: "overwrite" })));
      const bytes = await store.get("object");
      expectBytes(bytes, bodies[bytes.length - SIZE] ?? new Uint8Array(0), "the object left");
    },
  },
  {
    name: "create makes an object, and refuses to replace it",
    needs: ({ putCreate }) => putCreate,
    async run({ store }) {
      await store.put("folder/object", sampleBytes(SIZE, 1), { mode: "create" });
      await expectCode("ERR_STORE_ALREADY_EXISTS", store.put("folder/object", sampleBytes(SIZE, 2), { mode: "create" }), "second create");
      expectBytes(await store.get("folder/object"), sampleBytes(SIZE, 1), "the object stays");
      await store.delete("folder/object");
      await store.put("folder/object", sampleBytes(2, 2), { mode: "create" });
      expectEqual((await store.head("folder/object")).size, 2, "size after delete and create");
    },
  },
  {
    name: "of objects that are created at once, one succeeds",
    needs: ({ putCreate }) => putCreate,
    async run({ store, reopen }) {
      const other = await reopen();
      const bodies = Array.from({ length: RIVALS }, (_, index) => sampleBytes(SIZE, index));
      const { done, failed } = await settle(bodies.map(async (body, index) => await (index % 2 === 0 ? store : other).put("object", body, { mode: "create" })));
      const winner = only(done, "winners");
      for (const { error } of failed) await expectCode("ERR_STORE_ALREADY_EXISTS", Promise.reject(error), "a loser");
      expectBytes(await store.get("object"), bodies[winner] ?? new Uint8Array(0), "the winner's bytes");
      expectEqual((await collect(store.list(""))).length, 1, "objects listed");
    },
  },
  {
    name: "create is refused, not weakened",
    needs: ({ putCreate }) => !putCreate,
    async run({ store }) {
      await expectCode("ERR_STORE_UNSUPPORTED", store.put("object", sampleBytes(1, 1), { mode: "create" }), "create");
      await expectCode("ERR_STORE_NOT_FOUND", store.head("object"), "head");
    },
  },
  {
    name: "head tells size, ETag, time and metadata",
    async run({ store }) {
      const { etag } = await store.put("folder/object", sampleBytes(SIZE, 1), { mode: "overwrite" });
      const info = await store.head("folder/object");
      expectEqual([info.path, info.size, info.etag, info.metadata], ["folder/object", SIZE, etag, {}], "path, size, etag, metadata");
      expectTrue(info.lastModified instanceof Date && !Number.isNaN(info.lastModified.getTime()), "lastModified is a Date");
    },
  },
  {
    name: "what is not there is not found",
    async run({ store }) {
      await store.put("folder/object", sampleBytes(1, 1), { mode: "overwrite" });
      for (const path of ["missing", "folder", "folder/missing", "folder/object/missing", "no-folder/missing"]) {
        await expectCode("ERR_STORE_NOT_FOUND", store.get(path), `get ${path}`);
        await expectCode("ERR_STORE_NOT_FOUND", store.head(path), `head ${path}`);
        await expectCode("ERR_STORE_NOT_FOUND", store.getRange(path, 0, 1), `getRange ${path}`);
        await expectCode("ERR_STORE_NOT_FOUND", collect(store.stream(path)), `stream ${path}`);
      }
    },
  },
  {
    name: "delete removes an object, and takes it well when there is none",
    async run({ store }) {
      await store.put("folder/object", sampleBytes(1, 1), { mode: "overwrite" });
      await store.put("folder/other", sampleBytes(1, 1), { mode: "overwrite" });
      await store.delete("folder/object");
      await store.delete("folder/object");
      await store.delete("folder");
      await store.delete("no-folder/missing");
      await expectCode("ERR_STORE_NOT_FOUND", store.head("folder/object"), "head after delete");
      expectEqual((await collect(store.list(""))).map(({ path }) => path), ["folder/other"], "what is left");
    },
  },
  {
    name: "metadata comes back as it was given, and goes with its object",
    needs: ({ metadataSizeMax }) => metadataSizeMax > 0,
    async run({ store, capabilities }) {
      const metadata = { writer: "Slate SST/0.1 (test; \"quoted\", 100% ASCII = ~fine~)", ulid01: "01JDXW8E9Q0000000000000000" };
      await store.put("object", sampleBytes(1, 1), { mode: "overwrite", metadata });
      const { metadata: kept } = await store.head("object");
      expectTrue(equalMetadata(kept, metadata), `metadata: got ${JSON.stringify(kept)}`);
      await store.put("object", sampleBytes(1, 1), { mode: "overwrite" });
      expectEqual((await store.head("object")).metadata, {}, "metadata after overwrite without any");
      const many = Object.fromEntries(Array.from({ length: capabilities.metadataSizeMax }, (_, index) => [`name${index}`, "x"]));
      await expectCode("ERR_STORE_UNSUPPORTED", store.put("object", sampleBytes(1, 1), { mode: "overwrite", metadata: many }), "too much metadata");
    },
  },
  {
    name: "metadata is refused, not dropped",
    needs: ({ metadataSizeMax }) => metadataSizeMax === 0,
    async run({ store }) {
      await expectCode("ERR_STORE_UNSUPPORTED", store.put("object", sampleBytes(1, 1), { mode: "overwrite", metadata: { name: "value" } }), "metadata");
      await store.put("object", sampleBytes(1, 1), { mode: "overwrite", metadata: {} });
    },
  },
  {
    name: "a body that does not match its checksum is refused",
    needs: ({ checksums }) => checksums.includes("crc32"),
    async run({ store }) {
      const body = sampleBytes(SIZE, 1);
      const checksum = crc32Checksum(crc32(body));
      await expectCode("ERR_STORE_CHECKSUM", store.put("object", sampleBytes(SIZE, 2), { mode: "overwrite", checksum }), "other bytes");
      await expectCode("ERR_STORE_NOT_FOUND", store.head("object"), "nothing is stored");
      await store.put("object", [body.subarray(0, 1), body.subarray(1)], { mode: "overwrite", checksum });
    },
  },
  {
    name: "a checksum that the store does not take is refused",
    needs: ({ checksums }) => !checksums.includes("crc32"),
    async run({ store }) {
      await expectCode("ERR_STORE_UNSUPPORTED", store.put("object", sampleBytes(1, 1), { mode: "overwrite", checksum: crc32Checksum(1) }), "crc32");
    },
  },
  {
    name: "wrong arguments are refused",
    async run({ store }) {
      const wrong: Record<string, unknown>[] = [
        {}, { mode: "append" }, { mode: "overwrite", unknown: 1 }, { mode: "overwrite", signal: "stop" }, { mode: "overwrite", metadata: { Upper: "x" } },
        { mode: "overwrite", metadata: { name: " padded " } }, { mode: "overwrite", metadata: { name: "" } },
        { mode: "overwrite", checksum: { algorithm: "sum", digest: new Uint8Array(1) } },
      ];
      for (const options of wrong) {
        const call = store.put("object", sampleBytes(1, 1), options as unknown as PutOptions);
        await expectCode("ERR_STORE_ARGUMENT", call, `options ${JSON.stringify(options)}`);
      }
      for (const body of ["text", undefined, [1], new ArrayBuffer(1)]) {
        await expectCode("ERR_STORE_ARGUMENT", store.put("object", body as unknown as Uint8Array, { mode: "overwrite" }), "a body of another type");
      }
      await expectCode("ERR_STORE_NOT_FOUND", store.head("object"), "nothing is stored");
    },
  },
];
