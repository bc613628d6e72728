// `npm run docs:check`: every exported name and every public member of the packages has a docstring, and links in docstrings lead somewhere. TypeDoc reads
// the sources of all entries; what has no words is listed with its place. `npm run docs:api` writes the pages too, to .cache/packaging/api-docs.
// Members of generated code are not asked for: their words are those of spec/, which has a lint of its own. Inline types are told of by what holds them.
import { join, relative } from "node:path";
import { Application, LogLevel, OptionDefaults, ReflectionKind } from "typedoc";
import { CACHE, publishedPackages, TOP } from "./packages.mjs";

const SYMBOLS = ReflectionKind.Class | ReflectionKind.Interface | ReflectionKind.Enum | ReflectionKind.Variable | ReflectionKind.TypeAlias;
const MEMBERS = ReflectionKind.Property | ReflectionKind.EnumMember | ReflectionKind.GetSignature | ReflectionKind.ConstructorSignature;

const packages = publishedPackages();
const app = await Application.bootstrap({
  entryPoints: packages.flatMap(({ path, entries }) => entries.map(({ source }) => join(path, source))),
  tsconfig: join(TOP, "tools/packaging/tsconfig.docs.json"),
  basePath: TOP,
  readme: "none",
  name: "Slate SST",
  excludePrivate: true,
  excludeExternals: true,
  skipErrorChecking: true, // that is what npm run typecheck does
  disableGit: true,
  sourceLinkTemplate: "{path}#L{line}",
  blockTags: [...OptionDefaults.blockTags, "@generated"],
  validation: { notExported: false, notDocumented: false, invalidLink: true, invalidPath: true, rewrittenLink: false, unusedMergeModuleWith: false },
  logLevel: LogLevel.Warn,
});
const project = await app.convert();
if (project === undefined) throw new Error("docs:check: TypeDoc could not read the sources");
app.validate(project);

/** @type {Set<string>} */
const undocumented = new Set();
let looked = 0;
for (const reflection of Object.values(project.reflections)) {
  const { file, line } = placeOf(reflection);
  if (file === undefined || !packages.some(({ folder }) => file.startsWith(`${folder}/`)) || isInline(reflection)) continue;
  const isSymbol = reflection.kindOf(SYMBOLS) || (reflection.kindOf(ReflectionKind.CallSignature) && reflection.parent?.kindOf(ReflectionKind.Function) === true);
  const isMember = reflection.kindOf(MEMBERS) || (reflection.kindOf(ReflectionKind.CallSignature) && reflection.parent?.kindOf(ReflectionKind.Method) === true);
  if (!isSymbol && (!isMember || file.includes("/generated/"))) continue;
  looked += 1;
  if (!reflection.hasComment()) undocumented.add(`${file}:${line}: ${reflection.getFriendlyFullName().replace(/^.*\/src[^.]*\./, "")} says nothing`);
}
for (const one of [...undocumented].sort()) console.log(one);
console.log(`${looked} exported names and public members, ${undocumented.size} of them without a docstring`);
if (process.argv.includes("--html")) {
  const folder = join(CACHE, "api-docs");
  await app.generateDocs(project, folder);
  console.log(relative(TOP, folder));
}
process.exitCode = undocumented.size > 0 || app.logger.hasErrors() || app.logger.hasWarnings() ? 1 : 0;

/** @param {import("typedoc").Reflection} reflection */
function placeOf(reflection) {
  const own = /** @type {{ sources?: { fullFileName: string, line: number }[] }} */ (reflection).sources?.[0];
  return own === undefined ? { file: undefined, line: 0 } : { file: relative(TOP, own.fullFileName), line: own.line };
}

/** Whether it stands in a type without a name. @param {import("typedoc").Reflection} reflection */
function isInline(reflection) {
  for (let of = reflection.parent; of !== undefined; of = of.parent) if (of.kindOf(ReflectionKind.TypeLiteral)) return true;
  return false;
}
