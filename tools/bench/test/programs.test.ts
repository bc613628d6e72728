import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ProgramError } from "../src/run/command.js";
import { Resident } from "../src/run/resident.js";
import { outputOf, runWhole } from "../src/run/whole-process.js";
import { buildPeer } from "../src/peers/build.js";
import { WorkFolder } from "../src/work-folder.js";

const script = (text: string) => ({ file: process.execPath, args: ["-e", text] });
const size = { rows: 7, valueBytes: 3 };

describe("programs of a contest", () => {
  it("stay, and answer each line with a pass", async () => {
    await using resident = new Resident(script(`
      let passes = 0;
      require("node:readline").createInterface({ input: process.stdin }).on("line", (line) =>
        console.log(JSON.stringify({ rows: Number(line.split(" ")[0]), seconds: ++passes, cpuSeconds: 0, fileBytes: Number(line.split(" ")[1]), peakRssKib: 1 })));`));
    expect(await resident.pass(size)).toEqual({ rows: 7, seconds: 1, cpuSeconds: 0, fileBytes: 3, peakRssKib: 1 });
    expect((await resident.pass(size)).seconds).toBe(2);
  });

  it("are missed when they end before they answer, with what they said", async () => {
    await using resident = new Resident(script(`console.error("out of luck"); process.exit(3)`));
    await expect(resident.pass(size)).rejects.toThrow(/ended with 3\nout of luck/);
  });

  it("are missed when they do not exist", async () => {
    await using resident = new Resident({ file: "/nowhere/to/be/found", args: [] });
    await expect(resident.pass(size)).rejects.toThrow(ProgramError);
  });

  it("are timed from start to end, with and without a program that counts for the kernel", async () => {
    const sleep = script("setTimeout(() => undefined, 50)");
    const plain = await runWhole(sleep, size, { missing: "for this test" });
    expect(plain).toMatchObject({ rows: 7, peakRssKib: undefined });
    expect(plain.seconds).toBeGreaterThan(0.05);
    const measured = buildPeer("measured", []);
    if ("missing" in measured) return;
    const counted = await runWhole(sleep, size, measured);
    expect(counted.seconds).toBeGreaterThan(0.05);
    expect(counted.peakRssKib).toBeGreaterThan(10_000);
    await expect(runWhole(script("process.exit(4)"), size, measured)).rejects.toThrow(/ended with code 4/);
  });

  it("fail loudly", async () => {
    await expect(outputOf(script(`console.error("why"); process.exit(5)`))).rejects.toThrow(/ended with 5\nwhy/);
    expect(await outputOf(script(`console.log("fine")`))).toBe("fine\n");
  });
});

describe("the folder for files", () => {
  it("goes when it is disposed of", () => {
    let path = "";
    {
      using folder = new WorkFolder();
      ({ path } = folder);
      expect(existsSync(path)).toBe(true);
    }
    expect(existsSync(path)).toBe(false);
  });

  it("goes when the process ends in the middle of a run", async () => {
    const module = new URL("../dist/work-folder.js", import.meta.url).href;
    const path = (await outputOf(script(`import(${JSON.stringify(module)}).then(({ WorkFolder }) => { console.log(new WorkFolder().path); process.exit(); })`))).trim();
    expect(path).toMatch(/slate-sst-bench-/);
    expect(existsSync(path)).toBe(false);
  });
});
