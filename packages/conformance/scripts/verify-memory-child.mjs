// The processes that verify-memory.mjs starts: `write FOLDER FILES ROWS VALUE_BYTES`, `load` and `verify FOLDER LEVEL`. Each
// prints what it took, as one line of JSON.
import { Writable } from "node:stream";

const BYTES_PER_KIB = 1024;
const FILES_PER_FOLDER = 100;

/**
 * @param {string} folder
 * @param {number} files
 * @param {number} rows
 * @param {number} valueBytes
 */
async function write(folder, files, rows, valueBytes) {
  // Only here: the other processes are measured, and must not load what `sst-verify` does not.
  const [{ LocalObjectStore }, { SstWriter }, { GeneratedRows }] = await Promise.all([import("@slate-sst/object-store"), import("@slate-sst/writer"), import("./generated-rows.mjs")]);
  const store = new LocalObjectStore(folder);
  let size = 0;
  let tail = 0;
  for (let file = 0; file < files; file++) {
    const generated = new GeneratedRows(valueBytes);
    const writer = await SstWriter.create(store, `${Math.floor(file / FILES_PER_FOLDER)}/${file}.sst`);
    for (let row = 0; row < rows; row++) {
      generated.next();
      const wait = writer.put(generated.key, generated.value, generated.times);
      if (wait !== undefined) await wait;
    }
    const metadata = await writer.close();
    size += Number(metadata.size);
    tail = Math.max(tail, Number((metadata.info?.filterLen ?? 0n) + (metadata.info?.indexLen ?? 0n)));
  }
  return { size, tail };
}

/** @param {readonly string[]} argv */
async function verify(argv) {
  const { runVerify } = await import("../../verify/dist/cli/run.js");
  if (argv.length === 0) return 0;
  const output = () => new Writable({ write: (_chunk, _encoding, done) => done() });
  const io = { stdout: output(), stderr: process.stderr, stdin: process.stdin, env: {}, isTTY: { stdin: false, stdout: false, stderr: false } };
  return await runVerify(argv, io);
}

const [what, folder = "", ...rest] = process.argv.slice(2);
const startedAt = performance.now();
if (what === "write") {
  const [files = 1, rows = 1, valueBytes = 4] = rest.map(Number);
  console.log(JSON.stringify(await write(folder, files, rows, valueBytes)));
} else {
  const exitCode = await verify(what === "load" ? [] : [folder, "--jsonl", "--level", rest[0] ?? "full"]);
  console.log(JSON.stringify({ exitCode, peak: process.resourceUsage().maxRSS * BYTES_PER_KIB, seconds: (performance.now() - startedAt) / 1000 }));
}
