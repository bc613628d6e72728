// The code samples of the hand-written pages, as a reader meets them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const PAGES = join(import.meta.dirname, "../pages");

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
  /** Path below the pages' folder, without its ending. */
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
