// Multipart uploads that another store object goes on with, and what can be listed of them.
import { begin, joined, needsUploads, sampleBytes, sendParts, type CaseDefinition } from "./contract-case.js";
import { collect, expectBytes, expectCode, expectEqual, expectTrue } from "./expect.js";
import { TWO_DIGIT_PART } from "./sizes.js";

const PATH = "folder/object";
const OVERWRITE = { mode: "overwrite" } as const;

export const uploadResumeCases: readonly CaseDefinition[] = [
  {
    name: "another store object goes on with an upload by its id",
    needs: needsUploads(),
    async run(context) {
      const { store, partSize, reopen } = context;
      const bodies = [sampleBytes(partSize, 1), sampleBytes(partSize, 2), sampleBytes(1, 1)];
      const uploadId = await begin(context, PATH);
      const before = await sendParts(store, PATH, uploadId, 1, bodies.slice(0, 1));
      const other = await reopen();
      const after = await sendParts(other, PATH, uploadId, 2, bodies.slice(1));
      await other.completeUpload(PATH, uploadId, [...before, ...after], OVERWRITE);
      expectBytes(await store.get(PATH), joined(...bodies), "the object");
    },
  },
  {
    name: "two store objects may work on one upload in turn",
    needs: needsUploads(({ replaceParts, parallelParts }) => replaceParts && parallelParts),
    async run(context) {
      const { store, partSize, reopen } = context;
      const uploadId = await begin(context, PATH);
      const other = await reopen();
      const [first] = await sendParts(other, PATH, uploadId, 1, [sampleBytes(partSize, 1)]);
      const [lost] = await sendParts(other, PATH, uploadId, 2, [sampleBytes(partSize, 2)]);
      const [second] = await sendParts(store, PATH, uploadId, 2, [sampleBytes(partSize, 2 + 1)]);
      const [third] = await sendParts(other, PATH, uploadId, 2 + 1, [sampleBytes(1, 1)]);
      if (first === undefined || lost === undefined || second === undefined || third === undefined) return;
      await expectCode("ERR_STORE_UPLOAD_MISMATCH", store.completeUpload(PATH, uploadId, [first, lost, third], OVERWRITE), "a replaced part");
      await store.completeUpload(PATH, uploadId, [first, second, third], OVERWRITE);
      expectBytes(await store.get(PATH), joined(sampleBytes(partSize, 1), sampleBytes(partSize, 2 + 1), sampleBytes(1, 1)), "the object");
    },
  },
  {
    name: "a straggler does not change an object that another store object completed",
    needs: needsUploads(({ sessions, parallelParts }) => sessions && parallelParts),
    async run(context) {
      const { store, partSize, reopen } = context;
      const bodies = [sampleBytes(partSize, 1), sampleBytes(partSize, 2)];
      const uploadId = await begin(context, PATH);
      const before = await sendParts(store, PATH, uploadId, 1, bodies.slice(0, 1));
      const other = await reopen();
      const after = await sendParts(other, PATH, uploadId, 2, bodies.slice(1));
      await other.completeUpload(PATH, uploadId, [...before, ...after], OVERWRITE);
      await expectCode("ERR_STORE_UPLOAD_NOT_FOUND", store.uploadPart(PATH, uploadId, 1, sampleBytes(partSize, 0)), "the straggler's part");
      await store.abortUpload(PATH, uploadId);
      expectBytes(await store.get(PATH), joined(...bodies), "the object");
    },
  },
  {
    name: "parts received are listed by number, as their receipts tell",
    needs: needsUploads(({ listParts, parallelParts }) => listParts && parallelParts),
    async run(context) {
      const { store, partSize, reopen } = context;
      const uploadId = await begin(context, PATH);
      expectEqual(await collect(store.listParts(PATH, uploadId)), [], "parts at first");
      const receipts = [];
      for (const partNumber of [TWO_DIGIT_PART, 2, 1]) receipts.unshift(await store.uploadPart(PATH, uploadId, partNumber, sampleBytes(partSize, partNumber)));
      for (const seenBy of [store, await reopen()]) {
        const parts = await collect(seenBy.listParts(PATH, uploadId));
        expectEqual(parts.map(({ partNumber, size, etag }) => [partNumber, size, etag]), receipts.map(({ partNumber, size, etag }) => [partNumber, size, etag]), "parts");
      }
    },
  },
  {
    name: "listed parts complete an upload",
    needs: needsUploads(({ listParts }) => listParts),
    async run(context) {
      const { store, partSize, reopen } = context;
      const bodies = [sampleBytes(partSize, 1), sampleBytes(1, 2)];
      const uploadId = await begin(context, PATH);
      await sendParts(store, PATH, uploadId, 1, bodies);
      const other = await reopen();
      await other.completeUpload(PATH, uploadId, await collect(other.listParts(PATH, uploadId)), OVERWRITE);
      expectBytes(await store.get(PATH), joined(...bodies), "the object");
    },
  },
  {
    name: "parts are not listed where the store cannot",
    needs: needsUploads(({ listParts }) => !listParts),
    async run(context) {
      const uploadId = await begin(context, PATH);
      await expectCode("ERR_STORE_UNSUPPORTED", collect(context.store.listParts(PATH, uploadId)), "listParts");
    },
  },
  {
    name: "uploads are listed by their paths until they are completed or aborted",
    needs: needsUploads(({ listUploads, abort }) => listUploads && abort),
    async run(context) {
      const { store, reopen } = context;
      expectEqual(await collect(store.listUploads("")), [], "uploads at first");
      const ids = new Map<string, string>();
      for (const path of ["b", "a/2", "a-b", "a/1"]) {
        const uploadId = await begin(context, path);
        await sendParts(store, path, uploadId, 1, [sampleBytes(1, 1)]);
        ids.set(path, uploadId);
      }
      const other = await reopen();
      const listed = await collect(other.listUploads(""));
      expectEqual(listed.map(({ path, uploadId }) => [path, uploadId]), ["a-b", "a/1", "a/2", "b"].map((path) => [path, ids.get(path)]), "uploads");
      expectTrue(listed.every(({ createdAt }) => createdAt instanceof Date && !Number.isNaN(createdAt.getTime())), "createdAt is a Date");
      expectEqual((await collect(other.listUploads("a/"))).map(({ path }) => path), ["a/1", "a/2"], "uploads by prefix");
      await store.abortUpload("a/1", ids.get("a/1") ?? "");
      const id = ids.get("a/2") ?? "";
      await store.completeUpload("a/2", id, await sendParts(store, "a/2", id, 1, [sampleBytes(1, 1)]), OVERWRITE);
      expectEqual((await collect(other.listUploads(""))).map(({ path }) => path), ["a-b", "b"], "uploads left");
    },
  },
  {
    name: "uploads are not listed where the store cannot",
    needs: needsUploads(({ listUploads }) => !listUploads),
    async run({ store }) {
      await expectCode("ERR_STORE_UNSUPPORTED", collect(store.listUploads("")), "listUploads");
    },
  },
];
