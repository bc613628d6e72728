// The packages in a browser: bundled by esbuild from what npm installed, and asked in headless Chromium for the rows of SSTs that SlateDB wrote, one of
// each codec. The rows must be those that Node reads, and what their side-cars tell.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { SstReader } from "@slate-sst/reader";
import { bundle } from "../bundle.mjs";

const VECTORS = ["binary-keys", "deletes", "merges", "ttl", "snappy-text", "lz4-text", "zlib-text", "zstd-text"];

/** Time for Chromium to start and for all vectors, in milliseconds. */
const TIME_MAX = 60_000;

const PAGE = '<!doctype html><meta charset="utf-8"><title>Slate SST</title><script type="module" src="/page.js"></script>';

/** What runs in the browser: rows as side-cars write them, or the error, as the body of a POST. */
const PROGRAM = `
import { crc32 } from "@slate-sst/format";
import { MemoryObjectStore } from "@slate-sst/object-store";
import { SstReader } from "@slate-sst/reader";
const LETTERS = { put: "P", delete: "T", merge: "M" };
const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
const number = (value) => (value === undefined ? null : String(value));
async function rowsOf(name) {
  const bytes = new Uint8Array(await (await fetch("/vectors/" + name + ".sst")).arrayBuffer());
  const store = new MemoryObjectStore();
  await store.put("a.sst", bytes, { mode: "create" });
  const reader = await SstReader.open(store, "a.sst");
  const rows = [];
  for await (const { kind, key, value, seq, createTs, expireTs } of reader.scan()) {
    rows.push([LETTERS[kind], base64(key), value === undefined ? null : base64(value), String(seq), number(createTs), number(expireTs)]);
  }
  await reader.close();
  return { crc32: crc32(bytes), rows };
}
const answers = {};
for (const name of ${JSON.stringify(VECTORS)}) {
  try { answers[name] = await rowsOf(name); } catch (error) { answers[name] = { error: String(error?.stack ?? error) }; }
}
await fetch("/answers", { method: "POST", body: JSON.stringify(answers) });
`;

/**
 * @param {string} project
 * @returns {Promise<Uint8Array>} the page's program; throws when something of Node remains
 */
export function bundlePage(project) {
  return bundle(PROGRAM, { folder: project, minify: false });
}

/**
 * @param {string} project
 * @param {Uint8Array} page
 * @param {string} chromium
 * @returns {Promise<string[]>}
 */
export async function checkBrowser(project, page, chromium) {
  const golden = join(project, "node_modules/@slate-sst/conformance/vectors/golden");
  const answers = await answersOf(chromium, (path) => {
    if (path === "/") return ["text/html", Buffer.from(PAGE)];
    if (path === "/page.js") return ["text/javascript", page];
    if (path === "/zstd.wasm") return ["application/wasm", readFileSync(join(project, "node_modules/@bokuweb/zstd-wasm/dist/web/zstd.wasm"))];
    const name = VECTORS.find((one) => path === `/vectors/${one}.sst`);
    return name === undefined ? undefined : ["application/octet-stream", readFileSync(join(golden, `${name}.sst`))];
  });
  /** @type {string[]} */
  const wrong = [];
  for (const name of VECTORS) {
    const answer = answers[name];
    const bytes = new Uint8Array(readFileSync(join(golden, `${name}.sst`)));
    /** @type {{ rows: unknown[][] }} */
    const told = JSON.parse(readFileSync(join(golden, `${name}.json`), "utf8"));
    if (answer === undefined || answer.error !== undefined) {
      wrong.push(`${name}: ${answer?.error ?? "no answer"}`);
      continue;
    }
    if (answer.crc32 !== crc32(bytes)) wrong.push(`${name}: another CRC-32 than Node's`);
    if (JSON.stringify(answer.rows) !== JSON.stringify(await rowsInNode(bytes))) wrong.push(`${name}: other rows than Node reads`);
    // Long values stand in side-cars as the rule that makes them.
    const literal = told.rows.map((row, at) => (typeof row[2] === "object" && row[2] !== null ? answer.rows[at] : row));
    if (JSON.stringify(answer.rows) !== JSON.stringify(literal)) wrong.push(`${name}: other rows than its side-car tells`);
  }
  return wrong;
}

/** @param {Uint8Array} bytes @returns {Promise<unknown[][]>} the rows of an SST, as side-cars write them */
async function rowsInNode(bytes) {
  const store = new MemoryObjectStore();
  await store.put("a.sst", bytes, { mode: "create" });
  const reader = await SstReader.open(store, "a.sst");
  const rows = [];
  /** @param {bigint | undefined} value */
  const number = (value) => (value === undefined ? null : String(value));
  for await (const { kind, key, value, seq, createTs, expireTs } of reader.scan()) {
    const letter = { put: "P", delete: "T", merge: "M" }[kind];
    rows.push([letter, Buffer.from(key).toString("base64"), value === undefined ? null : Buffer.from(value).toString("base64"), String(seq), number(createTs), number(expireTs)]);
  }
  await reader.close();
  return rows;
}

/**
 * Serves to Chromium and waits for what its page sends.
 * @param {string} chromium
 * @param {(path: string) => [string, Uint8Array] | undefined} serve
 * @returns {Promise<Record<string, { error?: string, crc32?: number, rows: unknown[][] } | undefined>>}
 */
async function answersOf(chromium, serve) {
  const profile = mkdtempSync(join(tmpdir(), "slate-sst-chromium-"));
  /** @type {(answers: string) => void} */
  let answered = () => {};
  /** @type {Promise<string>} */
  const answers = new Promise((resolve) => (answered = resolve));
  const server = createServer((request, response) => {
    if (request.method === "POST") {
      let body = "";
      request.setEncoding("utf8").on("data", (text) => (body += text)).once("end", () => {
        response.end();
        answered(body);
      });
      return;
    }
    const [type, bytes] = serve(request.url ?? "") ?? [];
    if (type === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": type }).end(bytes);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", `--user-data-dir=${profile}`];
  const child = spawn(chromium, [...options, `http://127.0.0.1:${port}/`], { stdio: ["ignore", "ignore", "pipe"], detached: true });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (errors += text));
  const ended = once(child, "close");
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  try {
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`Chromium did not answer in ${TIME_MAX / 1000} s:\n${errors}`)), TIME_MAX);
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`Chromium ended with ${code}:\n${errors}`)));
    });
    return JSON.parse(/** @type {string} */ (await Promise.race([answers, late])));
  } finally {
    clearTimeout(timer);
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL"); // with the processes it started, which are its group
    await ended;
    server.close();
    server.closeAllConnections();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
