// The kernel: what is done for every row, byte or block, compiled to WebAssembly from ../assembly. Where the engine has no
// WebAssembly, or none with SIMD, there is none, and the plain TypeScript of this package does the work: same bytes, slower.
import { SstRangeError } from "./errors.js";
import { Spare } from "./spare.js";
import { KERNEL_BASE64, KERNEL_MEMORY_BASE, type KernelExports } from "./generated/kernel.js";

/** Bytes of a page of WebAssembly memory. */
const PAGE_BYTES = 65536;
const PAGES_MAX = 65536;

/** What the kernel's copies may touch behind what they copy: its callers leave as much room behind each of their areas. */
export const KERNEL_SLACK_BYTES = 64;

/** The parts of the WebAssembly API used here; not every set of types that this package is compiled with knows them. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

const api = (globalThis as { readonly WebAssembly?: WebAssemblyApi }).WebAssembly;
const module = compile();

/** An instance of the kernel with a memory of its own, which never moves or grows. */
export interface Kernel extends KernelExports {
  /** The whole memory. Addresses from KERNEL_MEMORY_BASE on are the caller's. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Whether this engine runs the kernel. */
export const hasKernel = module !== undefined;

/**
 * A kernel with at least `length` bytes of memory from KERNEL_MEMORY_BASE on, all 0; undefined where there is none to be had.
 * @throws SstRangeError ERR_SST_OPTION_INVALID for more than WebAssembly's 4 GiB.
 */
export function createKernel(length: number): Kernel | undefined {
  if (api === undefined || module === undefined) return undefined;
  const pages = Math.ceil((KERNEL_MEMORY_BASE + length + KERNEL_SLACK_BYTES) / PAGE_BYTES);
  if (!(Number.isSafeInteger(length) && length >= 0 && pages <= PAGES_MAX)) {
    throw new SstRangeError("ERR_SST_OPTION_INVALID", `a kernel's memory has 0 to 4 GiB, not ${length} bytes`, { details: { length } });
  }
  try {
    const memory = new api.Memory({ initial: pages, maximum: pages });
    const { exports } = new api.Instance(module, { env: { memory } });
    return { ...(exports as KernelExports), bytes: new Uint8Array(memory.buffer) };
  } catch {
    // The process has no more memory, or no more addresses, to set aside.
    return undefined;
  }
}

/** Kernels that were handed back. */
const spare = new Spare<Kernel>(4);

/** How many times more memory than asked for a borrowed kernel may have. */
const SPARE_TIMES_MAX = 2;

/**
 * A kernel like createKernel()'s, but one that somebody has handed back where there is one: its memory is not 0, and what rowsBegin(),
 * checkRowsBegin() and the like set has to be set.
 */
export function borrowKernel(length: number): Kernel | undefined {
  const fits = ({ bytes }: Kernel): boolean => {
    const room = bytes.length - KERNEL_MEMORY_BASE - KERNEL_SLACK_BYTES;
    return room >= length && room <= SPARE_TIMES_MAX * length + PAGE_BYTES;
  };
  return spare.take(fits) ?? createKernel(length);
}

/** Hands a kernel on to whoever borrows one next. Nobody uses it or a view of its memory any more. */
export function returnKernel(kernel: Kernel): void {
  spare.give(kernel);
}

/** Areas of a kernel's memory, one behind the other. */
export class KernelLayout {
  #end = 0;

  /** Bytes of all areas so far. */
  get length(): number {
    return this.#end;
  }

  /** The address of a new area, aligned for 64-bit words, with slack behind it. */
  area(bytes: number): number {
    const at = KERNEL_MEMORY_BASE + this.#end;
    this.#end = Math.ceil((this.#end + bytes + KERNEL_SLACK_BYTES) / KERNEL_SLACK_BYTES) * KERNEL_SLACK_BYTES;
    return at;
  }
}

function compile(): object | undefined {
  if (api === undefined) return undefined;
  try {
    return new api.Module(Uint8Array.from(atob(KERNEL_BASE64), (character) => character.charCodeAt(0)));
  } catch {
    // No SIMD, or a policy that forbids compiling.
    return undefined;
  }
}
