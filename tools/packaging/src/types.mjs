// publint and "are the types wrong" on the tarballs. Packages are ES modules only, so what CommonJS and the resolution of old TypeScript would
// meet does not count: the profile `esm-only`.
import { readFileSync } from "node:fs";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

/** Ways to resolve modules that the profile `esm-only` leaves out. */
const NOT_ESM = new Set(["node10", "node16-cjs"]);

/**
 * @param {import("./packages.mjs").Package} of
 * @param {import("./pack.mjs").Packed} packed
 * @returns {Promise<string[]>}
 */
export async function checkTypes({ manifest }, { tarball }) {
  const bytes = readFileSync(tarball);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const { messages } = await publint({ pack: { tarball: buffer }, level: "warning", strict: true });
  const found = messages.map((message) => `publint: ${formatMessage(message, manifest, { color: false })}`);
  const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(bytes)));
  if (!analysis.types) return [...found, "attw: the package has no types"];
  for (const problem of analysis.problems) {
    const way = "resolutionKind" in problem ? problem.resolutionKind : undefined;
    if (way !== undefined && NOT_ESM.has(way)) continue;
    found.push(`attw: ${problem.kind} ${"entrypoint" in problem ? `of ${problem.entrypoint}` : JSON.stringify(problem)}${way === undefined ? "" : ` (${way})`}`);
  }
  return found;
}
