// Varints, checksums, hashes: the layers that need no other.
import { crc32, encodeSection, SECTION_BYTES, sipHash13, VALUE_BYTES_MAX, writeVarint } from "@slate-sst/format";
import { ConformanceLayer } from "@slate-sst/format/proto/conformance";
import { Xorshift32 } from "../../xorshift32.js";
import { BY_HAND, SuiteBuilder, withNote } from "../builder.js";
import { value } from "../values.js";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const ascending = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i);

const VARINTS = [0, 1, 127, 128, 129, 300, 16_383, 16_384, 65_535, 2_097_151, 2_097_152, 268_435_455, 268_435_456, 2 ** 31, VALUE_BYTES_MAX] as const;

export function varintSuite(): SuiteBuilder {
  const suite = new SuiteBuilder(ConformanceLayer.VARINT);
  const number = (varint: number) => value({ case: "varint", value: varint });
  for (const one of VARINTS) {
    const out = new Uint8Array(8);
    const bytes = out.slice(0, writeVarint(out, 0, one));
    suite.encode({ name: `${one} to bytes`, about: `${one} takes ${bytes.length} bytes`, origin: BY_HAND }, number(one), bytes);
    suite.decode({ name: `${one} from bytes`, about: `The ${bytes.length} bytes of ${one}`, origin: BY_HAND, rules: ["B3.1", "B3.2", "B3.3"] }, bytes, { accept: number(one) });
  }
  const refused = (name: string, about: string, bytes: readonly number[], rule: "B3.1" | "B3.2" | ""): void =>
    suite.decode({ name, about, origin: BY_HAND }, Uint8Array.from(bytes), { reject: rule });
  refused("none", "There is no byte", [], "");
  refused("cut after one byte", "The byte says that another one follows", [0x80], "");
  refused("cut after four bytes", "The fourth byte says that another one follows", [0xff, 0xff, 0xff, 0xff], "");
  refused("33 bits", "The fifth byte holds a bit above a u32", [0xff, 0xff, 0xff, 0xff, 0x1f], "B3.2");
  refused("32 ones and a bit", "The fifth byte is greater than 15", [0x80, 0x80, 0x80, 0x80, 0x10], "B3.2");
  refused("six bytes that hold 36 bits", "A varint has five bytes at most", [0xff, 0xff, 0xff, 0xff, 0xff, 0x01], "B3.1");
  refused("without end", "Ten bytes that all say that another one follows", Array.from({ length: 10 }, () => 0xff), "B3.1");
  const COPES = "SlateDB 0.12.1 reads it. A reader may; a verifier names the rule";
  const lenient = (name: string, about: string, bytes: readonly number[], is: number): void =>
    suite.decode({ name, about, origin: BY_HAND }, Uint8Array.from(bytes), { may: COPES, value: number(is) });
  lenient("0 in two bytes", "The last group is zero (B3.3)", [0x80, 0x00], 0);
  lenient("1 in three bytes", "The last two groups are zero (B3.3)", [0x81, 0x80, 0x00], 1);
  lenient("127 in five bytes", "Four groups are zero (B3.3)", [0xff, 0x80, 0x80, 0x80, 0x00], 127);
  lenient("1 in six bytes", "A sixth byte, of zero (B3.1)", [0x81, 0x80, 0x80, 0x80, 0x80, 0x00], 1);
  return suite;
}

function sectionOf(payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(payload.length + SECTION_BYTES);
  bytes.set(payload);
  encodeSection(bytes, payload.length, crc32(payload));
  return bytes;
}

export function crcSuite(): SuiteBuilder {
  const suite = new SuiteBuilder(ConformanceLayer.CRC);
  const samples: readonly (readonly [string, Uint8Array])[] = [
    ["one zero byte", Uint8Array.of(0)], ["one byte of ones", Uint8Array.of(0xff)], ["digits", utf8("123456789")], ["seven bytes", ascending(7)], ["eight bytes", ascending(8)], ["nine bytes", ascending(9)],
    ["all byte values", ascending(256)], ["four zero bytes", new Uint8Array(4)], ["its own checksum inside", sectionOf(utf8("nested"))], ["4096 random bytes", new Xorshift32(7).bytes(4096)],
  ];
  for (const [name, payload] of samples) {
    const data = value({ case: "data", value: payload });
    suite.encode({ name: `${name} to section`, about: `CRC-32 (IEEE 802.3) of ${name}, big-endian behind it`, origin: BY_HAND }, data, sectionOf(payload));
    suite.decode({ name: `${name} from section`, about: `A section that holds ${name}`, origin: BY_HAND, rules: ["F4.1", "F4.2", "F4.3", "F4.4"] }, sectionOf(payload), { accept: data });
  }
  const refused = (name: string, about: string, bytes: Uint8Array): void => suite.decode({ name, about, origin: BY_HAND }, bytes, { reject: "" });
  const sound = sectionOf(utf8("123456789"));
  const changed = (at: number, mask: number): Uint8Array => sound.map((byte, i) => (i === (at < 0 ? sound.length + at : at) ? byte ^ mask : byte));
  refused("first bit flipped", "A bit of the payload", changed(0, 1));
  refused("last payload bit flipped", "A bit of the payload", changed(-5, 0x80));
  refused("first checksum byte changed", "A byte of the checksum", changed(-4, 0xff));
  refused("last checksum bit flipped", "A bit of the checksum", changed(-1, 1));
  refused("little-endian checksum", "The checksum's bytes in reverse", Uint8Array.of(...sound.slice(0, -4), ...sound.slice(-4).reverse()));
  refused("checksum of CRC-32C", "Castagnoli's polynomial instead", Uint8Array.of(...utf8("123456789"), 0xe3, 0x06, 0x92, 0x83));
  refused("no room for a checksum", "Three bytes", Uint8Array.of(1, 2, 3));
  return suite;
}

export function siphashSuite(): SuiteBuilder {
  const suite = new SuiteBuilder(ConformanceLayer.SIPHASH);
  const samples: readonly Uint8Array[] = [...Array.from({ length: 18 }, (_, length) => ascending(length)), ascending(63), ascending(64), ascending(255), ascending(256), utf8("apple"), utf8("cherry"), new Uint8Array(8), new Xorshift32(3).bytes(1000)];
  const names = ["apple", "cherry", "eight zero bytes", "1000 random bytes"];
  const [hash] = [new Uint32Array(2)];
  for (const [i, data] of samples.entries()) {
    const name = names[i - (samples.length - names.length)] ?? `${data.length} ascending bytes`;
    sipHash13(data, 0, data.length, hash, 0);
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, hash[1] ?? 0);
    view.setUint32(4, hash[0] ?? 0);
    suite.encode({ name, about: `SipHash-1-3 with key 0, 0 of ${name}`, origin: withNote(BY_HAND, "agrees with the filters of SlateDB's golden files, whose bits are made of these hashes") }, value({ case: "data", value: data }), bytes);
  }
  return suite;
}
