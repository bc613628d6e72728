// The pages about bytes. A new file in spec/ finds its page by its name, so nothing has to be told here.
import { cell, code, fence, pageHead, plain } from "../markdown.mjs";
import { anchorOf, layoutFiles, layoutSection } from "./byte-layouts.mjs";
import { caseTable, cases, dump, explained, hexFile, part, shownBytes, smallestSst } from "./examples.mjs";
import { schemas, schemaSection } from "./flatbuffers.mjs";

const PAGES = [
  { page: "sst", title: "The file", takes: () => true, intro: "An SST from its last byte to its first: footer, sections, checksums." },
  { page: "blocks", title: "Data blocks", takes: (/** @type {string} */ id) => /^block_|^row|^varint$/.test(id), intro: "Where the rows are. The footer says which version the blocks have." },
  { page: "filters", title: "Filters", takes: (/** @type {string} */ id) => /filter/.test(id), intro: "Bloom filters, which say of most keys that are not there that they are not." },
  { page: "manifest", title: "Manifests", takes: (/** @type {string} */ id) => /^(manifest|common)/.test(id), intro: "The object that makes SSTs a database." },
  { page: "info", title: "Info, index and stats", takes: () => false, intro: "The three sections that are FlatBuffers. Numbers in them are little-endian. How SlateDB lays out a table in bytes is told with [what they share](./manifest.md#common-fbs)." },
];

/** The page of a .ksy: the first whose names match, else that of the file. @param {string} id */
const pageOfLayout = (id) => PAGES.slice(1).find(({ takes }) => takes(id))?.page ?? "sst";

/** The page of a .fbs. @param {string} id */
const pageOfSchema = (id) => (/^(manifest|common)/.test(id) ? "manifest" : "info");

/** A version's number in the name of its block file. @param {string} id */
const versionOf = (id) => Number(/^block_v(\d+)$/.exec(id)?.[1]);

/** @returns {Promise<Map<string, string>>} pages by their path below the site's root */
export async function formatPages() {
  const layouts = layoutFiles();
  const tables = schemas();
  const link = (/** @type {string} */ own) => (/** @type {string} */ page) => (page === own ? "" : `./${page}.md`);
  /** @type {Map<string, string>} */
  const pages = new Map();
  for (const { page, title, intro } of PAGES) {
    const to = link(page);
    const own = layouts.filter(({ meta }) => pageOfLayout(meta.id) === page);
    const sections = own.sort(byReading).map((file) => layoutSection(file, (id) => to(pageOfLayout(id))));
    const schemaParts = tables.filter(({ id, types }) => types.length > 0 && pageOfSchema(id) === page).map((schema) => schemaSection(schema, tables, (id) => to(pageOfSchema(id))));
    const examples = [];
    for (const one of [...own.map(({ meta }) => meta.id), ...(page === "info" ? ["info"] : []), ...(page === "manifest" ? ["manifest objects"] : [])]) examples.push(await exampleOf(one));
    const worked = examples.filter((text) => text !== "").join("\n");
    pages.set(`reference/${page}.md`, `${pageHead(title, { outline: [2, 3] })}${intro}\n\n${[...sections, ...schemaParts].join("\n")}\n${worked === "" ? "" : `## Worked examples\n\n${worked}`}`);
  }
  pages.set("reference/example.md", await wholeExample());
  return pages;
}

/** Newest blocks first, and the file itself before its parts. @param {any} one @param {any} other */
function byReading(one, other) {
  const rank = ({ meta: { id } }) => (id === "sst" || id === "manifest" ? -1000 : Number.isNaN(versionOf(id)) ? 0 : -versionOf(id));
  return rank(one) - rank(other);
}

/** What the vectors show of a structure. @param {string} id */
async function exampleOf(id) {
  const version = versionOf(id);
  if (!Number.isNaN(version)) return await blockExample(id, version);
  const tiny = async () => await explained("golden/tiny-all.sst");
  switch (id) {
    case "sst": return `### A footer {#example-footer}\n\nThe end of \`golden/tiny-all.sst\`, which SlateDB 0.12.1 wrote.\n\n${dump(part(await tiny(), "footer"))}\nThe whole file: [every byte of an SST](./example.md).\n`;
    case "section": return `### Sections {#example-section}\n\nThe payload, and its CRC-32 behind it.\n\n${caseTable(cases("crc"), ({ data }) => shownBytes(data))}`;
    case "varint": return `### Varints {#example-varint}\n\n${caseTable(distinct(cases("varint")), ({ varint }) => code(String(varint ?? 0)))}`;
    case "bloom_filter": return `### A bloom filter {#example-bloom}\n\nThe filter of \`golden/tiny-all.sst\`: four keys, 10 bits a key.\n\n${dump(part(await tiny(), "filter"))}\nKeys are hashed by SipHash-1-3 with a zero key:\n\n${caseTable(cases("siphash"), ({ data }) => shownBytes(data))}`;
    case "composite_filter": return `### A composite filter {#example-composite}\n\n${caseTable(cases("filter").filter(({ task }) => task.encode?.value?.filter?.composite), ({ filter }) => filterText(filter))}`;
    case "info": return await infoExamples();
    case "manifest objects": return manifestExample();
    default: return "";
  }
}

/** @param {readonly any[]} all */
const distinct = (all) => all.filter(({ task }) => task.encode !== undefined).filter((_, index, kept) => kept.length <= 8 || index % Math.ceil(kept.length / 8) === 0);

/** @param {any} filter */
const filterText = (filter) => `keys ${filter.bloom?.keys?.map(shownBytes).join(", ") ?? "none"}`;

/** @param {string} id @param {number} version */
async function blockExample(id, version) {
  const path = smallestSst(version);
  if (path === undefined) return "";
  const rows = cases("row").filter(({ task }) => task.encode?.value?.row?.formatVersion === version);
  return (
    `### A ${id} {#example-${anchorOf(id)}}\n\nThe first block of ${code(path)}.\n\n${dump(part(await explained(path), "block[0]"))}\n` +
    (rows.length === 0 ? "" : `Rows of this version alone:\n\n${caseTable(rows, ({ row }) => rowText(row))}`)
  );
}

/** @param {{ row: any, previousKey?: string }} value */
function rowText({ row, ...beside }) {
  const kind = row.kind.replace("ROW_KIND_", "").toLowerCase();
  const extra = Object.entries(beside).filter(([name]) => name !== "formatVersion").map(([name, value]) => `, ${cell(name)} ${typeof value === "string" ? shownBytes(value) : cell(JSON.stringify(value))}`);
  const times = ["createTs", "expireTs"].filter((name) => row[name] !== undefined).map((name) => `, ${name} ${row[name]}`);
  return `${kind} ${shownBytes(row.key)}${row.value === undefined ? "" : `, value ${shownBytes(row.value)}`}, seq ${row.seq ?? 0}${times.join("")}${extra.join("")}`;
}

async function infoExamples() {
  const nodes = await explained("golden/tiny-all.sst");
  const one = (/** @type {string} */ name) => `### The ${name} {#example-${name}}\n\n${dump(part(nodes, name))}\n`;
  const separators = `### Separators {#example-separators}\n\nThe \`first_key\` of a block's entry is no whole key where less will do.\n\n` +
    caseTable(cases("separator"), ({ separator }) => `last key before ${shownBytes(separator.lastKeyBefore)}, first key ${shownBytes(separator.firstKey)}`);
  return `All three are from \`golden/tiny-all.sst\`, which SlateDB 0.12.1 wrote with four rows.\n\n${["info", "index", "stats"].map(one).join("\n")}\n${separators}`;
}

function manifestExample() {
  const { task, mustEqual } = cases("manifest").find(({ id }) => id === "manifest/slatedb-puts-small-manifest-last-to-bytes") ?? {};
  if (task === undefined) return "";
  return `### A manifest {#example-manifest}\n\n${code(mustEqual.file)}, as SlateDB 0.12.1 wrote it. The first two bytes are the version, the rest is a FlatBuffer.\n\n${hexFile(mustEqual.file)}\n` +
    `What it says, as protobuf JSON of the vectors (bytes are base64):\n\n${fence(JSON.stringify(task.encode.value.manifest, null, 2), "json")}`;
}

async function wholeExample() {
  const nodes = await explained("golden/tiny-all.sst");
  const tops = [...new Set(nodes.filter(({ depth }) => depth === 0).map(({ path }) => path))];
  const parts = tops.map((path) => `## ${plain(path)}\n\n${dump(part(nodes, path))}`);
  return (
    `${pageHead("Every byte of an SST", { outline: 2 })}This is \`golden/tiny-all.sst\` of the conformance vectors, an SST that SlateDB 0.12.1 wrote: a put, a put with a time to live, a delete and ` +
    `a merge operand. The columns are position, bytes in hexadecimal, field, and what it means. \`sst-verify --explain\` prints this of any SST.\n\n${parts.join("\n")}`
  );
}
