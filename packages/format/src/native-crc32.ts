// The fastest native CRC-32 there is: @node-rs/crc32, an optional dependency that multiplies without carries and takes half the time,
// else Node's own. Both are asked of the running process and never imported, so that bundles for browsers hold neither.
import { nodeZlib } from "./compression/node-zlib.js";

/** CRC-32 of bytes, from that of the bytes before them on. */
export type NativeCrc32 = (bytes: Uint8Array, seed: number) => number;

interface NodeModule {
  readonly createRequire: (file: string) => (id: string) => { readonly crc32: NativeCrc32 };
}

const PACKAGE = "@node-rs/crc32";

/** A check that tells a CRC-32 from others: of "123456789", by which their catalogues name them, in two pieces. */
const PIECES = ["1234", "56789"] as const;
const CHECK = 0xcbf43926;

/** Undefined where there is none. */
export function loadNativeCrc32(): NativeCrc32 | undefined {
  return loadPackage() ?? nodeZlib?.crc32;
}

function loadPackage(): NativeCrc32 | undefined {
  const { process } = globalThis as { readonly process?: { readonly getBuiltinModule?: (id: string) => unknown } };
  const node = process?.getBuiltinModule?.("node:module") as NodeModule | undefined;
  if (node === undefined) return undefined;
  try {
    const { crc32 } = node.createRequire(import.meta.url)(PACKAGE);
    return isCrc32(crc32) ? crc32 : undefined;
  } catch {
    // Not installed, or not for this machine.
    return undefined;
  }
}

function isCrc32(crc32: NativeCrc32): boolean {
  const [first, second] = PIECES.map((piece) => Uint8Array.from(piece, (character) => character.charCodeAt(0)));
  return crc32(second!, crc32(first!, 0)) === CHECK;
}
