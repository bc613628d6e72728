// Which keys a .ksy of ours may have, at each level. The stock compiler ignores those that begin with a dash.
import { SpecError } from "../output.mjs";

/** `-codec`: generate code under this name. `-primitive`: the hand-written codec of this type. */
const common = ["doc", "seq", "instances", "types", "enums", "params", "-codec", "-primitive"];

/**
 * Of the files of data blocks (versions.mjs). `-keys-extend`: the key that a row's key is stored against, `first` of the block or
 * `previous`. `-own-position-uncounted`: whether a row still fits is decided without the room of its own position. `-kernel`: the
 * WebAssembly kernel encodes and decodes this version; exactly one has it.
 */
const blockKeys = ["-keys-extend", "-own-position-uncounted", "-kernel"];

/** Of sst.ksy. `-proven-versions`: the format versions that SlateDB has, by running it; others are ours. */
const sstKeys = ["-proven-versions"];

export const fileKeys = ["meta", ...common, ...blockKeys, ...sstKeys];
export const typeKeys = common;

/**
 * `-as`: an 8-byte integer is a number (at most 2^53 - 1) or two 32-bit halves. `-length-of`, `-count-of`: derived from
 * that field. `-in-place`: already lies in the output when the rest is encoded. `-one-by-one`: elements with a codec of
 * their own. `-excludes`: a flag that cannot be set together with this one.
 */
export const fieldKeys = [
  "id", "doc", "type", "size", "size-eos", "if", "repeat", "repeat-expr", "repeat-until", "valid", "enum",
  "-as", "-length-of", "-count-of", "-in-place", "-one-by-one", "-excludes",
];

/** `-constant`: the modulus in this value is generated under this name. */
export const instanceKeys = ["doc", "value", "pos", "size", "type", "io", "if", "-constant"];

export function checkKeys(object, known, where) {
  if (object === null || typeof object !== "object") throw new SpecError(where, "is not a map");
  for (const key of Object.keys(object)) {
    if (!known.includes(key)) throw new SpecError(where, `key ${key} is not known`);
  }
}
