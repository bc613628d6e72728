// Payloads that try a match finder: of every texture, of every length at which something changes, the same for the same seed.

/** A sequence of pseudo-random 32-bit numbers (xorshift). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>>= 0);
  };
}

/** Lengths around which a codec takes other ways: margins, tables, fragments, positions of 16 bits. */
export const EDGE_LENGTHS = [
  ...Array.from({ length: 66 }, (_, length) => length),
  127, 128, 255, 256, 257, 270, 271, 511, 512, 513, 1023, 1024, 1025, 2048, 2049, 4095, 4096, 4097, 8192, 16_383, 16_384, 16_385,
  65_534, 65_535, 65_536, 65_537, 65_551, 65_552, 65_553, 131_071, 131_072, 131_073, 200_000, 300_000,
];

type Texture = (bytes: Uint8Array, random: () => number) => void;

const WORDS = "the row of a block is written once and read many times by those who look for its key in order".split(" ");

function fill(bytes: Uint8Array, byte: (at: number) => number): void {
  for (let at = 0; at < bytes.length; at++) bytes[at] = byte(at);
}

/** Literals and copies in turn, as a decoder would make them, from as far back as `offsetMax`. */
function copies(bytes: Uint8Array, random: () => number, offsetMax: number, copyMax: number, literalMax: number): void {
  for (let at = 0; at < bytes.length; ) {
    for (let left = random() % literalMax; left > 0 && at < bytes.length; left--) bytes[at++] = random();
    const offset = at === 0 ? 0 : 1 + (random() % Math.min(at, offsetMax));
    if (offset > 0) for (let left = random() % copyMax; left > 0 && at < bytes.length; left--, at++) bytes[at] = bytes[at - offset]!;
  }
}

export const TEXTURES: Readonly<Record<string, Texture>> = {
  "random bytes": (bytes, random) => fill(bytes, () => random()),
  "equal bytes": (bytes, random) => void bytes.fill(random()),
  "equal bytes but for a few": (bytes, random) => {
    bytes.fill(random());
    for (let left = random() % 9; left > 0; left--) bytes[random() % Math.max(bytes.length, 1)] = random();
  },
  "few letters": (bytes, random) => {
    const letters = 1 + (random() % 5);
    fill(bytes, () => 97 + (random() % letters));
  },
  "a period": (bytes, random) => {
    const period = 1 + (random() % (random() % 2 === 0 ? 40 : 70_000));
    fill(bytes, (at) => (at < period ? random() : bytes[at - period]!));
  },
  "a counter": (bytes, random) => fill(bytes, (at) => (random() % 8 === 0 ? random() : at >> 4)),
  "words": (bytes, random) => {
    for (let at = 0; at < bytes.length; ) for (const letter of `${WORDS[random() % WORDS.length]!} `) bytes[at++] = letter.charCodeAt(0);
  },
  "near copies": (bytes, random) => copies(bytes, random, 300, 60, 30),
  "far copies": (bytes, random) => copies(bytes, random, 70_000, 100, 60),
  "long copies": (bytes, random) => copies(bytes, random, 66_000, 3000, 100),
  "long literals": (bytes, random) => copies(bytes, random, 66_000, 12, 2000),
  "copies from just 64 KiB away": (bytes, random) => fill(bytes, (at) => (at > 65_540 && (at >> 5) % 3 !== 0 ? bytes[at - 65_530 - ((at >> 9) % 12)]! : random())),
  "rows": (bytes, random) => {
    for (let at = 0, row = random() % 1000; at < bytes.length; row++) {
      const text = `\u0004\u000e\u0002user${String(row * 37).padStart(12, "0")}`;
      for (const letter of text) bytes[at++] = letter.charCodeAt(0);
      for (let half = at + 50; at < half; ) bytes[at++] = random();
      for (let end = at + 50; at < end && at < bytes.length; at++) bytes[at] = bytes[at - 50]!;
    }
  },
};

const textures = Object.values(TEXTURES);

/** A payload of any texture: of an edge length, about as long as a block, or up to `lengthMax` bytes. */
export function randomPayload(random: () => number, lengthMax: number): Uint8Array {
  const choice = random() % 8;
  const length = choice < 2 ? EDGE_LENGTHS[random() % EDGE_LENGTHS.length]! : choice < 7 ? random() % 6000 : random() % lengthMax;
  const bytes = new Uint8Array(Math.min(length, lengthMax));
  textures[random() % textures.length]!(bytes, random);
  return bytes;
}
