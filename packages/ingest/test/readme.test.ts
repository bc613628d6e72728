// The README's example is run as it stands there, but for its folder.
import * as objectStore from "@slate-sst/object-store";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { ERROR_CATALOGUE } from "@slate-sst/format";
import * as ingest from "../src/index.js";

const readme = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");

describe("the README", () => {
  it("has an example that works", async () => {
    const code = /```js\n([^]*?)```/.exec(readme)?.[1] ?? "";
    const folder = mkdtempSync(join(tmpdir(), "slate-sst-readme-"));
    try {
      const body = code.replaceAll(/import (\{[^}]*\}) from "([^"]*)";/g, "const $1 = modules[\"$2\"];").replace("\"./data\"", "folder");
      const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (...text: string[]) => (...values: unknown[]) => Promise<void>;
      const printed: string[] = [];
      await new AsyncFunction("modules", "folder", "console", body)({ "@slate-sst/ingest": ingest, "@slate-sst/object-store": objectStore }, folder, { log: (line: string) => printed.push(line) });
      expect(printed).toEqual(["2 rows, users/manifest/00000000000000000001.manifest"]);
      expect(readdirSync(join(folder, "users")).sort()).toEqual(["compacted", "manifest"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("has an example for many SSTs at once, whose threads run it as it stands there", async () => {
    const [, rows, code] = [...readme.matchAll(/```js\n([^]*?)```/g)].map(([, text]) => text!);
    const folder = mkdtempSync(join(tmpdir(), "slate-sst-readme-"));
    try {
      // A module of that name would be CommonJS in a folder without a package.json.
      writeFileSync(join(folder, "rows.mjs"), rows!);
      const store = pathToFileURL(join(folder, "data")).href;
      mkdirSync(join(folder, "data"));
      const body = code!.replaceAll(/import (\{[^}]*\}) from "([^"]*)";/g, "const $1 = modules[\"$2\"];").replaceAll("\"file:///data\"", "store").replace("./rows.js", "./rows.mjs").replace("import.meta.url", "base");
      const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (...text: string[]) => (...values: unknown[]) => Promise<void>;
      const printed: string[] = [];
      await new AsyncFunction("modules", "store", "base", "console", body)({ "@slate-sst/ingest": ingest, "@slate-sst/object-store": objectStore }, store, pathToFileURL(join(folder, "main.mjs")).href, { log: (line: string) => printed.push(line) });
      expect(printed).toEqual([...code!.matchAll(/^\/\/ prints: (.*)$/gm)].map(([, line]) => line));
      expect(printed.length).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("tells of every refusal of ingestion, and of no code that there is not", () => {
    const codes = Object.keys(ERROR_CATALOGUE);
    for (const code of codes.filter((one) => one.startsWith("ERR_SST_INGEST_"))) expect(readme).toContain(`\`${code}\``);
    for (const [code] of readme.matchAll(/ERR_[A-Z0-9_]+/g)) expect(codes).toContain(code);
  });

  it("tells of everything that is exported", () => {
    for (const name of Object.keys(ingest)) expect(readme).toContain(`**\`${name}(`);
  });
});
