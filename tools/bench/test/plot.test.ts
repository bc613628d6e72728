import { describe, expect, it } from "vitest";
import { plotSvg } from "../src/report/plot.js";
import { linearScale, logScale, sizeScale } from "../src/report/scale.js";
import { curves } from "./samples.js";

const series = curves.series!;
const svg = plotSvg(series, { title: "A & B", axis: "rows" });

/** Numbers of an attribute, wherever it stands. */
const numbersOf = (text: string, attribute: string): number[] => Array.from(text.matchAll(new RegExp(` ${attribute}="([^"]+)"`, "g")), ([, value]) => Number(value));

/** Names of elements that are opened and not closed, or closed and not opened. */
function unbalanced(text: string): string[] {
  const open: string[] = [];
  for (const [, close, name = "", self] of text.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (self === "/") continue;
    if (close !== "/") open.push(name);
    else if (open.pop() !== name) return [name];
  }
  return open;
}

describe("scales", () => {
  it("begin linear axes at 0, in steps that people count in, and end beyond the largest", () => {
    expect(linearScale(4.7e6).marks).toEqual([0, 1e6, 2e6, 3e6, 4e6, 5e6]);
    expect(linearScale(37).marks).toEqual([0, 10, 20, 30, 40]);
    const { at } = linearScale(5e6);
    expect([at(0), at(2.5e6), at(5e6)]).toEqual([0, 0.5, 1]);
  });

  it("put equal factors equally far apart on logarithmic axes, between marks around all numbers", () => {
    const { at, marks } = logScale(3000, 4_000_000);
    expect(marks[0]).toBe(2000);
    expect(marks.at(-1)).toBe(5_000_000);
    expect(at(2000)).toBe(0);
    expect(at(5_000_000)).toBe(1);
    expect(at(40_000) - at(4000)).toBeCloseTo(at(400_000) - at(40_000), 9);
    expect(logScale(10, 10).marks).toEqual([10, 20]);
  });

  it("have a place for values without bytes", () => {
    const { at } = sizeScale([0, 10, 100, 1000, 100_000]);
    expect([0, 10, 100, 1000, 100_000].map(at)).toEqual([0, 0.2, 0.4, 0.6, 1].map((place) => expect.closeTo(place, 9)));
  });

  it("refuse what has no place", () => {
    for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => linearScale(wrong)).toThrow(RangeError);
    expect(() => logScale(0, 10)).toThrow(RangeError);
    expect(() => sizeScale([10, 10])).toThrow(RangeError);
  });
});

describe("plots", () => {
  it("are whole, with escaped texts", () => {
    expect(unbalanced(svg)).toEqual([]);
    expect(svg).toContain("A &amp; B");
    expect(svg).toContain("A &lt; B &amp; C");
    expect(svg.replaceAll(/&(amp|lt|quot);/g, "")).not.toContain("&");
  });

  it("have a legend, axes with texts, and a point for each size of each contestant", () => {
    for (const text of [">put<", ">rows<", ">100,000<", ">10,000,000<", ">1.00 M<"]) expect(svg).toContain(text);
    expect(svg.match(/<circle [^>]*><title>/g)).toHaveLength(series.sizes.length * series.curves.length);
    expect(svg).toContain("put, 100,000: 3.00 M rows/s [2.00 M .. 3.50 M]");
  });

  it("keep everything inside the picture", () => {
    for (const attribute of ["x1", "x2", "cx", "x"]) for (const x of numbersOf(svg, attribute)) expect(x >= 0 && x <= 760, `${attribute} ${x}`).toBe(true);
    for (const attribute of ["y1", "y2", "cy", "y"]) for (const y of numbersOf(svg, attribute)) expect(y >= 0 && y <= 420, `${attribute} ${y}`).toBe(true);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("draw more rows a second higher, and more rows further to the right", () => {
    const points = Array.from(svg.matchAll(/polyline points="([^"]+)"/g), ([, text = ""]) => text.split(" ").map((point) => point.split(",").map(Number)));
    const [, , put, other] = points;
    expect(put).toHaveLength(3);
    for (const at of [0, 1, 2]) expect(other![at]![1]!).toBeLessThan(put![at]![1]!);
    expect(put![0]![0]!).toBeLessThan(put![1]![0]!);
  });

  it("have colours for dark pages and for light ones", () => {
    expect(svg).toContain("@media (prefers-color-scheme: dark)");
    expect(svg.match(/\.page\{fill:/g)).toHaveLength(2);
  });
});
