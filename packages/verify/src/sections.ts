// Stored sections: checksum, transformer, codec (rules F4, F5), and whether compressing again gives the same bytes (C2.1).
import { type Codec, crc32Range, decodeSection, isSstError, Section, SECTION_BYTES, type SstError } from "@slate-sst/format";
import type { RuleId, RuleSection } from "@slate-sst/format/rules";
import type { BlockTransformer, FileRange } from "@slate-sst/reader";
import { findBitFlip, flipHint } from "./bit-flip.js";
import type { FileSource } from "./file-source.js";
import { type Place, showCrc } from "./finding.js";
import type { Report } from "./report.js";

/** Where a section lies and what it is called; finds the places of what lies in its payload. */
export class SectionPlace implements Place {
  constructor(
    readonly path: string,
    readonly offset: number,
    readonly length: number,
    /** Whether the stored bytes are the payload itself. */
    readonly isPlain: boolean,
  ) {}

  /** The place of bytes of the payload. */
  at(path: string, payloadAt: number, length: number): Place {
    const whole = path === "" ? this.path : `${this.path}.${path}`;
    return this.isPlain
      ? { path: whole, offset: this.offset + payloadAt, length }
      : { path: whole, offset: this.offset, length: this.length, payloadOffset: payloadAt };
  }
}

/** No codec makes more bytes of one: a zstd block of four bytes can stand for 128 KiB. */
const EXPANSION_MAX = 32768;

const crcRules: Readonly<Record<RuleSection, RuleId>> = { block: "F4.1", filter: "F4.2", index: "F4.3", stats: "F4.4" };

export class SectionOpener {
  readonly #report: Report;
  readonly #codec: Codec | undefined;
  readonly #transform: BlockTransformer | undefined;
  readonly #section = new Section();

  /** @param codec undefined when the info names none that is known: checksums can be checked all the same. */
  constructor(report: Report, codec: Codec | undefined, transform: BlockTransformer | undefined) {
    this.#report = report;
    this.#codec = codec;
    this.#transform = transform;
  }

  place(path: string, { start, end }: FileRange): SectionPlace {
    return new SectionPlace(path, start, end - start, this.isPlain);
  }

  /** Whether what is stored is the payload itself. */
  get isPlain(): boolean {
    return this.#codec?.name === "none" && this.#transform === undefined;
  }

  /** Whether open() would give the same as openNow(). */
  get isSynchronous(): boolean {
    return this.#transform === undefined;
  }

  /** A section of the file's end, read, checked and opened. @returns undefined when there was something to report or to skip. */
  async read(source: FileSource, kind: RuleSection, range: FileRange, maxBytes: number, skipped: readonly RuleId[]): Promise<Uint8Array | undefined> {
    const place = this.place(kind, range);
    if (place.length - SECTION_BYTES > maxBytes) {
      await this.checkLarge(source, kind, place);
      this.#report.ledger.leaveOpen(skipped, `${place.path} is longer than ${maxBytes} bytes`);
      return undefined;
    }
    return this.open(await source.read(range.start, range.end), kind, place, maxBytes, skipped);
  }

  /** The checksum of a section that is too long to be held. */
  async checkLarge(source: FileSource, kind: RuleSection, place: SectionPlace): Promise<void> {
    const end = place.offset + place.length;
    const tail = await source.read(end - SECTION_BYTES, end);
    decodeSection(tail, 0, tail.length, this.#section);
    this.#compare(kind, place, this.#section.crc32, await source.crc32(place.offset, end - SECTION_BYTES));
  }

  /** The payload of stored bytes. */
  async open(stored: Uint8Array, kind: RuleSection, place: SectionPlace, maxBytes: number, skipped: readonly RuleId[]): Promise<Uint8Array | undefined> {
    const checked = this.#checked(stored, kind, place);
    if (checked === undefined || this.#transform === undefined) return this.#decompress(checked, kind, place, maxBytes, skipped);
    let plain: unknown;
    try {
      plain = await this.#transform.decode(checked);
    } catch (error) {
      plain = error;
    }
    if (plain instanceof Uint8Array) return this.#decompress(plain, kind, place, maxBytes, skipped);
    const found = plain instanceof Error ? plain.message : typeof plain;
    this.#report.addJudged("F5.3", kind, () => ({ ...place.at("", 0, place.length), expected: "stored bytes that the transformer decodes", found }));
    return undefined;
  }

  /** The same without a promise, when there is no transformer. */
  openNow(stored: Uint8Array, kind: RuleSection, place: SectionPlace, maxBytes: number, skipped: readonly RuleId[]): Uint8Array | undefined {
    return this.#decompress(this.#checked(stored, kind, place), kind, place, maxBytes, skipped);
  }

  #checked(stored: Uint8Array, kind: RuleSection, place: SectionPlace): Uint8Array | undefined {
    decodeSection(stored, 0, stored.length, this.#section);
    const { payloadEnd, crc32 } = this.#section;
    return this.#compare(kind, place, crc32, crc32Range(stored, 0, payloadEnd)) ? stored.subarray(0, payloadEnd) : undefined;
  }

  #compare(kind: RuleSection, place: SectionPlace, stored: number, computed: number): boolean {
    if (stored === computed) return true;
    this.#report.add(crcRules[kind], kind, () => {
      const bitFlip = findBitFlip(place.length - SECTION_BYTES, stored, computed, place.offset);
      const { path, offset, length } = place;
      return { path, offset, length, expected: `CRC-32 ${showCrc(stored)}, as stored at its end`, found: `CRC-32 ${showCrc(computed)}`, hint: flipHint(bitFlip), bitFlip };
    });
    return false;
  }

  #decompress(checked: Uint8Array | undefined, kind: RuleSection, place: SectionPlace, maxBytes: number, skipped: readonly RuleId[]): Uint8Array | undefined {
    const codec = this.#codec;
    if (checked === undefined || codec === undefined) return undefined;
    if (codec.name === "none") return checked;
    const capacity = checked.length * EXPANSION_MAX;
    let payload: Uint8Array;
    try {
      payload = codec.decompress(checked, { maxLength: capacity <= maxBytes ? Number.MAX_SAFE_INTEGER : maxBytes });
    } catch (error) {
      if (!isSstError(error)) throw error;
      if (isLimit(error, capacity)) {
        this.#report.ledger.leaveOpen(skipped, `${place.path} decompresses to more than ${maxBytes} bytes`);
        return undefined;
      }
      const rule = ruleOfFailure(codec, error.details);
      this.#report.add(rule, kind, () => ({ path: place.path, offset: place.offset, length: place.length, expected: `${codec.name} data that is whole and alone`, found: error.message }));
      return undefined;
    }
    this.#checkCanonical(codec, payload, checked, kind, place);
    return payload;
  }

  #checkCanonical(codec: Codec, payload: Uint8Array, stored: Uint8Array, kind: RuleSection, place: SectionPlace): void {
    if (!this.#report.ledger.applies("C2.1")) return;
    const again = compressed(codec, payload);
    if (again === undefined) {
      this.#report.ledger.leaveOpen(["C2.1", "C2.2"], `${codec.name} cannot compress the ${payload.length} bytes of ${place.path}`);
      return;
    }
    if (again.length === stored.length && again.every((byte, at) => byte === stored[at])) return;
    this.#report.add("C2.1", kind, () => ({
      path: place.path, offset: place.offset, length: place.length, expected: `the ${again.length} bytes that ${codec.library} makes`, found: `${stored.length} other bytes`,
      hint: "another library or another version of it compressed this",
    }));
  }
}

/** Whether a codec refused for a limit of ours or its own, and not for the bytes. */
function isLimit({ code, details }: SstError, capacity: number): boolean {
  if (code === "ERR_SST_CODEC_FAILED") return true;
  return "maxLength" in details && !(typeof details["length"] === "number" && details["length"] > capacity);
}

function compressed(codec: Codec, payload: Uint8Array): Uint8Array | undefined {
  try {
    return codec.compress(payload);
  } catch (error) {
    if (isSstError(error)) return undefined;
    throw error;
  }
}

/** Which rule a codec's refusal stands for, by what the error tells. */
function ruleOfFailure(codec: Codec, details: Readonly<Record<string, unknown>>): RuleId {
  if ("capacity" in details || "maxLength" in details) return "F5.1";
  if ("real" in details) return "F5.5";
  if ("used" in details) return codec.name === "zstd" ? "F5.2" : "F5.4";
  return "F5.3";
}
