// Markdown out of texts that are none: specs and help.

/** Characters that Markdown, HTML or Vue would take for their own. */
const SPECIAL = /[<>|*{}[\]]/g;

/** A plain text inside Markdown. Words in `back quotes` stay code. @param {string} text */
export function plain(text) {
  return text
    .split(/(`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part.replaceAll("|", "\\|") : part.replace(SPECIAL, (one) => `&#${one.charCodeAt(0)};`)))
    .join("");
}

/** The same on one line, for a table's cell. @param {string} text */
export const cell = (text) => plain(text.trim().replace(/\s+/g, " "));

/** @param {string} text */
export const code = (text) => `\`${text}\``;

/** @param {readonly string[]} head @param {readonly (readonly string[])[]} rows cells that are Markdown already. */
export function table(head, rows) {
  return `${[head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`;
}

/** @param {string} text @param {string} [language] */
export function fence(text, language = "text") {
  return `\`\`\`${language}\n${text.replace(/\n+$/, "")}\n\`\`\`\n`;
}

/** A page's first lines: its title, and what VitePress is told. @param {string} title @param {Readonly<Record<string, string | boolean | number | number[]>>} [settings] */
export function pageHead(title, settings = {}) {
  const entries = Object.entries(settings).map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`);
  return `---\n${entries.join("")}---\n\n# ${title}\n\n`;
}
