// `nx g @slate-sst/nx:format-version`: a new version of data blocks, the copy of an existing one. Encoders, readers, the verifier, its rules and the
// vectors follow from spec/; what is to be different is then changed in the new .ksy.
import type { Tree } from "@nx/devkit";
import { checkForm, create, edit, GeneratorError, next, read, sentence, STEPS } from "./edits.js";

export interface FormatVersionOptions {
  /** Version to copy. */
  readonly from: number;
  /** Number of the new one; the next free number unless given. */
  readonly to?: number;
  /** Rows from one restart point to the next; that of the copied version unless given. */
  readonly restartInterval?: number;
  /** What it is, for the footer's enumeration. */
  readonly doc?: string;
}

const SST = "spec/sst/sst.ksy";
const README = "packages/format/README.md";
/** The footer's version is a u16. */
const VERSION_MAX = 65_535;
/** Positions are u16, and so is their count. */
const INTERVAL_MAX = 65_535;

export default async function formatVersion(tree: Tree, options: FormatVersionOptions): Promise<() => void> {
  const known = [...read(tree, SST).matchAll(/'format_version::v(\d+)'/g)].map(([, version]) => Number(version));
  const { from, to = Math.max(...known) + 1, restartInterval } = options;
  if (!known.includes(from)) throw new GeneratorError(`--from is one of the versions ${known.join(", ")}, not ${from}`);
  if (!Number.isInteger(to) || to < 1 || to > VERSION_MAX || known.includes(to)) throw new GeneratorError(`--to is a version that there is not yet, 1 to ${VERSION_MAX}, not ${to}`);
  const doc = sentence("doc", options.doc ?? `V${to} blocks, made from V${from}`);
  checkForm("doc", doc, /^[^{}:#]*$/, "text without braces, colons and number signs");
  create(tree, `spec/sst/block_v${to}.ksy`, blockOf(read(tree, `spec/sst/block_v${from}.ksy`), from, to, restartInterval));
  edit(tree, SST, new RegExp(`(    - block_v${from}\\n)`), `$1    - block_v${to}\n`);
  edit(tree, SST, new RegExp(`( +)('format_version::v${from}': block_v${from}\\n)`), `$1$2$1'format_version::v${to}': block_v${to}\n`);
  edit(tree, SST, new RegExp(`(    ${from}:\\n      id: v${from}\\n      doc: .*\\n)`), `$1    ${to}:\n      id: v${to}\n      doc: ${doc}\n`);
  edit(tree, README, new RegExp("(`RowV" + from + "`)"), `$1, \`RowV${to}\``);
  edit(tree, README, new RegExp("(`BlockV" + from + "`)"), `$1, \`BlockV${to}\``);
  const all = [...known, to].toSorted((a, b) => a - b);
  const choice = `${all.slice(0, -1).join(", ")} or ${all.at(-1)}`;
  for (const readme of ["README.md", "packages/writer/README.md"]) edit(tree, readme, /(\| `formatVersion` \| [^\n]*?)\d+(?:, \d+)* or \d+/, `$1${choice}`);
  return next(...STEPS);
}

/** The copy: other names, no claim to the kernel or to a constant of its own, and perhaps another interval. */
function blockOf(text: string, from: number, to: number, restartInterval: number | undefined): string {
  const interval = /idx % (\d+) == 0/.exec(text)?.[1];
  let copy = text.replaceAll(`block_v${from}`, `block_v${to}`).replaceAll(`BlockV${from}`, `BlockV${to}`).replaceAll(`RowV${from}`, `RowV${to}`).replaceAll(`V${from} data block`, `V${to} data block`);
  copy = copy.replace(/^-kernel: true\n/m, "").replace(/^ *-constant: .*\n/m, "");
  if (restartInterval === undefined) return copy;
  if (interval === undefined) throw new GeneratorError(`--restartInterval: blocks of version ${from} have no restart points`);
  if (!Number.isInteger(restartInterval) || restartInterval < 1 || restartInterval > INTERVAL_MAX) throw new GeneratorError(`--restartInterval is an integer from 1 to ${INTERVAL_MAX}, not ${restartInterval}`);
  const old = Number(interval);
  return copy
    .replace(`idx % ${old} == 0`, `idx % ${restartInterval} == 0`)
    .replace(`One row in ${old} (0, ${old}, ${2 * old}, ...`, `One row in ${restartInterval} (0, ${restartInterval}, ${2 * restartInterval}, ...`)
    .replace(`ceil(rows / ${old})`, `ceil(rows / ${restartInterval})`);
}
