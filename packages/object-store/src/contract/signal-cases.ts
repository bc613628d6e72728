// Abort signals: a call that is cut off fails with the signal's reason, and leaves a whole object or none.
import type { ObjectStore } from "../object-store.js";
import { begin, needsUploads, sampleBytes, sendParts, type CaseDefinition } from "./contract-case.js";
import { collect, expectBytes, expectCode, expectEqual, expectReason } from "./expect.js";
import { LARGE_SIZE } from "./sizes.js";

const PATH = "folder/object";

/** Every call on objects, with a signal that was aborted before. */
function callsWith(store: ObjectStore, signal: AbortSignal): Record<string, () => Promise<unknown>> {
  return {
    put: async () => await store.put(PATH, sampleBytes(1, 2), { mode: "overwrite", signal }),
    get: async () => await store.get(PATH, { signal }),
    getRange: async () => await store.getRange(PATH, 0, 1, { signal }),
    stream: async () => await collect(store.stream(PATH, { signal })),
    head: async () => await store.head(PATH, { signal }),
    list: async () => await collect(store.list("", { signal })),
    delete: async () => await store.delete(PATH, { signal }),
  };
}

export const signalCases: readonly CaseDefinition[] = [
  {
    name: "a call whose signal was aborted before does nothing",
    async run({ store }) {
      const reason = new Error("stop");
      await store.put(PATH, sampleBytes(1, 1), { mode: "overwrite" });
      for (const [method, call] of Object.entries(callsWith(store, AbortSignal.abort(reason)))) await expectReason(reason, call(), method);
      expectBytes(await store.get(PATH), sampleBytes(1, 1), "the object stays");
    },
  },
  {
    name: "an upload's call whose signal was aborted before does nothing",
    needs: needsUploads(),
    async run(context) {
      const { store, partSize, uploads } = context;
      const reason = new Error("stop");
      const signal = AbortSignal.abort(reason);
      const uploadId = await begin(context, PATH);
      const receipts = await sendParts(store, PATH, uploadId, 1, [sampleBytes(1, 1)]);
      await expectReason(reason, store.createUpload(PATH, { mode: "overwrite", partSize, signal }), "createUpload");
      await expectReason(reason, store.uploadPart(PATH, uploadId, 1, sampleBytes(1, 2), { signal }), "uploadPart");
      await expectReason(reason, store.completeUpload(PATH, uploadId, receipts, { mode: "overwrite", signal }), "completeUpload");
      await expectReason(reason, store.abortUpload(PATH, uploadId, { signal }), "abortUpload");
      if (uploads.listParts) await expectReason(reason, collect(store.listParts(PATH, uploadId, { signal })), "listParts");
      if (uploads.listUploads) await expectReason(reason, collect(store.listUploads("", { signal })), "listUploads");
      await expectCode("ERR_STORE_NOT_FOUND", store.head(PATH), "nothing is published");
      await store.completeUpload(PATH, uploadId, receipts, { mode: "overwrite" });
    },
  },
  {
    name: "a put that is cut off leaves the whole object or none",
    async run({ store }) {
      const reason = new Error("stop");
      const controller = new AbortController();
      const body = sampleBytes(LARGE_SIZE, 1);
      const put = store.put(PATH, body, { mode: "overwrite", signal: controller.signal });
      controller.abort(reason);
      const outcome = await put.then(() => undefined, (error: unknown) => error);
      if (outcome !== undefined) await expectReason(reason, Promise.reject(outcome), "put");
      const listed = await collect(store.list(""));
      if (listed.length > 0) expectBytes(await store.get(PATH), body, "the object");
      if (outcome === undefined) expectEqual(listed.length, 1, "objects after a put that resolved");
    },
  },
  {
    name: "a part that is cut off can be uploaded again",
    needs: needsUploads(({ replaceParts }) => replaceParts),
    async run(context) {
      const { store, partSize } = context;
      const reason = new Error("stop");
      const controller = new AbortController();
      const uploadId = await begin(context, PATH);
      const part = store.uploadPart(PATH, uploadId, 1, sampleBytes(partSize, 1), { signal: controller.signal });
      controller.abort(reason);
      const outcome = await part.then(() => undefined, (error: unknown) => error);
      if (outcome !== undefined) await expectReason(reason, Promise.reject(outcome), "uploadPart");
      const receipts = await sendParts(store, PATH, uploadId, 1, [sampleBytes(partSize, 2)]);
      await store.completeUpload(PATH, uploadId, receipts, { mode: "overwrite" });
      expectBytes(await store.get(PATH), sampleBytes(partSize, 2), "the object");
    },
  },
];
