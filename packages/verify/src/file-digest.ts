// CRC-32 and SHA-256 of the whole file, for holding it against what the writer declared.
import { crc32Range } from "@slate-sst/format";

/** What is used of node:crypto. */
interface NodeCrypto {
  createHash(algorithm: "sha256"): { update(bytes: Uint8Array): unknown; digest(): Uint8Array };
}

interface NodeProcess {
  readonly getBuiltinModule?: (id: string) => unknown;
}

export class FileDigest {
  crc32 = 0;
  readonly #hash: ReturnType<NodeCrypto["createHash"]> | undefined;

  /** @param wantsSha256 without node:crypto there is none nonetheless. */
  constructor(wantsSha256: boolean) {
    const nodeProcess = (globalThis as { readonly process?: NodeProcess }).process;
    const crypto = nodeProcess?.getBuiltinModule?.("node:crypto") as NodeCrypto | undefined;
    this.#hash = wantsSha256 ? crypto?.createHash("sha256") : undefined;
  }

  /** Takes the next bytes of the file. */
  add(bytes: Uint8Array): void {
    this.crc32 = crc32Range(bytes, 0, bytes.length, this.crc32);
    this.#hash?.update(bytes);
  }

  /** The SHA-256, after all bytes. */
  sha256(): Uint8Array | undefined {
    return this.#hash === undefined ? undefined : new Uint8Array(this.#hash.digest());
  }
}
