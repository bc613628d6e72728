// What nx.json may tell the plugin, checked where it enters.

/** Options of the plugin, in `nx.json`: `{ "plugin": "@slate-sst/nx", "options": { … } }`. */
export interface SlateSstPluginOptions {
  /**
   * Scripts that lint each package of `packages/` beside oxlint, by their paths from the workspace's top. Each is run as `node SCRIPT FOLDER`; an exit
   * code other than 0 fails the lint. Everything in a script's folder counts as its rules. None unless given.
   */
  readonly packageLints?: readonly string[];
}

/** @throws Error when there is no such option, or a script is not there. */
export function checkOptions(options: SlateSstPluginOptions | undefined, exists: (script: string) => boolean): SlateSstPluginOptions {
  const { packageLints = [], ...others } = options ?? {};
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new Error(`@slate-sst/nx: nx.json gives an option ${JSON.stringify(unknown)}, which there is not; known: packageLints`);
  if (!Array.isArray(packageLints) || packageLints.some((script: unknown) => typeof script !== "string" || !/^(?!\.\.?\/)[\w@.-]+(\/(?!\.\.?(\/|$))[\w@.-]+)+$/.test(script))) {
    throw new Error("@slate-sst/nx: packageLints in nx.json is a list of paths from the workspace's top, each to a script in a folder");
  }
  const missing = packageLints.find((script: string) => !exists(script));
  if (missing !== undefined) throw new Error(`@slate-sst/nx: packageLints in nx.json names ${missing}, which is not there`);
  return { packageLints };
}
