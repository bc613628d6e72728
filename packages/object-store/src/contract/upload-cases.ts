// Multipart uploads: parts, completion, abort.
import { begin, joined, needsUploads, sampleBytes, sendParts, settle, type CaseDefinition, type ContractContext } from "./contract-case.js";
import { collect, expectBytes, expectCode, expectEqual, expectTrue } from "./expect.js";
import { RIVALS } from "./sizes.js";

const PATH = "folder/object";
const OVERWRITE = { mode: "overwrite" } as const;

/** Two whole parts and a short one. */
function threeParts({ partSize }: ContractContext): [Uint8Array, Uint8Array, Uint8Array] {
  return [sampleBytes(partSize, 1), sampleBytes(partSize, 2), sampleBytes((partSize >> 1) + 1, 2 + 1)];
}

async function expectUnseen({ store }: ContractContext): Promise<void> {
  await expectCode("ERR_STORE_NOT_FOUND", store.head(PATH), "head of what is not complete");
  await expectCode("ERR_STORE_NOT_FOUND", store.get(PATH), "get of what is not complete");
  expectEqual(await collect(store.list("")), [], "listing of what is not complete");
}

export const uploadCases: readonly CaseDefinition[] = [
  {
    name: "parts become one object at completion, and not before",
    needs: needsUploads(),
    async run(context) {
      const { store } = context;
      const bodies = threeParts(context);
      const uploadId = await begin(context, PATH);
      await expectUnseen(context);
      const receipts = await sendParts(store, PATH, uploadId, 1, bodies);
      await expectUnseen(context);
      expectEqual(receipts.map(({ partNumber, size }) => [partNumber, size]), bodies.map((body, index) => [index + 1, body.length]), "receipts");
      const { etag } = await store.completeUpload(PATH, uploadId, receipts, OVERWRITE);
      expectBytes(await store.get(PATH), joined(...bodies), "the object");
      const info = await store.head(PATH);
      expectEqual([info.etag, info.metadata], [etag, {}], "ETag and metadata");
      expectEqual((await collect(store.list(""))).map(({ path, size }) => [path, size]), [[PATH, info.size]], "listing");
    },
  },
  {
    name: "a part may come in chunks, and its memory is the caller's again when the promise settles",
    needs: needsUploads(),
    async run(context) {
      const { store, partSize } = context;
      const uploadId = await begin(context, PATH);
      const body = sampleBytes(partSize, 1);
      const first = await store.uploadPart(PATH, uploadId, 1, [body.subarray(0, 1), new Uint8Array(0), body.subarray(1)]);
      body.fill(0);
      const second = await store.uploadPart(PATH, uploadId, 2, body.fill(1).subarray(0, 2));
      body.fill(0);
      await store.completeUpload(PATH, uploadId, [first, second], OVERWRITE);
      expectBytes(await store.get(PATH), joined(sampleBytes(partSize, 1), new Uint8Array(2).fill(1)), "the object");
    },
  },
  {
    name: "parts may come in any order and at once",
    needs: needsUploads(({ parallelParts }) => parallelParts),
    async run(context) {
      const { store, partSize } = context;
      const bodies = [...Array.from({ length: RIVALS / 2 }, (_, index) => sampleBytes(partSize, index)), sampleBytes(1, 1)];
      const uploadId = await begin(context, PATH);
      const last = bodies.length;
      const lastReceipt = await store.uploadPart(PATH, uploadId, last, bodies[last - 1] ?? []);
      const others = bodies.slice(0, -1).map(async (body, index) => await store.uploadPart(PATH, uploadId, index + 1, body));
      await store.completeUpload(PATH, uploadId, [...(await Promise.all(others.reverse())).reverse(), lastReceipt], OVERWRITE);
      expectBytes(await store.get(PATH), joined(...bodies), "the object");
    },
  },
  {
    name: "a part that is uploaded again is replaced",
    needs: needsUploads(({ replaceParts }) => replaceParts),
    async run(context) {
      const { store, partSize } = context;
      const uploadId = await begin(context, PATH);
      const [first, lost] = await sendParts(store, PATH, uploadId, 1, [sampleBytes(partSize, 1), sampleBytes(partSize, 2)]);
      const second = await store.uploadPart(PATH, uploadId, 2, sampleBytes(1, 2 + 1));
      if (first === undefined || lost === undefined) return;
      await expectCode("ERR_STORE_UPLOAD_MISMATCH", store.completeUpload(PATH, uploadId, [first, lost], OVERWRITE), "with the replaced part");
      await store.completeUpload(PATH, uploadId, [first, second], OVERWRITE);
      expectBytes(await store.get(PATH), joined(sampleBytes(partSize, 1), sampleBytes(1, 2 + 1)), "the object");
    },
  },
  {
    name: "of uploads of one part at once, one is kept as a whole",
    needs: needsUploads(({ replaceParts, parallelParts, listParts }) => replaceParts && parallelParts && listParts),
    async run(context) {
      const { store, partSize } = context;
      const uploadId = await begin(context, PATH);
      const bodies = Array.from({ length: RIVALS / 2 }, (_, index) => sampleBytes(partSize, index));
      await Promise.all(bodies.map(async (body) => await store.uploadPart(PATH, uploadId, 1, body)));
      await store.completeUpload(PATH, uploadId, await collect(store.listParts(PATH, uploadId)), OVERWRITE);
      const bytes = await store.get(PATH);
      expectTrue(bodies.some((body) => body.every((byte, at) => byte === bytes[at])), "the object is one of the bodies");
    },
  },
  {
    name: "completion refuses parts that are missing, forged or of wrong sizes, and can be mended",
    needs: needsUploads(),
    async run(context) {
      const { store } = context;
      const bodies = threeParts(context);
      const uploadId = await begin(context, PATH);
      const [first, second] = await sendParts(store, PATH, uploadId, 1, bodies.slice(0, 2));
      if (first === undefined || second === undefined) return;
      const forged = { partNumber: 2 + 1, size: bodies[2].length, etag: first.etag, checksum: undefined };
      const wrong = [
        [], [second], [second, first], [first, first], [first, { ...second, partNumber: 2 + 1 }], [first, second, forged],
        [first, { ...second, size: second.size - 1 }], [{ ...first, size: 0 }, second], [{ ...first, partNumber: 0 }],
      ];
      for (const parts of wrong) {
        const what = `parts ${JSON.stringify(parts.map(({ partNumber, size }) => [partNumber, size]))}`;
        await expectCode("ERR_STORE_UPLOAD_MISMATCH", store.completeUpload(PATH, uploadId, parts, OVERWRITE), what);
      }
      await expectUnseen(context);
      const third = await store.uploadPart(PATH, uploadId, 2 + 1, bodies[2]);
      await store.completeUpload(PATH, uploadId, [first, second, third], OVERWRITE);
      expectBytes(await store.get(PATH), joined(...bodies), "the object");
    },
  },
  {
    name: "only the last part may be short",
    needs: needsUploads(),
    async run(context) {
      const { store, partSize } = context;
      const uploadId = await begin(context, PATH);
      const receipts = await sendParts(store, PATH, uploadId, 1, [sampleBytes(partSize >> 1, 1)]);
      const second = { partNumber: 2, size: partSize, etag: receipts[0]?.etag, checksum: undefined };
      await expectCode("ERR_STORE_UPLOAD_MISMATCH", store.completeUpload(PATH, uploadId, [...receipts, second], OVERWRITE), "a short first part");
    },
  },
  {
    name: "one short part makes an object, and one empty part an empty one",
    needs: needsUploads(),
    async run(context) {
      const { store } = context;
      for (const size of [1, 0]) {
        const uploadId = await begin(context, PATH);
        await store.completeUpload(PATH, uploadId, await sendParts(store, PATH, uploadId, 1, [sampleBytes(size, 1)]), OVERWRITE);
        expectBytes(await store.get(PATH), sampleBytes(size, 1), `an object of ${size} bytes`);
      }
    },
  },
  {
    name: "parts that are not given to completion are dropped",
    needs: needsUploads(({ parallelParts, dropParts = true }) => parallelParts && dropParts),
    async run(context) {
      const { store } = context;
      const bodies = threeParts(context);
      const uploadId = await begin(context, PATH);
      const receipts = await sendParts(store, PATH, uploadId, 1, bodies);
      await store.completeUpload(PATH, uploadId, receipts.slice(0, 2), OVERWRITE);
      expectBytes(await store.get(PATH), joined(bodies[0], bodies[1]), "the object");
    },
  },
  {
    name: "a completion that leaves parts out is refused where they can't be dropped",
    needs: needsUploads(({ dropParts }) => dropParts === false),
    async run(context) {
      const { store } = context;
      const bodies = threeParts(context);
      const uploadId = await begin(context, PATH);
      const receipts = await sendParts(store, PATH, uploadId, 1, bodies);
      await expectCode("ERR_STORE_UPLOAD_MISMATCH", store.completeUpload(PATH, uploadId, receipts.slice(0, 2), OVERWRITE), "without the last part");
      await store.completeUpload(PATH, uploadId, receipts, OVERWRITE);
      expectBytes(await store.get(PATH), joined(...bodies), "the object");
    },
  },
  {
    name: "a completed upload is gone, and its object stays as it is",
    needs: needsUploads(),
    async run(context) {
      const { store } = context;
      const bodies = threeParts(context);
      const uploadId = await begin(context, PATH);
      const receipts = await sendParts(store, PATH, uploadId, 1, bodies);
      await store.completeUpload(PATH, uploadId, receipts, OVERWRITE);
      // Some stores answer a second completion like the first, others know no such upload any more.
      await store.completeUpload(PATH, uploadId, receipts, OVERWRITE).catch(async (error: unknown) => {
        await expectCode(["ERR_STORE_UPLOAD_NOT_FOUND", "ERR_STORE_UPLOAD_MISMATCH"], Promise.reject(error), "a second completion");
      });
      if (context.uploads.sessions) {
        await expectCode("ERR_STORE_UPLOAD_NOT_FOUND", store.uploadPart(PATH, uploadId, 1, sampleBytes(1, 1)), "a part after completion");
      }
      await store.abortUpload(PATH, uploadId);
      expectBytes(await store.get(PATH), joined(...bodies), "the object");
    },
  },
  {
    name: "abort removes an upload, and takes it well when there is none",
    needs: needsUploads(({ abort }) => abort),
    async run(context) {
      const { store, uploads } = context;
      const uploadId = await begin(context, PATH);
      const receipts = await sendParts(store, PATH, uploadId, 1, threeParts(context));
      await store.abortUpload(PATH, uploadId);
      await store.abortUpload(PATH, uploadId);
      await expectCode(["ERR_STORE_UPLOAD_NOT_FOUND", "ERR_STORE_UPLOAD_MISMATCH"], store.completeUpload(PATH, uploadId, receipts, OVERWRITE), "completion");
      if (uploads.sessions) {
        await expectCode("ERR_STORE_UPLOAD_NOT_FOUND", store.uploadPart(PATH, uploadId, 1, sampleBytes(1, 1)), "a part after abort");
      }
      await expectUnseen(context);
    },
  },
  {
    name: "abort of parts under way leaves nothing",
    needs: needsUploads(({ abort, parallelParts, listUploads }) => abort && parallelParts && listUploads),
    async run(context) {
      const { store } = context;
      const uploadId = await begin(context, PATH);
      const parts = settle(threeParts(context).map(async (body, index) => await store.uploadPart(PATH, uploadId, index + 1, body)));
      await store.abortUpload(PATH, uploadId);
      await parts;
      await store.abortUpload(PATH, uploadId);
      expectEqual(await collect(store.listUploads("")), [], "uploads");
      await expectUnseen(context);
    },
  },
  {
    name: "an upload id that is not known is refused",
    needs: needsUploads(({ sessions }) => sessions),
    async run(context) {
      const { store } = context;
      const uploadId = await begin(context, PATH);
      const receipts = await sendParts(store, PATH, uploadId, 1, [sampleBytes(1, 1)]);
      for (const [path, id] of [[PATH, `${uploadId}0`], [PATH, "../../escape"], ["folder/other", uploadId]] as const) {
        await expectCode("ERR_STORE_UPLOAD_NOT_FOUND", store.uploadPart(path, id, 1, sampleBytes(1, 1)), "uploadPart");
        await expectCode("ERR_STORE_UPLOAD_NOT_FOUND", store.completeUpload(path, id, receipts, OVERWRITE), "completeUpload");
        if (context.uploads.listParts) await expectCode("ERR_STORE_UPLOAD_NOT_FOUND", collect(store.listParts(path, id)), "listParts");
        await store.abortUpload(path, id);
      }
      await store.completeUpload(PATH, uploadId, receipts, OVERWRITE);
    },
  },
];
