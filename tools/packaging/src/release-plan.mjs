// Which versions the changesets of a workspace ask for.
import getReleasePlan from "@changesets/get-release-plan";

/**
 * @param {string} top the workspace's folder
 * @returns {ReturnType<typeof import("@changesets/get-release-plan").default>}
 */
export function releasePlan(top) {
  // Declared as an ES module, and CommonJS in truth: Node gives its exports as the default.
  const module = /** @type {{ default?: typeof getReleasePlan }} */ (/** @type {unknown} */ (getReleasePlan));
  return (module.default ?? getReleasePlan)(top);
}
