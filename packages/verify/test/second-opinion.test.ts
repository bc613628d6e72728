// The second reader is never left out in silence: where it cannot be loaded, level paranoid fails, and no other does.
import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { assemble, numberedRows, soundParts } from "./forge.js";
import { verifyBytes } from "./verify-bytes.js";

test("without the reference reader level paranoid fails, and the others need none", async () => {
  const file = assemble(soundParts(numberedRows(20)));
  vi.doMock("@slate-sst/format/reference", () => {
    throw new Error("kaitai-struct is not there");
  });
  try {
    expect((await verifyBytes(file, { level: "full" })).findings).toEqual([]);
    await expect(verifyBytes(file, { level: "paranoid" })).rejects.toThrow(/error when mocking a module/);
  } finally {
    vi.doUnmock("@slate-sst/format/reference");
  }
  expect((await verifyBytes(file, { level: "paranoid" })).result).toMatchObject({ sound: true, complete: true });
});

test("its runtime is installed with this package", () => {
  const { dependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { dependencies: Record<string, string> };
  expect(dependencies["kaitai-struct"]).toBe("0.11.0");
});
