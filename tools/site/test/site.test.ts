// The site as it is built: complete, without broken links, and with nothing from elsewhere. Reads spec/ and every README.md it shows, BENCHMARKS.md too.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { ERROR_CATALOGUE } from "@slate-sst/format";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { layoutFiles } from "../src/reference/byte-layouts.mjs";
import { schemas } from "../src/reference/flatbuffers.mjs";

const SITE = join(import.meta.dirname, "..");
const BUILD_MS = 300_000;

let folder: string;
/** Every page by its path, as HTML. */
const pages = new Map<string, string>();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "slate-sst-site-"));
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(SITE, "src/main.mjs"), folder], { encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } });
  if (status !== 0) throw new Error(`the site is not built:\n${stdout}\n${stderr}`);
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (file.endsWith(".html")) pages.set(file.replaceAll("\\", "/"), readFileSync(join(folder, file), "utf8"));
  }
}, BUILD_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What stands in a page between the bars. */
const content = (html: string): string => /<main[^]*<\/main>/.exec(html)?.[0] ?? html;
const idsOf = (html: string): Set<string> => new Set(Array.from(html.matchAll(/\sid="([^"]+)"/g), ([, id = ""]) => id));

/** Links within the site whose page, or place in a page, there is not. */
function brokenLinks(site: ReadonlyMap<string, string>): { readonly broken: string[]; readonly checked: number } {
  const broken = new Set<string>();
  let checked = 0;
  for (const [path, html] of site) {
    for (const [, href = ""] of html.matchAll(/<a[^>]*\shref="([^"]+)"/g)) {
      if (/^(?:[a-z]+:|\/\/)/.test(href)) continue;
      checked++;
      const [target = "", anchor = ""] = href.split("#");
      const absolute = target === "" ? path : target.startsWith("/") ? target.slice(1) : posix.join(dirname(path), target);
      const found = site.get(absolute === "" || absolute.endsWith("/") ? `${absolute}index.html` : absolute.replace(/(?<!\.html)$/, ".html"));
      if (found === undefined || (anchor !== "" && !idsOf(found).has(decodeURIComponent(anchor)))) broken.add(`${path}: ${href}`);
    }
  }
  return { broken: [...broken], checked };
}

const reference = (name: string): string => pages.get(`reference/${name}.html`) ?? "";

describe("the site", () => {
  it("has no link that leads nowhere, to a page or to a place in one", () => {
    const { broken, checked } = brokenLinks(pages);
    expect(checked).toBeGreaterThan(1000);
    expect(broken).toEqual([]);
    const wrong = new Map([["a/b.html", '<a href="./c.html#here"></a><a href="/a/c.html#there"></a><a href="d.html"></a>'], ["a/c.html", '<p id="here">']]);
    expect(brokenLinks(wrong)).toEqual({ broken: ["a/b.html: /a/c.html#there", "a/b.html: d.html"], checked: 3 });
  });

  it("loads nothing from elsewhere", () => {
    const loads = /<(?:script|link|img|iframe|source)\b[^>]*\s(?:src|href)="(?:[a-z]+:)?\/\/[^"]*"/g;
    expect([...pages].flatMap(([path, html]) => (html.match(loads) ?? []).map((load) => `${path}: ${load}`))).toEqual([]);
    const styles = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".css"));
    expect(styles.length).toBeGreaterThan(0);
    for (const file of styles) expect(readFileSync(join(folder, file), "utf8")).not.toMatch(/url\(["']?(?:[a-z]+:)?\/\/|@import/);
  });

  it("leads to every page from its bar", () => {
    const bar = /<aside[^]*?<\/aside>/.exec(reference("index"))?.[0] ?? "";
    const missing = [...pages.keys()].filter((path) => !["index.html", "404.html"].includes(path) && !bar.includes(`href="/${path.replace(/(^|\/)index\.html$/, "$1")}"`));
    expect(missing).toEqual([]);
  });

  it("shows no path of this machine", () => {
    for (const [path, html] of pages) expect(html.includes(join(SITE, "../..")), path).toBe(false);
  });
});

describe("the reference", () => {
  const formatPages = (): string => ["sst", "blocks", "filters", "info", "manifest"].map(reference).map(content).join("");

  it("has each structure of spec/sst, with a table and a diagram", () => {
    const text = formatPages();
    for (const { meta, types = {}, seq = [] } of layoutFiles()) {
      expect(idsOf(text)).toContain(meta.id.replaceAll("_", "-"));
      for (const { id } of seq) expect(text).toContain(`>${id}</text>`);
      for (const [name, type] of Object.entries(types as Record<string, { seq?: { id: string }[] }>)) {
        expect(idsOf(text)).toContain(`${meta.id}-${name}`.replaceAll("_", "-"));
        for (const { id } of type.seq ?? []) expect(text, `${meta.id}.${name}`).toContain(`>${id}</text>`);
      }
    }
  });

  it("has each table, enumeration and union of spec/fbs, each table with a diagram", () => {
    const text = formatPages();
    for (const { types } of schemas()) {
      for (const { name, kind, fields = [], values = [] } of types) {
        expect(idsOf(text)).toContain(name.toLowerCase());
        if (kind === "table") expect(text).toContain(`<title>Slots of ${name}</title>`);
        for (const field of fields) expect(text).toContain(`>${field.attributes.get("id")} ${field.name}</text>`);
        for (const value of values) expect(text).toContain(`${value.name}</code>`);
      }
    }
  });

  it("has worked examples of every version of blocks, of info, index, stats, filter and footer", () => {
    for (const id of ["example-block-v1", "example-block-v2"]) expect(idsOf(reference("blocks"))).toContain(id);
    for (const id of ["example-info", "example-index", "example-stats"]) expect(idsOf(reference("info"))).toContain(id);
    expect(idsOf(reference("filters"))).toContain("example-bloom");
    expect(reference("example")).toContain("72656400000000".slice(0, 6));
    expect(reference("sst")).toContain("0000000000000126");
  });

  it("has every rule, error code, constant and metric", () => {
    const spec = (name: string): Record<string, Record<string, unknown>> => parse(readFileSync(join(SITE, "../../spec", name), "utf8")) as Record<string, Record<string, unknown>>;
    const rules = Object.keys(spec("rules.yaml")["rules"] ?? {});
    expect(rules.length).toBeGreaterThan(80);
    for (const id of rules) expect(idsOf(reference("rules"))).toContain(id.toLowerCase().replace(".", "-"));
    for (const code of Object.keys(ERROR_CATALOGUE)) expect(idsOf(reference("errors"))).toContain(code.toLowerCase());
    for (const name of Object.values(spec("constants.yaml")).flatMap((section) => Object.keys(section))) expect(reference("constants")).toContain(`>${name.toUpperCase()}</code>`);
    for (const name of Object.keys(spec("telemetry.yaml")["metrics"] ?? {})) expect(reference("telemetry")).toContain(`slatedb.sst_writer.${name}`);
  });

  it("has what each command prints for help, and a page for each package", () => {
    for (const name of ["sst-verify", "slate-sst import", "slate-sst uploads abort", "slate-sst-conformance"]) expect(reference("cli")).toContain(`Usage: ${name}`);
    const packages = readdirSync(join(SITE, "../../packages"), { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name !== "conformance");
    for (const { name } of packages) expect(reference(`packages/${name}`), name).not.toBe("");
  });
});
