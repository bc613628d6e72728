// Progress of one phase: a bar on a terminal, a few plain lines elsewhere.
import { SingleBar } from "cli-progress";
import { count, INDENT, type Screen } from "./screen.js";

const BAR_WIDTH = 40;
const PERCENT = 100;
/** Lines written where there is no terminal: one at each quarter. */
const PLAIN_STEPS = 4;

export interface Progress {
  /** @param done how many of the total are done */
  update(done: number): void;
  stop(): void;
}

/** @param unit what is counted, in the plural */
export function startProgress(screen: Screen, total: number, unit: string): Progress {
  return screen.isTerminal ? startBar(screen, total, unit) : startLines(screen, total, unit);
}

function startBar(screen: Screen, total: number, unit: string): Progress {
  const bar = new SingleBar({
    stream: screen.stream,
    format: (_options, { progress, value }) => {
      const full = Math.round(progress * BAR_WIDTH);
      const drawn = screen.colors.cyan("█".repeat(full)) + screen.colors.dim("░".repeat(BAR_WIDTH - full));
      return `${INDENT}${drawn} ${percent(value, total)}  ${count(value)} ${unit}`;
    },
    // A run that is interrupted must leave the terminal as it was: no state of it is changed, no signal taken.
    hideCursor: null,
    linewrap: true,
    gracefulExit: false,
  });
  bar.start(total, 0);
  return { update: (done) => bar.update(done), stop: () => bar.stop() };
}

function startLines(screen: Screen, total: number, unit: string): Progress {
  let step = 0;
  const update = (done: number): void => {
    const reached = Math.floor((done / total) * PLAIN_STEPS);
    if (reached <= step) return;
    step = reached;
    screen.line(`${percent(done, total)}  ${count(done)} ${unit}`);
  };
  return { update, stop: () => undefined };
}

function percent(done: number, total: number): string {
  return `${Math.floor((done / total) * PERCENT)} %`.padStart(`${PERCENT} %`.length);
}
