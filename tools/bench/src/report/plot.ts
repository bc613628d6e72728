// Plots as SVG: rows a second against a size, a line for each contestant, with its range at every point. Text and lines take the
// colours of a light or a dark page, whichever the reader has.
import type { Series } from "../contest.js";
import { rate } from "./figures.js";
import { linearScale, logScale, sizeScale } from "./scale.js";

const WIDTH = 760;
const HEIGHT = 420;
const LEFT = 76;
const RIGHT = 24;
const TOP = 56;
const BOTTOM = 64;
/** Room at both ends of the lower axis. */
const INSET = 24;
const RADIUS = 4;
const TEXT_DROP = 4;
const MARK_GAP = 8;
const LABEL_DROP = 20;
const LEGEND_STEP = 170;
const LEGEND_LINE = 24;
const TITLE_Y = 20;
const LEGEND_Y = 40;
const TEXT_GAP = 6;

/** Told apart by people who see colours differently, on both backgrounds; lines differ in their dashes as well. */
const LIGHT: readonly string[] = ["#0b62c4", "#b34700", "#0f7b4f"];
const DARK: readonly string[] = ["#6cb2ff", "#ff9f5a", "#4fd39a"];
const DASHES: readonly string[] = ["none", "7 4", "2 4"];

export interface PlotTexts {
  readonly title: string;
  /** What the sizes are. */
  readonly axis: string;
}

/** @throws RangeError for a series of fewer than two sizes */
export function plotSvg({ sizes, curves, of }: Series, { title, axis }: PlotTexts): string {
  const all = curves.flatMap(({ rates }) => rates);
  const vertical = of === "rows" ? linearScale(Math.max(...all.map(({ max }) => max))) : logScale(Math.min(...all.map(({ min }) => min)), Math.max(...all.map(({ max }) => max)));
  const horizontal = sizeScale(sizes);
  const x = (size: number): number => round(LEFT + INSET + horizontal.at(size) * (WIDTH - LEFT - RIGHT - 2 * INSET));
  const y = (value: number): number => round(HEIGHT - BOTTOM - vertical.at(value) * (HEIGHT - TOP - BOTTOM));

  const grid = vertical.marks.map((mark) => `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(mark)}" y2="${y(mark)}"/><text x="${LEFT - MARK_GAP}" y="${y(mark) + TEXT_DROP}" text-anchor="end">${rate(mark)}</text>`);
  const marks = sizes.map((size) => `<line class="axis" x1="${x(size)}" x2="${x(size)}" y1="${HEIGHT - BOTTOM}" y2="${HEIGHT - BOTTOM + TEXT_GAP}"/><text x="${x(size)}" y="${HEIGHT - BOTTOM + LABEL_DROP}" text-anchor="middle">${size.toLocaleString("en-US")}</text>`);
  const lines = curves.map(({ name, rates }, curve) => {
    const points = rates.map(({ median }, at) => `${x(sizes[at]!)},${y(median)}`);
    const ranges = rates.map(({ min, max }, at) => `<line x1="${x(sizes[at]!)}" x2="${x(sizes[at]!)}" y1="${y(min)}" y2="${y(max)}"/>`);
    const dots = rates.map(({ median, min, max }, at) => `<circle cx="${x(sizes[at]!)}" cy="${y(median)}" r="${RADIUS}"><title>${escaped(name)}, ${sizes[at]!.toLocaleString("en-US")}: ${rate(median)} rows/s [${rate(min)} .. ${rate(max)}]</title></circle>`);
    return `<g class="c${curve % LIGHT.length}"><polyline points="${points.join(" ")}"/>${ranges.join("")}${dots.join("")}</g>`;
  });
  const legend = curves.map(({ name }, curve) => {
    const start = LEFT + curve * LEGEND_STEP;
    return `<g class="c${curve % LIGHT.length}"><polyline points="${start},${LEGEND_Y} ${start + LEGEND_LINE},${LEGEND_Y}"/><circle cx="${start + LEGEND_LINE / 2}" cy="${LEGEND_Y}" r="${RADIUS}"/></g><text x="${start + LEGEND_LINE + TEXT_GAP}" y="${LEGEND_Y + TEXT_DROP}">${escaped(name)}</text>`;
  });
  const bottom = HEIGHT - BOTTOM;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    `<style>${style()}</style>`,
    `<rect class="page" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text class="title" x="${LEFT}" y="${TITLE_Y}">${escaped(title)}</text>`,
    ...legend, ...grid,
    `<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${bottom}" y2="${bottom}"/>`,
    ...marks, ...lines,
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - LABEL_DROP}" text-anchor="middle">${escaped(axis)}</text>`,
    "</svg>",
  ].join("\n")}\n`;
}

function style(): string {
  const curve = (colour: string, at: number): string => `.c${at}{stroke:${colour};fill:${colour}}`;
  const page = (background: string, ink: string, grid: string): string => `.page{fill:${background}}text{fill:${ink}}.axis{stroke:${ink}}.grid{stroke:${grid}}`;
  return [
    "text{font:13px system-ui,sans-serif}.title{font-weight:600;font-size:15px}polyline{fill:none;stroke-width:2}g line{stroke-width:1.5;opacity:.6}circle{stroke:none}",
    ...DASHES.map((dashes, at) => `.c${at} polyline{stroke-dasharray:${dashes}}`),
    page("#ffffff", "#24292f", "#d8dee4"), ...LIGHT.map(curve),
    `@media (prefers-color-scheme: dark){${page("#0d1117", "#e6edf3", "#30363d")}${DARK.map(curve).join("")}}`,
  ].join("");
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

const round = (value: number): number => Math.round(value * 10) / 10;
