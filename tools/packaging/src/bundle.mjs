// Bundles for browsers, by esbuild. Whatever is left that a browser cannot load is an error: nothing of Node may remain.
import { build } from "esbuild";

/**
 * @param {string} source a module
 * @param {{ folder: string, minify: boolean, external?: readonly string[] }} options `folder`: where packages are looked for from
 * @returns {Promise<Uint8Array>}
 */
export async function bundle(source, { folder, minify, external = [] }) {
  const { outputFiles, metafile, warnings } = await build({
    stdin: { contents: source, resolveDir: folder, loader: "js", sourcefile: "entry.js" },
    bundle: true, format: "esm", platform: "browser", target: "es2022", write: false, metafile: true, minify, logLevel: "silent", external: [...external],
    legalComments: "none",
  });
  const left = Object.values(metafile.outputs).flatMap(({ imports }) => imports.filter((one) => one.external).map(({ path }) => path));
  const unexpected = left.filter((path) => !external.includes(path));
  if (unexpected.length > 0) throw new Error(`the bundle still imports ${[...new Set(unexpected)].join(", ")}`);
  if (warnings.length > 0) throw new Error(`esbuild warns: ${warnings.map(({ text }) => text).join("; ")}`);
  return outputFiles[0]?.contents ?? new Uint8Array(0);
}
