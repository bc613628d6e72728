// Row sources for threads, which run no TypeScript: the default export does what `data` asks for.

/** @typedef {{ first: number, count: number, way?: string, valueBytes?: number, started?: Int32Array }} Wish */

const text = new TextEncoder();

/** @param {number} at */
export const keyOf = (at) => String(at).padStart(9, "0");

/** @param {Wish} wish */
function* rows({ first, count, valueBytes = 10 }) {
  for (let at = first; at < first + count; at++) yield { key: keyOf(at), value: String(at).padEnd(valueBytes, "v") };
}

/**
 * The same rows in columns.
 * @param {Wish} wish
 */
export function* columns({ first, count, valueBytes = 10 }, batch = 1000) {
  for (let from = first; from < first + count; from += batch) {
    const length = Math.min(batch, first + count - from);
    const all = Array.from({ length }, (_, row) => from + row);
    yield {
      keys: text.encode(all.map(keyOf).join("")), keyOffsets: Int32Array.from({ length: length + 1 }, (_, row) => row * 9),
      values: text.encode(all.map((at) => String(at).padEnd(valueBytes, "v")).join("")), valueOffsets: Int32Array.from({ length: length + 1 }, (_, row) => row * valueBytes),
    };
  }
}

/**
 * @param {Wish} wish
 * @param {{ path: string, signal: AbortSignal }} context
 */
async function* patient(wish, { signal }) {
  yield* rows(wish);
  if (wish.started !== undefined) {
    Atomics.store(wish.started, 0, 1);
    Atomics.notify(wish.started, 0);
  }
  await new Promise((resolve, reject) => {
    const timer = setInterval(() => undefined, 1000);
    signal.addEventListener("abort", () => {
      clearInterval(timer);
      reject(new Error("the source was told"));
    });
  });
}

/** @param {Wish} wish */
function* endless(wish) {
  if (wish.started !== undefined) Atomics.store(wish.started, 0, 1);
  for (let at = wish.first; ; at++) {
    yield { key: keyOf(at), value: "" };
    if (at % 1000 === 0 && wish.started !== undefined) Atomics.notify(wish.started, 0);
  }
}

/** @param {Wish} wish */
function* unruly(wish) {
  yield* rows(wish);
  yield { key: "0", value: "out of order" };
}

/** @param {Wish} wish */
function* broken(wish) {
  yield* rows(wish);
  throw Object.assign(new RangeError("the source is dry", { cause: new Error("no rain") }), { code: "ERR_DRY" });
}

/** @param {Wish} wish */
function* deadly(wish) {
  yield* rows(wish);
  process.exit(7);
}

/** @param {Wish} wish */
function* mortal(wish) {
  yield* rows(wish);
  if (wish.started !== undefined) {
    Atomics.store(wish.started, 0, 1);
    Atomics.notify(wish.started, 0);
    Atomics.wait(wish.started, 0, 1);
  }
  process.exit(7);
}

/** @param {Wish} wish */
async function* uncaught(wish) {
  yield* rows(wish);
  setImmediate(() => {
    throw new Error("thrown where nobody catches");
  });
  await new Promise(() => setInterval(() => undefined, 1000));
}

/** @param {Wish} wish */
function* stuck(wish) {
  yield* rows(wish);
  if (wish.started !== undefined) {
    Atomics.store(wish.started, 0, 1);
    Atomics.notify(wish.started, 0);
  }
  for (;;);
}

/** @type {Readonly<Record<string, (wish: Wish, context: { path: string, signal: AbortSignal }) => unknown>>} */
const ways = { rows, columns: (wish) => columns(wish), patient, endless, unruly, broken, deadly, mortal, uncaught, stuck, nothing: () => 5 };

/**
 * @param {Wish} wish
 * @param {{ path: string, signal: AbortSignal }} context
 */
export default (wish, context) => ways[wish.way ?? "rows"]?.(wish, context);
