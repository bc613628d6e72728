// Codecs on addresses: the work of a codec that the kernel knows, done where the bytes lie in a kernel's memory already. For bytes
// that lie elsewhere there is a memory here, to copy them into.
import { SstError } from "../errors.js";
import { createKernel, KernelLayout, type Kernel } from "../kernel.js";
import type { Codec, CompressionName, DecompressLimits } from "./codec.js";

/** Longest payload and longest stored form to decompress, in bytes: both share a memory of 4 GiB, and the kernel's results are signed. */
const KERNEL_BYTES_MAX = 1073741824;

/** Memory of this many bytes is made at least, and kept up to that many; what needs more gets one for its call. */
const KEPT_BYTES_MIN = 262144;
const KEPT_BYTES_MAX = 8388608;

/**
 * The form of a codec that works in a kernel's memory and copies nothing. KERNEL_SLACK_BYTES behind the source may be read, behind the
 * target written over. Areas do not overlap.
 */
export interface KernelCodec {
  /** Bytes of the table that compress() takes for the call's own use. */
  readonly tableBytes: number;
  /** Most bytes that a payload of `length` bytes takes compressed. */
  maxCompressedLength(length: number): number;
  /**
   * Compresses `length` bytes at `source`, at most 1 GiB, to `target`, where there is room for maxCompressedLength(length), and returns
   * the length of the stored form, whose bytes are those that Codec.compress() gives.
   */
  compress(kernel: Kernel, source: number, length: number, target: number, table: number): number;
  /**
   * Decompresses the stored form of `length` bytes at `source`, at most 1 GiB, to `target`, where there is room for `limits.maxLength`
   * bytes, and returns the payload's length.
   * @throws SstError ERR_SST_CORRUPT as Codec.decompress() does.
   */
  decompress(kernel: Kernel, source: number, length: number, target: number, limits: DecompressLimits): number;
}

const forms = new WeakMap<Codec, KernelCodec>();

/**
 * The form of a codec in the kernel; undefined when it has none. A codec object that a caller made from one of ours has none either:
 * its functions may be others.
 */
export function kernelCodec(codec: Codec): KernelCodec | undefined {
  return forms.get(codec);
}

/** Makes a codec's form in the kernel known, and returns the codec. */
export function withKernelForm(codec: Codec, form: KernelCodec): Codec {
  forms.set(codec, form);
  return codec;
}

/** Areas of a kernel's memory, valid until areas are asked for again. */
export interface CodecAreas {
  readonly kernel: Kernel;
  readonly source: number;
  readonly target: number;
  readonly table: number;
}

let kept: Kernel | undefined;
let keptLength = 0;

/**
 * Areas for one call.
 * @throws SstError ERR_SST_CODEC_FAILED when there is no memory for them.
 */
export function codecAreas(name: CompressionName, sourceLength: number, targetLength: number, tableBytes: number): CodecAreas {
  const layout = new KernelLayout();
  const table = layout.area(tableBytes);
  const source = layout.area(sourceLength);
  const target = layout.area(targetLength);
  return { kernel: kernelOf(name, layout.length), source, target, table };
}

/** Refuses what the kernel cannot take, whatever memory there is. */
export function checkKernelLength(name: CompressionName, length: number): void {
  if (length <= KERNEL_BYTES_MAX) return;
  throw new SstError("ERR_SST_CODEC_FAILED", `${length} bytes are too much for ${name} in WebAssembly, which takes up to ${KERNEL_BYTES_MAX}`, {
    details: { compression: name, length, lengthMax: KERNEL_BYTES_MAX },
  });
}

function kernelOf(name: CompressionName, length: number): Kernel {
  if (kept !== undefined && length <= keptLength) return kept;
  if (length > KEPT_BYTES_MAX) return newKernel(name, length);
  let size = KEPT_BYTES_MIN;
  while (size < length) size *= 2;
  kept = newKernel(name, size);
  keptLength = size;
  return kept;
}

function newKernel(name: CompressionName, length: number): Kernel {
  let cause: unknown;
  try {
    const kernel = createKernel(length);
    if (kernel !== undefined) return kernel;
  } catch (error) {
    cause = error;
  }
  throw new SstError("ERR_SST_CODEC_FAILED", `${name} got no memory of ${length} bytes to work in`, { details: { compression: name, length }, cause });
}
