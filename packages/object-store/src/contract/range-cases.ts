// Reading parts of objects.
import { sampleBytes, joined, type CaseDefinition } from "./contract-case.js";
import { collect, expectBytes, expectCode, expectEqual } from "./expect.js";
import { LARGE_SIZE, SIZE } from "./sizes.js";

const MIDDLE = SIZE >> 1;

export const rangeCases: readonly CaseDefinition[] = [
  {
    name: "a range gives exactly its bytes",
    async run({ store }) {
      const bytes = sampleBytes(SIZE, 1);
      await store.put("object", bytes, { mode: "overwrite" });
      for (const [start, end] of [[0, SIZE], [0, 1], [SIZE - 1, SIZE], [MIDDLE, MIDDLE + 2], [1, SIZE - 1]] as const) {
        expectBytes(await store.getRange("object", start, end), bytes.slice(start, end), `bytes ${start} to ${end}`);
      }
    },
  },
  {
    name: "a range that ends where it starts is empty, up to the object's end",
    async run({ store }) {
      await store.put("object", sampleBytes(SIZE, 1), { mode: "overwrite" });
      await store.put("empty", new Uint8Array(0), { mode: "overwrite" });
      for (const at of [0, MIDDLE, SIZE]) expectEqual((await store.getRange("object", at, at)).length, 0, `bytes ${at} to ${at}`);
      expectEqual((await store.getRange("empty", 0, 0)).length, 0, "of an empty object");
      await expectCode("ERR_STORE_NOT_FOUND", store.getRange("missing", 0, 0), "of a missing object");
    },
  },
  {
    name: "a range beyond the object's end is refused, not cut",
    async run({ store }) {
      await store.put("object", sampleBytes(SIZE, 1), { mode: "overwrite" });
      await store.put("empty", new Uint8Array(0), { mode: "overwrite" });
      for (const [start, end] of [[0, SIZE + 1], [SIZE - 1, SIZE + 1], [SIZE, SIZE + 1], [SIZE + 1, SIZE + 1], [SIZE + 1, SIZE + 2]] as const) {
        await expectCode("ERR_STORE_RANGE", store.getRange("object", start, end), `bytes ${start} to ${end}`);
      }
      await expectCode("ERR_STORE_RANGE", store.getRange("empty", 0, 1), "of an empty object");
    },
  },
  {
    name: "what is no range is refused",
    async run({ store }) {
      await store.put("object", sampleBytes(SIZE, 1), { mode: "overwrite" });
      for (const [start, end] of [[1, 0], [-1, 1], [0, 1 / 2], [Number.NaN, 1], [0, Infinity], [0, Number.MAX_SAFE_INTEGER + 1]] as const) {
        await expectCode("ERR_STORE_RANGE", store.getRange("object", start, end), `bytes ${start} to ${end}`);
        await expectCode("ERR_STORE_RANGE", collect(store.stream("object", { start, end })), `stream of ${start} to ${end}`);
      }
    },
  },
  {
    name: "a stream gives an object's bytes in order",
    async run({ store, partSize }) {
      // Longer than one chunk of any store is likely to be.
      const bytes = sampleBytes(2 * partSize + LARGE_SIZE + 1, 1);
      await store.put("object", bytes, { mode: "overwrite" });
      expectBytes(joined(...(await collect(store.stream("object")))), bytes, "all of it");
      expectBytes(joined(...(await collect(store.stream("object", { start: 1 })))), bytes.slice(1), "from byte 1");
      expectBytes(joined(...(await collect(store.stream("object", { end: MIDDLE })))), bytes.slice(0, MIDDLE), "to the middle");
      expectBytes(joined(...(await collect(store.stream("object", { start: 1, end: 2 })))), bytes.slice(1, 2), "one byte");
      expectEqual((await collect(store.stream("object", { start: bytes.length }))).length, 0, "chunks behind the last byte");
    },
  },
  {
    name: "a stream's range must lie in the object",
    async run({ store }) {
      await store.put("object", sampleBytes(SIZE, 1), { mode: "overwrite" });
      await store.put("empty", new Uint8Array(0), { mode: "overwrite" });
      await expectCode("ERR_STORE_RANGE", collect(store.stream("object", { start: SIZE + 1 })), "start behind the end");
      await expectCode("ERR_STORE_RANGE", collect(store.stream("object", { end: SIZE + 1 })), "end behind the end");
      expectEqual((await collect(store.stream("empty"))).length, 0, "chunks of an empty object");
    },
  },
  {
    name: "a stream may be left early",
    async run({ store }) {
      await store.put("object", sampleBytes(LARGE_SIZE, 1), { mode: "overwrite" });
      for await (const chunk of store.stream("object")) {
        chunk.fill(0);
        break;
      }
      expectBytes(await store.getRange("object", 0, 1), sampleBytes(1, 1), "the object stays");
    },
  },
];
