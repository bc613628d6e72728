// Bloom filters, and the payload of the filter section that frames them.
import { bloomMayContain, bloomProbeCount, buildBloomBits, encodeFilterPayload, KeyHashes, sipHash13 } from "@slate-sst/format";
import { ConformanceLayer } from "@slate-sst/format/proto/conformance";
import { joinBytes } from "../../forgeries/forged-rows.js";
import { BY_HAND, SLATEDB, SuiteBuilder, withNote } from "../builder.js";
import { value } from "../values.js";
import type { Golden } from "./golden.js";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The bits of a filter over these keys. */
function bitsOf(keys: readonly Uint8Array[], bitsPerKey: number): Uint8Array {
  const hashes = new KeyHashes();
  for (const key of keys) hashes.add(key, 0, key.length);
  return buildBloomBits(hashes, bitsPerKey);
}

/** What a filter says of each key. */
function answersOf(bits: Uint8Array, probes: number, keys: readonly Uint8Array[]): boolean[] {
  const hash = new Uint32Array(2);
  return keys.map((key) => {
    sipHash13(key, 0, key.length, hash, 0);
    return bloomMayContain(bits, probes, hash[0] ?? 0, hash[1] ?? 0);
  });
}

/** Golden files whose filters are cases, and their bits a key. */
const GOLDEN = ["tiny-all", "filter-bits-2", "filter-bits-5", "filter-bits-20", "filter-versions", "lz4-filter", "snappy-mixed", "rows-1000-filter"] as const;

const KEYS = Array.from({ length: 40 }, (_, i) => utf8(`key${i}`));
/** Keys that no filter here has. */
const ABSENT = Array.from({ length: 40 }, (_, i) => utf8(`absent${i}`));
/** More probes than bits: the step of a probe has to be taken modulo the number of bits. */
const MANY_BITS_PER_KEY = 100;

export function bloomSuite(golden: ReadonlyMap<string, Golden>): SuiteBuilder {
  const suite = new SuiteBuilder(ConformanceLayer.BLOOM);
  const add = (name: string, about: string, origin: typeof SLATEDB, keys: readonly Uint8Array[], bitsPerKey: number, payload: Uint8Array): void => {
    suite.encode({ name: `${name} to bytes`, about, origin }, value({ case: "bloom", value: { keys: [...keys], bitsPerKey } }), payload);
    const probes = bloomProbeCount(bitsPerKey);
    const asked = [...keys.slice(0, 20), ...ABSENT];
    suite.decode({ name: `${name} asked`, about: `${about}: 40 keys that were not added, and up to 20 that were`, origin, rules: ["L1.4", "L1.5", "L1.6", "L1.7"] }, payload, { accept: value({ case: "answers", value: { maybe: answersOf(payload.subarray(2), probes, asked), probeCount: probes } }) }, { keys: asked });
  };
  for (const name of GOLDEN) {
    const one = golden.get(name);
    const payload = one?.parts.filter;
    if (one === undefined || payload === undefined) throw new RangeError(`no filter in ${name}`);
    add(`slatedb ${name}`, `The filter of ${name}, ${one.sst.config.filterBitsPerKey} bits a key`, withNote(SLATEDB, `the filter of golden/${name}.sst, decompressed`), one.sst.rows.map(({ key }) => key), one.sst.config.filterBitsPerKey, payload);
  }
  const made: readonly (readonly [string, readonly Uint8Array[], number])[] = [
    ["one key", KEYS.slice(0, 1), 10], ["one key with 1 bit, no probe", KEYS.slice(0, 1), 1], ["40 keys of 3 bits", KEYS, 3], ["40 keys of 10 bits", KEYS, 10], ["the same key ten times", Array.from({ length: 10 }, () => utf8("same")), 10],
    ["one key with more probes than bits a byte has", KEYS.slice(0, 1), MANY_BITS_PER_KEY], ["two keys of 40 bits", KEYS.slice(0, 2), 40],
  ];
  for (const [name, keys, bitsPerKey] of made) add(name, `${keys.length} keys, ${bitsPerKey} bits each`, BY_HAND, keys, bitsPerKey, encodeFilterPayload("legacy", bloomProbeCount(bitsPerKey), bitsOf(keys, bitsPerKey)));
  const refused = (name: string, about: string, bytes: Uint8Array): void => suite.decode({ name, about, origin: BY_HAND }, bytes, { reject: "L1.4" }, { keys: KEYS.slice(0, 1) });
  refused("no bytes", "There is no probe count", new Uint8Array(0));
  refused("one byte", "There is half a probe count", Uint8Array.of(6));
  return suite;
}

export function filterSuite(golden: ReadonlyMap<string, Golden>): SuiteBuilder {
  const suite = new SuiteBuilder(ConformanceLayer.FILTER);
  for (const composite of [false, true]) {
    for (const [name, keys, bitsPerKey] of [["one key", KEYS.slice(0, 1), 10], ["40 keys", KEYS, 10], ["40 keys of 20 bits", KEYS, 20]] as const) {
      const probes = bloomProbeCount(bitsPerKey);
      const bits = bitsOf(keys, bitsPerKey);
      const payload = encodeFilterPayload(composite ? "composite" : "legacy", probes, bits);
      const common = { about: `${composite ? "A composite" : "A legacy"} filter payload over ${name}`, origin: composite ? withNote(BY_HAND, "layout read in the sources of SlateDB 0.13") : BY_HAND };
      const title = `${composite ? "composite" : "legacy"} ${name}`;
      suite.encode({ name: `${title} to bytes`, ...common }, value({ case: "filter", value: { bloom: { keys: [...keys], bitsPerKey }, composite } }), payload);
      const asked = [...keys.slice(0, 10), ...ABSENT.slice(0, 10)];
      const answers = value({ case: "answers", value: { maybe: answersOf(bits, probes, asked), probeCount: probes, names: composite ? ["_bf"] : [] } });
      suite.decode({ name: `${title} asked`, ...common, rules: composite ? ["L1.1", "L1.2", "L1.4", "L1.5"] : ["L1.4", "L1.5"] }, payload, { accept: answers }, { keys: asked, composite });
    }
  }
  const filter = golden.get("tiny-all")?.parts.filter;
  if (filter === undefined) throw new RangeError("tiny-all has no filter");
  const composite = encodeFilterPayload("composite", 6, bitsOf(KEYS, 10));
  const refused = (name: string, about: string, bytes: Uint8Array, rule: "L1.1" | "L1.2" | "L1.4"): void =>
    suite.decode({ name, about, origin: BY_HAND }, bytes, { reject: rule }, { keys: KEYS.slice(0, 1), composite: true });
  refused("composite no bytes", "There is no count of filters", new Uint8Array(0), "L1.1");
  refused("composite cut off", "The named filter is not whole", composite.slice(0, -1), "L1.1");
  refused("composite with a byte too many", "A byte is left over", joinBytes(composite, Uint8Array.of(0)), "L1.1");
  refused("composite with one filter too many", "The count says two", composite.map((byte, i) => (i === 1 ? 2 : byte)), "L1.1");
  refused("composite with a name that is no text", "0xff is no UTF-8", composite.map((byte, i) => (i === composite.indexOf(0x5f) ? 0xff : byte)), "L1.2");
  suite.decode({ name: "legacy one byte", about: "There is half a probe count", origin: BY_HAND }, Uint8Array.of(0), { reject: "L1.4" }, { keys: KEYS.slice(0, 1) });
  return suite;
}
