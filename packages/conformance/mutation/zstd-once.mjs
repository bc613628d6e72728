// libzstd in WebAssembly, made ready once a process: a second time takes the memory away from codecs that are in use, and here
// the modules that keep a codec are loaded many times.
import { init as begin } from "@bokuweb/zstd-wasm";

export * from "@bokuweb/zstd-wasm";
export const init = () => (globalThis.zstdIsReady ??= begin());
