// The README as tests see it: its code blocks, links and tables.
import { readFileSync } from "node:fs";

/** The repository's folder. */
export const REPOSITORY = new URL("../../../", import.meta.url);

export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  /** Line of the README, from 1. */
  readonly line: number;
}

export function readme(): string {
  return readFileSync(new URL("README.md", REPOSITORY), "utf8");
}

export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks = markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm);
  return Array.from(blocks, ({ 1: language = "", 2: text = "", index }) => ({ language, text, line: markdown.slice(0, index).split("\n").length }));
}

/** Lines that a sample says it prints. */
export function promisedOutput(block: CodeBlock): string {
  return Array.from(block.text.matchAll(/^\/\/ prints: (.*)$/gm), ([, printed = ""]) => `${printed}\n`).join("");
}

/** Targets of links to files of the repository. */
export function localLinks(markdown: string): string[] {
  return Array.from(markdown.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g), ([, target = ""]) => target).filter((target) => !/^[a-z]+:/.test(target));
}

/** First cells of a table's rows, without the back quotes, by the heading that stands before it. */
export function tableColumn(markdown: string, heading: string): string[] {
  const section = markdown.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  return Array.from(section.matchAll(/^\| `([^`]+)` \|/gm), ([, cell = ""]) => cell);
}
