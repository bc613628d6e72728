// `nx g @slate-sst/nx:object-store-adapter`: a package with an object store that passes the contract suite from its first minute. It keeps its objects in
// memory; method by method, that is replaced by calls of the service. Works in the Slate SST repository, and in any workspace that has packages in `packages/`.
import { readFileSync } from "node:fs";
import type { Tree } from "@nx/devkit";
import { checkForm, create, next, pascal, read } from "./edits.js";

/** Options of the generator `object-store-adapter`. */
export interface ObjectStoreAdapterOptions {
  /** Behind "object-store-": lower-case letters, digits and hyphens. */
  readonly name: string;
  /** Name of the package; `@slate-sst/object-store-NAME` in the Slate SST repository, `object-store-NAME` elsewhere, unless given. */
  readonly packageName?: string;
}

interface Release {
  readonly version: string;
  readonly engines: unknown;
  readonly license: string;
  readonly repository: object;
  readonly publishConfig: object;
}

/** Folders whose package the new one stands beside, and follows, where there are any. */
const STORE = "packages/object-store";
const SIBLING = "packages/object-store-azure";

/** Compiler options for a workspace that shares none. */
const COMPILER_OPTIONS = {
  target: "es2022", module: "nodenext", lib: ["es2023", "esnext.disposable"], types: ["node"], strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true,
  verbatimModuleSyntax: true, declaration: true, sourceMap: true, skipLibCheck: true,
};

/** What a new package needs of its workspace. */
const TOOLS = ["typescript", "vitest", "@types/node"];

export default async function objectStoreAdapter(tree: Tree, { name, packageName }: ObjectStoreAdapterOptions): Promise<() => void> {
  checkForm("name", name, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, "lower-case letters, digits and hyphens");
  const isInside = tree.exists(`${STORE}/package.json`);
  const fullName = packageName ?? `${isInside ? "@slate-sst/" : ""}object-store-${name}`;
  checkForm("packageName", fullName, /^(@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*$/, "the name of an npm package");
  const folder = `packages/object-store-${name}`;
  // All packages of the toolkit have one version, this plugin too.
  const release = JSON.parse(isInside ? read(tree, `${STORE}/package.json`) : readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as Release;
  create(tree, `${folder}/package.json`, manifest(name, fullName, release, isInside));
  if (isInside) create(tree, `${folder}/LICENSE`, read(tree, "LICENSE"));
  create(tree, `${folder}/tsconfig.json`, isInside ? read(tree, `${SIBLING}/tsconfig.json`) : compilerOptions({ rootDir: "src", outDir: "dist" }, "src"));
  create(tree, `${folder}/tsconfig.test.json`, isInside ? read(tree, `${SIBLING}/tsconfig.test.json`) : compilerOptions({ noEmit: true }, "src", "test"));
  create(tree, `${folder}/README.md`, readme(name, fullName));
  create(tree, `${folder}/src/index.ts`, `export { ${pascal(name)}ObjectStore, type ${pascal(name)}Config } from "./${name}-object-store.js";\n`);
  create(tree, `${folder}/src/${name}-object-store.ts`, source(name));
  create(tree, `${folder}/test/contract.test.ts`, contract(name));
  const build = `npx nx run-many -t build test ${isInside ? "lint typecheck" : "typecheck"} -p ${fullName}`;
  return next(...(isInside ? ["npm install"] : [`npm install --save-dev ${TOOLS.join(" ")}`]), build);
}

function compilerOptions(own: object, ...include: string[]): string {
  return `${JSON.stringify({ compilerOptions: { ...COMPILER_OPTIONS, ...own }, include }, undefined, 2)}\n`;
}

function manifest(name: string, fullName: string, { version, engines, license, repository, publishConfig }: Release, isInside: boolean): string {
  const path = (folder: string, ending: string): string => `./${folder}/index.${ending}`;
  const published = { license, repository: { ...repository, directory: `packages/object-store-${name}` }, publishConfig };
  const parts = {
    name: fullName, version: isInside ? version : "0.0.0", description: `Slate SST's objects in ${name}.`, ...(isInside ? published : {}), type: "module", sideEffects: false, engines,
    files: ["dist", "src", "README.md"], dependencies: { "@slate-sst/object-store": version },
    exports: { ".": { ...(isInside ? { "@slate-sst/source": path("src", "ts") } : {}), types: path("dist", "d.ts"), default: path("dist", "js") } },
  };
  return `${JSON.stringify(parts, undefined, 2)}\n`;
}

function readme(name: string, fullName: string): string {
  const className = `${pascal(name)}ObjectStore`;
  return `# ${fullName}

Slate SST on ${name}.

\`\`\`sh
npm install @slate-sst/object-store ${fullName} @slate-sst/writer
\`\`\`

\`\`\`js
import { ${className} } from "${fullName}";
import { SstWriter } from "@slate-sst/writer";

const store = new ${className}({ bucket: "my-bucket" });
const writer = await SstWriter.create(store, "fruit.sst");
try {
  await writer.put("apple", "red");
  console.log(\`\${(await writer.close()).rowCount} rows in \${store.url}\`);
} finally {
  await writer.abort();
}
// prints: 1 rows in ${name}://my-bucket
\`\`\`

The contract suite of \`@slate-sst/object-store/contract\` says what a store must do; \`test/contract.test.ts\` runs it.
`;
}

function source(name: string): string {
  const className = `${pascal(name)}ObjectStore`;
  const types = ["CallOptions", "CompleteUploadOptions", "CreatedUpload", "CreateUploadOptions", "ListedObject", "ListOptions", "ObjectBody", "ObjectInfo", "ObjectStore", "PartReceipt", "PutOptions", "PutResult", "StoreCapabilities", "StreamOptions", "UploadInfo", "UploadPartOptions"];
  const method = (head: string, call: string): string => `  ${head} {\n    ${call}\n  }\n`;
  return `// Objects of ${name}. Every method goes to \`#objects\`, which keeps them in memory: replace each by calls of the service, and
// \`capabilities\` by what that can do. The contract suite says what is missing.
import {
  ${types.map((type) => `type ${type},`).join(" ").replace("type ListedObject", "MemoryObjectStore, type ListedObject")}
} from "@slate-sst/object-store";

export interface ${pascal(name)}Config {
  readonly bucket: string;
}

export class ${className} implements ObjectStore {
  readonly url: string;
  readonly #objects: ObjectStore;

  constructor({ bucket }: ${pascal(name)}Config) {
    this.url = \`${name}://\${bucket}\`;
    this.#objects = new MemoryObjectStore({ name: \`${name}-\${bucket}\` });
  }

  get capabilities(): StoreCapabilities {
    return this.#objects.capabilities;
  }

${[
    method("put(path: string, body: ObjectBody, options: PutOptions): Promise<PutResult>", "return this.#objects.put(path, body, options);"),
    method("get(path: string, options?: CallOptions): Promise<Uint8Array>", "return this.#objects.get(path, options);"),
    method("getRange(path: string, start: number, end: number, options?: CallOptions): Promise<Uint8Array>", "return this.#objects.getRange(path, start, end, options);"),
    method("stream(path: string, options?: StreamOptions): AsyncIterable<Uint8Array>", "return this.#objects.stream(path, options);"),
    method("head(path: string, options?: CallOptions): Promise<ObjectInfo>", "return this.#objects.head(path, options);"),
    method("list(prefix: string, options?: ListOptions): AsyncIterable<ListedObject>", "return this.#objects.list(prefix, options);"),
    method("delete(path: string, options?: CallOptions): Promise<void>", "return this.#objects.delete(path, options);"),
    method("createUpload(path: string, options: CreateUploadOptions): Promise<CreatedUpload>", "return this.#objects.createUpload(path, options);"),
    method("uploadPart(path: string, uploadId: string, partNumber: number, body: ObjectBody, options?: UploadPartOptions): Promise<PartReceipt>", "return this.#objects.uploadPart(path, uploadId, partNumber, body, options);"),
    method("completeUpload(path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions): Promise<PutResult>", "return this.#objects.completeUpload(path, uploadId, parts, options);"),
    method("abortUpload(path: string, uploadId: string, options?: CallOptions): Promise<void>", "return this.#objects.abortUpload(path, uploadId, options);"),
    method("listParts(path: string, uploadId: string, options?: CallOptions): AsyncIterable<PartReceipt>", "return this.#objects.listParts(path, uploadId, options);"),
    method("listUploads(prefix: string, options?: CallOptions): AsyncIterable<UploadInfo>", "return this.#objects.listUploads(prefix, options);"),
  ].join("\n")}}
`;
}

function contract(name: string): string {
  const className = `${pascal(name)}ObjectStore`;
  return `// The store passes the contract.
import { objectStoreContract } from "@slate-sst/object-store/contract";
import { describe, it } from "vitest";
import { ${className} } from "../src/index.js";

let buckets = 0;

objectStoreContract({
  name: "${name}", capabilities: new ${className}({ bucket: "any" }).capabilities, describe, it,
  create: async () => {
    const bucket = \`bucket-\${(buckets += 1)}\`;
    return { store: new ${className}({ bucket }), reopen: async () => new ${className}({ bucket }), dispose: async () => undefined };
  },
});
`;
}
