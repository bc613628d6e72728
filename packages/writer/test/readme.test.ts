// The README's examples run as they stand there, and its tables leave nothing out.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COMPRESSION_IDS, ERROR_CATALOGUE } from "@slate-sst/format";
import * as objectStore from "@slate-sst/object-store";
import * as arrow from "apache-arrow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolveConfig } from "../src/config.js";
import * as writer from "../src/index.js";
import * as opentelemetry from "../src/opentelemetry.js";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/```js\n([^]*?)```/g)].map(([, code]) => code!);
const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (...text: string[]) => (...values: unknown[]) => Promise<void>;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "slate-sst-readme-"));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

const expectTold = (text: string): void => expect(readme.includes(text), text).toBe(true);

describe("the README", () => {
  it.each(examples.map((code, at) => [at + 1, code] as const))("has an example %i that prints what it says", async (_, code) => {
    const body = code.replaceAll(/import (\{[^}]*\}) from "([^"]*)";/g, "const $1 = modules[\"$2\"];").replace("\"./data\"", "folder");
    const printed: string[] = [];
    await new AsyncFunction("modules", "folder", "console", body)({ "@slate-sst/writer": writer, "@slate-sst/writer/opentelemetry": opentelemetry, "@slate-sst/object-store": objectStore, "apache-arrow": arrow }, folder, { log: (line: unknown) => printed.push(String(line)) });
    expect(printed).toEqual([...code.matchAll(/^\/\/ prints: (.*)$/gm)].map(([, line]) => line));
  });

  it("tells of every option, every call and every state", async () => {
    expect(examples.length).toBe(8);
    const { codec, compressors, ...options } = await resolveConfig({}, new objectStore.MemoryObjectStore());
    expect([codec.name, compressors]).toEqual(["none", undefined]);
    for (const option of [...Object.keys(options), "compression", "workers"]) expectTold(`| \`${option}\` |`);
    for (const name of Object.getOwnPropertyNames(writer.SstWriter.prototype).filter((one) => one !== "constructor")) expect(readme).toMatch(new RegExp(`\`${name}[(\`]`));
    for (const state of ["writing", "closing", "closed", "failed", "aborted", "detached"]) expectTold(`\`"${state}"\``);
  });

  it("names the codecs that there are", () => {
    const cell = /^\| `compression` \| [^|]* \| ([^|]*)/m.exec(readme)?.[1] ?? "";
    expect(Array.from(cell.matchAll(/`"(\w+)"`/g), ([, name]) => name).toSorted()).toEqual(Object.keys(COMPRESSION_IDS).toSorted());
  });

  it("tells of every field of progress()", async () => {
    const sst = await writer.SstWriter.create(new objectStore.MemoryObjectStore(), "a.sst");
    for (const field of Object.keys(sst.progress()).filter((one) => one !== "state")) expectTold(`\`${field}\``);
  });

  it("tells of every error a writer can end in, and of no code that there is not", () => {
    const codes = Object.keys(ERROR_CATALOGUE);
    const others = /INGEST|IMPORT|SOURCE|KEY_TEMPLATE|KEY_FIELD|ERR_SST_CORRUPT|CHECKSUM|UNSUPPORTED|TRUNCATED|FIELD_INVALID|FLATBUFFER|ULID|LIMIT_STATS|LIMIT_BLOCK|VERIFY_(?!BLOCK)|LIMIT_WAL/;
    for (const code of codes.filter((one) => one.startsWith("ERR_SST_") && !others.test(one))) expectTold(`\`${code}\``);
    for (const [code] of readme.matchAll(/ERR_[A-Z0-9_]+/g)) expect(codes).toContain(code);
  });
});
