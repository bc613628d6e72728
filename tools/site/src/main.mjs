// Builds the site into tools/site/dist, or the folder named: `node tools/site/src/main.mjs [folder]`. Needs the packages to be built.
import { resolve } from "node:path";
import { build } from "vitepress";
import { SITE } from "./repository.mjs";
import { allPages, stage } from "./stage.mjs";

const outDir = resolve(process.argv[2] ?? `${SITE}/dist`);
const pages = await allPages();
stage(pages);
await build(SITE, { outDir });
console.log(`${pages.size} pages in ${outDir}`);
