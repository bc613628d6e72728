// The code samples of the hand-written pages, and of the READMEs and other documents of the repository, as a reader meets them.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const PAGES = join(import.meta.dirname, "../pages");
const REPOSITORY = join(import.meta.dirname, "../../..");
const DOCUMENTS = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "packages/conformance/TESTEES.md", "packages/conformance/vectors/README.md"];

export interface Sample {
  readonly language: "js" | "ts" | "sh";
  readonly text: string;
  /** Line of the page, from 1. */
  readonly line: number;
  /** The file that its first line names: such a sample is kept under that name, for others to run or import. */
  readonly file: string | undefined;
  /** What it prints: the comments that say so, or the block of text behind it. `…` stands for anything. */
  readonly prints: string | undefined;
}

export interface Page {
  /** Of a page its path below the pages' folder, without its ending; of a document its path in the repository. */
  readonly name: string;
  readonly markdown: string;
  readonly samples: readonly Sample[];
}

const FENCE = /^```(\w+)\n([^]*?)^```$(?:\n+(?=```text\n)```text\n([^]*?)^```$)?/gm;
const RUN = ["js", "ts", "sh"];

export function pages(): Page[] {
  const files = readdirSync(PAGES, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".md")).sort();
  return files.map((file) => {
    const markdown = readFileSync(join(PAGES, file), "utf8");
    return { name: file.replace(/\.md$/, "").replaceAll("\\", "/"), markdown, samples: samplesOf(markdown) };
  });
}

/** What is read in the repository itself: its own documents, and the README of each package and tool. */
export function documents(): Page[] {
  const readmes = ["packages", "tools"].flatMap((group) => readdirSync(join(REPOSITORY, group)).toSorted().map((name) => `${group}/${name}/README.md`));
  return [...DOCUMENTS, ...readmes].filter((name) => existsSync(join(REPOSITORY, name))).map((name) => {
    const markdown = readFileSync(join(REPOSITORY, name), "utf8");
    return { name, markdown, samples: samplesOf(markdown) };
  });
}

export function samplesOf(markdown: string): Sample[] {
  const found: Sample[] = [];
  for (const { 1: language = "", 2: text = "", 3: output, index } of markdown.matchAll(FENCE)) {
    if (!RUN.includes(language)) continue;
    const file = /^(?:\/\/|#) ([\w.-]+\.(?:m?js|ts|ndjson|csv))\b/.exec(text)?.[1];
    const said = Array.from(text.matchAll(/^(?:\/\/|#) prints: (.*)$/gm), ([, line = ""]) => `${line}\n`).join("");
    found.push({ language: language as Sample["language"], text, line: markdown.slice(0, index).split("\n").length, file, prints: output ?? (said === "" ? undefined : said) });
  }
  return found;
}

/** Whether an output is the one that was promised. */
export function fits(output: string, promised: string): boolean {
  const pattern = promised.split("\n").map((line) => (line.trim() === "…" ? "(?:.*\\n)*?" : `${line.split("…").map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join(".*")}\n`)).join("");
  return new RegExp(`^${pattern.replace(/\\n$/, "").replace(/\n$/, "")}$`).test(output);
}
