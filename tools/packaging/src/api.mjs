// An API report for each entry of each package, `packages/NAME/api/ENTRY.api.md`: what is exported, with its types, so that a change of it is seen
// in review. All entries of all packages share one compilation.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";
import { CACHE, TOP } from "./packages.mjs";

/** Messages about docstrings: TypeDoc checks those, with the tags it knows. */
const SILENT = { default: { logLevel: ExtractorLogLevel.None } };

/** @param {import("./packages.mjs").Entry} entry */
const reportName = ({ key }) => `${key === "." ? "index" : key.slice(2).replaceAll("/", "-")}.api.md`;

/**
 * @param {readonly import("./packages.mjs").Package[]} packages
 * @param {boolean} update writes reports instead of comparing them
 * @returns {string[]}
 */
export function checkApi(packages, update) {
  const jobs = packages.flatMap((of) => of.entries.map((entry) => ({ of, entry, config: configOf(of, entry) })));
  const [first] = jobs;
  if (first === undefined) return [];
  const types = jobs.map(({ of, entry }) => join(of.path, entry.types));
  const compilerState = CompilerState.create(first.config, { additionalEntryPoints: types });
  /** @type {string[]} */
  const wrong = [];
  for (const { of, entry, config } of jobs) {
    /** @type {string[]} */
    const told = [];
    const result = Extractor.invoke(config, {
      compilerState,
      localBuild: update,
      messageCallback: (message) => {
        if (message.logLevel === ExtractorLogLevel.Error) told.push(`${entry.name}: ${message.text}`);
        message.handled = true;
      },
    });
    wrong.push(...told);
    if (result.apiReportChanged && !update) wrong.push(changed(of, entry));
  }
  for (const of of packages) {
    const folder = join(of.path, "api");
    const names = new Set(of.entries.map(reportName));
    for (const file of existsSync(folder) ? readdirSync(folder) : []) {
      if (names.has(file)) continue;
      if (update) rmSync(join(folder, file));
      else wrong.push(`${of.folder}/api/${file} is the report of no entry`);
    }
  }
  return wrong;
}

/** @param {import("./packages.mjs").Package} of @param {import("./packages.mjs").Entry} entry */
function changed(of, entry) {
  const committed = join(of.path, "api", reportName(entry));
  if (!existsSync(committed)) return `${entry.name} has no API report`;
  const lines = new Set(readFileSync(committed, "utf8").split(/\r?\n/));
  const now = readFileSync(join(CACHE, "api", of.folder, reportName(entry)), "utf8").split(/\r?\n/);
  const added = now.filter((line) => !lines.has(line));
  const gone = [...lines].filter((line) => !now.includes(line));
  const some = [...gone.map((line) => `- ${line}`), ...added.map((line) => `+ ${line}`)].slice(0, 12);
  return `the API of ${entry.name} is not what its report says\n${some.map((line) => `      ${line}`).join("\n")}`;
}

/** @param {import("./packages.mjs").Package} of @param {import("./packages.mjs").Entry} entry */
function configOf(of, entry) {
  const temp = join(CACHE, "api", of.folder);
  mkdirSync(temp, { recursive: true });
  mkdirSync(join(of.path, "api"), { recursive: true });
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: of.path,
      mainEntryPointFilePath: join(of.path, entry.types),
      newlineKind: "lf",
      compiler: { tsconfigFilePath: join(TOP, "tools/packaging/tsconfig.docs.json"), skipLibCheck: true },
      apiReport: { enabled: true, reportFileName: reportName(entry), reportFolder: join(of.path, "api"), reportTempFolder: temp, includeForgottenExports: false },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: { compilerMessageReporting: SILENT, extractorMessageReporting: SILENT, tsdocMessageReporting: SILENT },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(of.path, "package.json"),
  });
}
