// Puts all pages together in one folder, from which VitePress makes the site: hand-written ones, what they include, READMEs, decisions, and
// the reference, which is made of spec/ each time and never kept, so that it cannot drift from it.
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { between, relinked, WHOLE_FILES, pageOf } from "./links.mjs";
import { fence, pageHead, table } from "./markdown.mjs";
import { cataloguePages } from "./reference/catalogues.mjs";
import { commandLinePage } from "./reference/command-lines.mjs";
import { formatPages } from "./reference/format-pages.mjs";
import { packagesPage } from "./reference/packages.mjs";
import { has, read, ROOT, STAGED } from "./repository.mjs";

const PAGES = "tools/site/pages";
/** Languages of sources that pages show whole, where the name's ending is another word. */
const LANGUAGES = /** @type {Readonly<Record<string, string>>} */ ({ py: "python", mjs: "js" });
const DECISIONS = "tools/site/decisions";

/** Files below a folder of the repository, sorted. @param {string} folder @returns {string[]} */
function files(folder) {
  if (!has(folder)) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((file) => file.replaceAll("\\", "/")).sort();
}

/** Every page by its path below the site's root. @returns {Promise<Map<string, string>>} */
export async function allPages() {
  const pages = new Map([...(await formatPages()), ...cataloguePages(), ["reference/cli.md", commandLinePage()], ["reference/packages/index.md", packagesPage()]]);
  for (const file of files(PAGES).filter((name) => name.endsWith(".md"))) pages.set(file, handWritten(file));
  for (const folder of readdirSync(join(ROOT, "packages")).sort()) {
    const file = `packages/${folder}/README.md`;
    if (has(file) && folder !== "conformance") pages.set(`reference/packages/${folder}.md`, whole(file, `reference/packages/${folder}.md`));
  }
  for (const file of WHOLE_FILES) {
    const page = pageOf(file);
    if (page !== undefined && has(file)) pages.set(page, whole(file, page));
  }
  for (const name of files(DECISIONS).filter((one) => one.endsWith(".md"))) {
    const page = pageOf(`${DECISIONS}/${name}`);
    if (page !== undefined) pages.set(page, whole(`${DECISIONS}/${name}`, page));
  }
  pages.set("reference/index.md", referenceList());
  return pages;
}

/** The title of a page: its first heading. @param {string} text */
export const titleOf = (text) => /^# (.+)$/m.exec(text)?.[1]?.replaceAll("`", "") ?? "";

/** @param {string} file */
function handWritten(file) {
  const text = read(`${PAGES}/${file}`);
  return text
    .replace(/\[([^\]]*)\]\(repo:([^)#]+)(#[^)]*)?\)/g, (_, words, target, anchor = "") => {
      const page = pageOf(target);
      if (page === undefined || !has(target)) throw new Error(`${PAGES}/${file}: ${target} is on no page; write its path as code`);
      return `[${words}](${between(file, page)}${anchor})`;
    })
    .replace(/^<!-- comment: (\S+) -->$/gm, (_, source) => fence(openingComment(read(source))))
    .replace(/^<!-- source: (\S+)\.(\w+) -->$/gm, (_, source, ending) => fence(read(`${source}.${ending}`), LANGUAGES[ending] ?? ending))
    .replace(/^<!-- (include|opening): (\S+?)(?:#(.+?))? -->$/gm, (_, much, source, heading) => included(source, heading, file, much === "opening"));
}

/** The comment that opens a file of YAML, without its marks. @param {string} source */
function openingComment(source) {
  const lines = source.split("\n");
  return lines.slice(0, lines.findIndex((line) => !line.startsWith("#"))).map((line) => line.slice(2)).join("\n");
}

/**
 * A file of the repository, or the part of it below a heading, without that heading; of an opening only what comes before the next heading.
 * @param {string} source @param {string | undefined} heading @param {string} page @param {boolean} openingOnly
 */
function included(source, heading, page, openingOnly) {
  const text = read(source);
  if (heading === undefined) return relinked(text.replace(/^# .*\n+/, ""), source, page);
  const lines = text.split("\n");
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, "") === heading);
  if (start === -1) throw new Error(`${PAGES}/${page}: ${source} has no heading ${heading}`);
  const level = openingOnly ? 6 : (/^#+/.exec(lines[start] ?? "")?.[0].length ?? 1);
  const rest = lines.slice(start + 1);
  let fenced = false;
  const end = rest.findIndex((line) => {
    if (line.startsWith("```")) fenced = !fenced;
    return !fenced && new RegExp(`^#{1,${level}} `).test(line);
  });
  return relinked(rest.slice(0, end === -1 ? undefined : end).join("\n").trim(), source, page);
}

/** A whole file as a page. @param {string} file @param {string} page */
const whole = (file, page) => relinked(read(file), file, page);

function referenceList() {
  const rows = [
    ["[The file](./sst.md)", "footer, sections, checksums, the order of everything"], ["[Data blocks](./blocks.md)", "rows, restart points, varints; every version"],
    ["[Filters](./filters.md)", "bloom filters, legacy and composite"], ["[Info, index and stats](./info.md)", "the FlatBuffers of an SST"],
    ["[Manifests](./manifest.md)", "what makes SSTs a database"], ["[Every byte of an SST](./example.md)", "one whole file, explained"],
    ["[Rules](./rules.md)", "what a sound SST obeys"], ["[Constants](./constants.md)", "limits, defaults, names"], ["[Error codes](./errors.md)", "what each means"],
    ["[Events, metrics and traces](./telemetry.md)", "what a writer tells"], ["[Command lines](./cli.md)", "what each program prints for --help"], ["[Packages](./packages/index.md)", "what each is, what it exports, how large it is"],
  ];
  return `${pageHead("Reference")}Everything here is made from \`spec/\`, from the vectors and from the programs themselves, each time the site is built.\n\n${table(["page", "what it tells"], rows)}`;
}

/** Writes all pages, and what they show. @param {Map<string, string>} pages */
export function stage(pages) {
  rmSync(STAGED, { recursive: true, force: true });
  for (const [path, text] of pages) {
    mkdirSync(dirname(join(STAGED, path)), { recursive: true });
    writeFileSync(join(STAGED, path), text);
  }
  if (pages.has("contribute/benchmarks.md")) cpSync(join(ROOT, "tools/bench/plots"), join(STAGED, "contribute/plots"), { recursive: true });
  return STAGED;
}
