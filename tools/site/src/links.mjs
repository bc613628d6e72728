// Links between files of the repository, as links of the site. Pages that are put together from READMEs keep theirs.
import { dirname, join, normalize, relative } from "node:path/posix";
import { has } from "./repository.mjs";

/** Files of the repository that stand on the site, by the page they are on. */
const PLACES = /** @type {Readonly<Record<string, string>>} */ ({
  "CONTRIBUTING.md": "contribute/contributing.md",
  "SECURITY.md": "contribute/security.md",
  "CHANGELOG.md": "contribute/changelog.md",
  "packages/conformance/TESTEES.md": "contribute/write-a-testee.md",
  "packages/conformance/README.md": "contribute/how-it-is-tested.md",
  "packages/conformance/vectors/README.md": "contribute/vectors.md",
  "tools/bench/README.md": "contribute/how-it-is-fast.md",
  "tools/bench/BENCHMARKS.md": "contribute/benchmarks.md",
  "packages/writer/src/generated/telemetry.md": "reference/telemetry.md",
  "spec/errors.yaml": "reference/errors.md",
  "spec/rules.yaml": "reference/rules.md",
  "spec/telemetry.yaml": "reference/telemetry.md",
  "spec/constants.yaml": "reference/constants.md",
  "tools/nx-sst/README.md": "contribute/generators.md",
  "tools/spark/README.md": "guide/spark.md",
  "README.md": "guide/start.md",
});

/** Which page shows a file of the repository. @param {string} file @returns {string | undefined} */
export function pageOf(file) {
  const known = PLACES[file];
  if (known !== undefined) return known;
  const readme = /^packages\/([\w-]+)\/README\.md$/.exec(file);
  if (readme !== null) return `reference/packages/${readme[1]}.md`;
  const page = /^tools\/site\/pages\/(.+\.md)$/.exec(file);
  if (page !== null) return page[1];
  const decision = /^tools\/site\/decisions\/(.+\.md)$/.exec(file);
  return decision === null ? undefined : `decisions/${decision[1]?.replace(/^README\.md$/, "index.md")}`;
}

/** Files that stand on the site if they are there, to be looked for. */
export const WHOLE_FILES = ["CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "packages/conformance/vectors/README.md", "tools/bench/BENCHMARKS.md", "tools/nx-sst/README.md"];

/** A link from one page of the site to another. @param {string} from @param {string} to */
export function between(from, to) {
  const path = relative(dirname(from), to);
  return path.startsWith(".") ? path : `./${path}`;
}

/**
 * A text that came from `file`, with links as the page `page` needs them. A link to a file that is on no page becomes its path, as code;
 * one to a file that does not exist is an error. Code is left alone.
 * @param {string} text @param {string} file @param {string} page
 */
export function relinked(text, file, page) {
  return outsideFences(text, (prose) =>
    withoutTags(prose).replace(CODE_OR_LINK, (whole, image, words, target) => {
      if (target === undefined || image === "!" || /^[a-z]+:/.test(target)) return whole;
      const [path = "", anchor] = target.split("#");
      if (path === "") {
        // A page that includes a part of a file has not all of its headings. The repository's own README is on no page as a whole.
        const own = file === "README.md" ? undefined : pageOf(file);
        return own === undefined || own === page ? whole : `[${words}](${between(page, own)}#${anchor})`;
      }
      const found = normalize(join(dirname(file), path)).replace(/\/$/, "");
      if (!has(found)) throw new Error(`${file}: the link to ${target} leads nowhere`);
      const on = [found, `${found}/README.md`].filter(has).map(pageOf).find((one) => one !== undefined);
      if (on !== undefined) return `[${words}](${between(page, on)}${anchor === undefined ? "" : `#${anchor}`})`;
      const isItsName = found.endsWith(words.replaceAll("`", "").replace(/\/$/, ""));
      return isItsName ? `\`${found}\`` : `${words} (\`${found}\`)`;
    }),
  );
}

/** Inline code, or a link; links in code are code, and links may hold code. */
const CODE_OR_LINK = /`[^`\n]*`|(!?)\[((?:`[^`\n]*`|[^\][`]|\[[^\]]*\])*)\]\(([^)\s]+)\)/g;

/** Words in angle brackets, as in paths, which are no HTML. In code they need nothing. @param {string} prose */
const withoutTags = (prose) => prose.split(/(`[^`\n]*`)/).map((part, index) => (index % 2 === 1 ? part : part.replace(/<(?=[A-Z]{2,}[A-Z>])/g, "&lt;"))).join("");

/** Changes a text outside of fenced code. @param {string} text @param {(prose: string) => string} change */
function outsideFences(text, change) {
  return text.split(/(^```[^]*?^```$)/m).map((part, index) => (index % 2 === 1 ? part : change(part))).join("");
}
