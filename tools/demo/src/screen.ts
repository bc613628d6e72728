// What the demo writes on: lines of at most 100 columns, with colours where they are wanted.
import pc from "picocolors";

/** Before every line below a heading. */
export const INDENT = "   ";

/** Columns of a line at most, paths of unknown length aside. */
export const WIDTH = 100;
const LABEL_WIDTH = 17;
const VALUE_WIDTH = 10;

const MS_PER_SECOND = 1000;

export type Colors = ReturnType<typeof pc.createColors>;

/** Where text goes: a terminal, a pipe, or a test. */
export type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean };

export class Screen {
  readonly stream: OutputStream;
  readonly colors: Colors;

  /** @param colors picocolors by default, which respects NO_COLOR and FORCE_COLOR */
  constructor(stream: OutputStream, colors: Colors = pc) {
    this.stream = stream;
    this.colors = colors;
  }

  get isTerminal(): boolean {
    return this.stream.isTTY === true;
  }

  /** Any text, as it is. */
  write(text = ""): void {
    this.stream.write(`${text}\n`);
  }

  heading(text: string): void {
    this.write();
    this.write(this.colors.bold(text));
  }

  line(text: string): void {
    this.write(INDENT + text);
  }

  /** A label, a value, and a remark. */
  field(label: string, value: string, remark = ""): void {
    this.line(`${this.colors.dim(label.padEnd(LABEL_WIDTH))}${value.padStart(VALUE_WIDTH)}${remark === "" ? "" : `   ${remark}`}`);
  }

  /** Words that flow over several lines, indented. */
  paragraph(words: readonly string[]): void {
    let line = "";
    for (const word of words) {
      if (line !== "" && INDENT.length * 2 + line.length + 1 + word.length > WIDTH) {
        this.line(INDENT + line);
        line = "";
      }
      line += line === "" ? word : ` ${word}`;
    }
    if (line !== "") this.line(INDENT + line);
  }
}

/** Ends the process without further words when whoever reads its output goes away, as `head` does. */
export function endWithReader(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(1);
  });
}

/** 135233 as 135,233. */
export function count(value: number | bigint): string {
  return value.toLocaleString("en-US");
}

/** Milliseconds as seconds. */
export function seconds(ms: number): string {
  return `${(ms / MS_PER_SECOND).toFixed(2)} s`;
}

/** How many a second, to three digits: more would claim a precision that a single run does not have. */
export function perSecond(things: number, ms: number): string {
  return count(Number(((things / Math.max(ms, 1)) * MS_PER_SECOND).toPrecision(3)));
}
