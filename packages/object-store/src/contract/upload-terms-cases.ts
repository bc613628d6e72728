// Multipart uploads: modes, limits, metadata, checksums.
import { crc32 } from "@slate-sst/format";
import type { CreateUploadOptions } from "../object-store.js";
import { crc32Checksum } from "../checksum.js";
import { equalMetadata } from "../object-metadata.js";
import { begin, joined, needsUploads, only, sampleBytes, sendParts, settle, type CaseDefinition, type ContractContext } from "./contract-case.js";
import { expectBytes, expectCode, expectTrue } from "./expect.js";
import { RIVALS } from "./sizes.js";

const PATH = "folder/object";
const OVERWRITE = { mode: "overwrite" } as const;
const CREATE = { mode: "create" } as const;

/** A whole upload of one short part. */
async function uploadWhole({ store, partSize }: ContractContext, mode: "create" | "overwrite", body: Uint8Array): Promise<void> {
  const { uploadId } = await store.createUpload(PATH, { mode, partSize });
  await store.completeUpload(PATH, uploadId, await sendParts(store, PATH, uploadId, 1, [body]), { mode });
}

export const uploadTermsCases: readonly CaseDefinition[] = [
  {
    name: "an upload overwrites an object at completion",
    needs: needsUploads(),
    async run(context) {
      const { store } = context;
      await store.put(PATH, sampleBytes(2, 1), OVERWRITE);
      const uploadId = await begin(context, PATH);
      const receipts = await sendParts(store, PATH, uploadId, 1, [sampleBytes(1, 2)]);
      expectBytes(await store.get(PATH), sampleBytes(2, 1), "the object before");
      await store.completeUpload(PATH, uploadId, receipts, OVERWRITE);
      expectBytes(await store.get(PATH), sampleBytes(1, 2), "the object after");
    },
  },
  {
    name: "an upload that creates does not replace an object, whenever that came",
    needs: needsUploads(({ create }) => create),
    async run(context) {
      const { store } = context;
      await uploadWhole(context, "create", sampleBytes(1, 1));
      await expectCode("ERR_STORE_ALREADY_EXISTS", uploadWhole(context, "create", sampleBytes(2, 2)), "with an object there before");
      expectBytes(await store.get(PATH), sampleBytes(1, 1), "the object stays");
      await store.delete(PATH);
      const uploadId = await begin(context, PATH, CREATE);
      const receipts = await sendParts(store, PATH, uploadId, 1, [sampleBytes(2, 2)]);
      await store.put(PATH, sampleBytes(1, 1), OVERWRITE);
      await expectCode("ERR_STORE_ALREADY_EXISTS", store.completeUpload(PATH, uploadId, receipts, CREATE), "with an object put meanwhile");
      expectBytes(await store.get(PATH), sampleBytes(1, 1), "the object put stays");
      await store.delete(PATH);
      if (context.uploads.keepsParts === false) {
        const again = store.completeUpload(PATH, uploadId, receipts, CREATE);
        await expectCode(["ERR_STORE_UPLOAD_MISMATCH", "ERR_STORE_UPLOAD_NOT_FOUND"], again, "without the parts, which the put has removed");
        return;
      }
      await store.completeUpload(PATH, uploadId, receipts, CREATE);
      expectBytes(await store.get(PATH), sampleBytes(2, 2), "after a refused completion the upload is still there");
    },
  },
  {
    name: "of uploads that create the same object at once, one succeeds",
    needs: needsUploads(({ create, parallelParts }) => create && parallelParts),
    async run(context) {
      const { store, partSize, reopen } = context;
      const other = await reopen();
      const bodies = Array.from({ length: RIVALS }, (_, index) => [sampleBytes(partSize, index), sampleBytes(index + 1, index)]);
      const uploads = await Promise.all(bodies.map(async (parts) => {
        const uploadId = await begin(context, PATH, CREATE);
        return { uploadId, receipts: await sendParts(store, PATH, uploadId, 1, parts) };
      }));
      const { done, failed } = await settle(uploads.map(async ({ uploadId, receipts }, index) =>
        await (index % 2 === 0 ? store : other).completeUpload(PATH, uploadId, receipts, CREATE)));
      const winner = only(done, "winners");
      for (const { error } of failed) await expectCode("ERR_STORE_ALREADY_EXISTS", Promise.reject(error), "a loser");
      expectBytes(await store.get(PATH), joined(...(bodies[winner] ?? [])), "the winner's bytes");
      await Promise.all(uploads.map(async ({ uploadId }) => await store.abortUpload(PATH, uploadId)));
      expectBytes(await store.get(PATH), joined(...(bodies[winner] ?? [])), "the winner's bytes after the losers' abort");
    },
  },
  {
    name: "an upload that creates is refused at its beginning, not weakened",
    needs: needsUploads(({ create }) => !create),
    async run({ store, partSize }) {
      await expectCode("ERR_STORE_UNSUPPORTED", store.createUpload(PATH, { mode: "create", partSize }), "createUpload");
    },
  },
  {
    name: "a store without uploads refuses them",
    needs: ({ uploads }) => uploads === undefined,
    async run({ store }) {
      await expectCode("ERR_STORE_UNSUPPORTED", store.createUpload(PATH, { mode: "overwrite", partSize: 1 }), "createUpload");
      await expectCode("ERR_STORE_UNSUPPORTED", store.uploadPart(PATH, "id", 1, sampleBytes(1, 1)), "uploadPart");
    },
  },
  {
    name: "an upload that the store could not hold is refused at its beginning",
    needs: needsUploads(),
    async run({ store, partSize, uploads }) {
      const { partSizeMin, partSizeMax, partSizeStep, partsMax, objectSizeMax } = uploads;
      const wrong: number[] = [];
      if (partSizeMin > 1) wrong.push(partSizeMin - 1);
      if (partSizeMax < Number.MAX_SAFE_INTEGER) wrong.push(partSizeMax + 1);
      if (partSizeStep > 1) wrong.push(partSize + 1);
      for (const size of wrong) await expectCode("ERR_STORE_UNSUPPORTED", store.createUpload(PATH, { mode: "overwrite", partSize: size }), `parts of ${size}`);
      const tooLarge = Math.min(partSize * partsMax, objectSizeMax) + 1;
      if (Number.isSafeInteger(tooLarge)) {
        const call = store.createUpload(PATH, { mode: "overwrite", partSize, expectedSize: tooLarge });
        await expectCode("ERR_STORE_UNSUPPORTED", call, `an object of ${tooLarge} bytes`);
      }
      for (const options of [{ partSize: 0 }, { partSize: 1 / 2 }, { partSize, expectedSize: -1 }, { partSize, mode: "x" }, { partSize, size: 1 }]) {
        const call = store.createUpload(PATH, { mode: "overwrite", ...options } as CreateUploadOptions);
        await expectCode("ERR_STORE_ARGUMENT", call, `options ${JSON.stringify(options)}`);
      }
    },
  },
  {
    name: "part numbers start at 1 and end at the most parts",
    needs: needsUploads(),
    async run(context) {
      const { store, uploads } = context;
      const uploadId = await begin(context, PATH);
      for (const partNumber of [0, -1, 1 / 2, Number.NaN, uploads.partsMax + 1]) {
        await expectCode("ERR_STORE_RANGE", store.uploadPart(PATH, uploadId, partNumber, sampleBytes(1, 1)), `part ${partNumber}`);
      }
    },
  },
  {
    name: "an upload gives its object metadata",
    needs: (capabilities) => capabilities.uploads !== undefined && capabilities.metadataSizeMax > 0,
    async run(context) {
      const { store } = context;
      const metadata = { writer: "Slate SST", upload: "01JDXW8E9Q0000000000000000" };
      const uploadId = await begin(context, PATH, { metadata });
      const receipts = await sendParts(store, PATH, uploadId, 1, [sampleBytes(1, 1)]);
      await store.completeUpload(PATH, uploadId, receipts, { mode: "overwrite", metadata });
      const { metadata: kept } = await store.head(PATH);
      expectTrue(equalMetadata(kept, metadata), `metadata: got ${JSON.stringify(kept)}`);
    },
  },
  {
    name: "an upload's metadata is refused, not dropped",
    needs: (capabilities) => capabilities.uploads !== undefined && capabilities.metadataSizeMax === 0,
    async run({ store, partSize }) {
      await expectCode("ERR_STORE_UNSUPPORTED", store.createUpload(PATH, { mode: "overwrite", partSize, metadata: { name: "value" } }), "metadata");
    },
  },
  {
    name: "a part that does not match its checksum is refused, and the others are not touched",
    needs: (capabilities) => capabilities.uploads !== undefined && capabilities.checksums.includes("crc32"),
    async run(context) {
      const { store, partSize } = context;
      const bodies = [sampleBytes(partSize, 1), sampleBytes(1, 2)] as const;
      const checksums = [crc32Checksum(crc32(bodies[0])), crc32Checksum(crc32(bodies[1]))] as const;
      const uploadId = await begin(context, PATH, { checksumAlgorithm: "crc32" });
      const first = await store.uploadPart(PATH, uploadId, 1, bodies[0], { checksum: checksums[0] });
      await expectCode("ERR_STORE_CHECKSUM", store.uploadPart(PATH, uploadId, 2, bodies[0], { checksum: checksums[1] }), "other bytes");
      await expectCode("ERR_STORE_ARGUMENT", store.uploadPart(PATH, uploadId, 2, bodies[1]), "no checksum");
      const second = await store.uploadPart(PATH, uploadId, 2, bodies[1], { checksum: checksums[1] });
      expectTrue(first.checksum === undefined || first.checksum.digest.every((byte, at) => byte === checksums[0].digest[at]), "the receipt's checksum");
      await store.completeUpload(PATH, uploadId, [first, second], OVERWRITE);
      expectBytes(await store.get(PATH), joined(...bodies), "the object");
    },
  },
  {
    name: "an object that does not match its checksum is not published",
    needs: needsUploads(({ objectChecksums }) => objectChecksums.includes("crc32")),
    async run(context) {
      const { store, partSize } = context;
      const bodies = [sampleBytes(partSize, 1), sampleBytes(partSize, 2), sampleBytes(1, 2)];
      const uploadId = await begin(context, PATH, { checksumAlgorithm: "crc32" });
      const receipts = [];
      for (const [index, body] of bodies.entries()) {
        receipts.push(await store.uploadPart(PATH, uploadId, index + 1, body, { checksum: crc32Checksum(crc32(body)) }));
      }
      await expectCode("ERR_STORE_CHECKSUM", store.completeUpload(PATH, uploadId, receipts, { mode: "overwrite", checksum: crc32Checksum(1) }), "wrong");
      await expectCode("ERR_STORE_NOT_FOUND", store.head(PATH), "nothing is published");
      await store.completeUpload(PATH, uploadId, receipts, { mode: "overwrite", checksum: crc32Checksum(crc32(joined(...bodies))) });
      expectBytes(await store.get(PATH), joined(...bodies), "the object");
    },
  },
];
