// What the site's bars show, in their order. A page that is named here and is not there is left out; one that is there and not named is a test's failure.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { STAGED } from "./repository.mjs";
import { titleOf } from "./stage.mjs";

const GUIDE = ["start", "write", "resume", "verify-in-ci", "import", "spark", "move-a-shard", "compatibility"];
const CONTRIBUTE = ["contributing", "change-the-format", "generators", "write-an-adapter", "write-a-testee", "vectors", "how-it-is-tested", "how-it-is-fast", "benchmarks", "security", "changelog"];
const FORMAT = ["sst", "blocks", "filters", "info", "manifest", "example", "rules", "constants"];
const PROGRAMS = ["errors", "telemetry", "cli"];
const PACKAGES = ["writer", "ingest", "reader", "verify", "cli", "object-store", "object-store-s3", "object-store-gcs", "object-store-azure", "format"];

/** @param {string} folder @param {readonly string[]} names */
function items(folder, names) {
  return names.map((name) => `${folder}/${name}`).filter((path) => existsSync(join(STAGED, `${path}.md`)))
    .map((path) => ({ text: titleOf(readFileSync(join(STAGED, `${path}.md`), "utf8")), link: `/${path.replace(/(^|\/)index$/, "$1")}` }));
}

/** Pages of a folder, those named first. @param {string} folder @param {readonly string[]} first */
function allOf(folder, first) {
  const there = existsSync(join(STAGED, folder)) ? readdirSync(join(STAGED, folder)).filter((name) => name.endsWith(".md") && name !== "index.md").map((name) => name.slice(0, -".md".length)).sort() : [];
  return items(folder, [...first, ...there.filter((name) => !first.includes(name))]);
}

export function sidebar() {
  const decisions = items("decisions", ["index"]).concat(allOf("decisions", []));
  return [
    { text: "Use it", items: items("guide", GUIDE) },
    { text: "The format", collapsed: false, items: [...items("reference", ["index"]), ...items("reference", FORMAT)] },
    { text: "Programs", collapsed: false, items: items("reference", PROGRAMS) },
    { text: "Packages", collapsed: false, items: items("reference/packages", ["index"]).concat(allOf("reference/packages", PACKAGES)) },
    { text: "Carry it on", items: items("contribute", CONTRIBUTE) },
    ...(decisions.length === 0 ? [] : [{ text: "Decisions", collapsed: true, items: decisions }]),
  ];
}
