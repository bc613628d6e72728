// The repository as the site sees it.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's top level. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../..");

/** The site's own folder. */
export const SITE = join(ROOT, "tools/site");

/** Where pages are put together before VitePress turns them into HTML. */
export const STAGED = join(SITE, ".cache/pages");

export const read = (/** @type {string} */ path) => readFileSync(join(ROOT, path), "utf8");

export const has = (/** @type {string} */ path) => existsSync(join(ROOT, path));
