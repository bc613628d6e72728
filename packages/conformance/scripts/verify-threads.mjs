// Verifies an SST of a folder with two threads, and with one and without the kernel: prints what both said, as JSON, and how many
// threads were started. Run by ../test/verify-threads.test.ts, in a process of its own, as threads run the built packages.
import { LocalObjectStore } from "@slate-sst/object-store";
import { collectFindings, verifySst } from "@slate-sst/verify";

const [, , folder = "", path = ""] = process.argv;
let threads = 0;
process.on("worker", () => threads++);
const store = new LocalObjectStore(folder);

/**
 * All that a verification says, but for what depends on the way it took.
 * @param {import("@slate-sst/verify").VerifyOptions} options
 */
async function said(options) {
  const { findings, result } = await collectFindings(verifySst(store, path, options));
  return { result: { ...result, milliseconds: 0, bytesRead: 0 }, findings };
}

const many = await said({ threads: 2 });
const one = await said({ kernel: false });
console.log(JSON.stringify({ threads, many, one }, (_, value) => (typeof value === "bigint" ? `${value}` : value)));
