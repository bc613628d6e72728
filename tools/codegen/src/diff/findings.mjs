// What a comparison finds, and its words for what to do instead. Each finding has a weight:
// refused   shipped files, or programs that go by names and numbers, would mean something else; needs a higher format version, or another way
// version   a new format version: old readers refuse its files, and read all others
// refuse    old readers refuse files that use it, and say so
// value     a limit or default has another value: what is written or accepted changes, and no layout does
// fine      old readers read new files, new readers old files
/** @typedef {{ weight: "refused" | "version" | "refuse" | "value" | "fine", subject: string, text: string, isByVersion?: boolean, before?: string[], after?: string[] }} Finding */

/** How a format version is added. @param {number} from the version that the new one begins as a copy of */
export const newVersion = (from, more = "") => `npx nx g @slate-sst/nx:format-version --from ${from}${more} --doc "…"`;

/**
 * Files that exist have what is changed: refused, unless a higher format version tells the new files from them.
 * @param {boolean} versionRises @param {string} text what it was and is @param {string} way what to do instead
 */
export function lost(versionRises, text, way) {
  return versionRises ? { weight: "version", isByVersion: true, text: `${text}: the new reader must go by the format version` } : { weight: "refused", text: `${text}: ${way}` };
}

/** The lowest number above those of before that nothing has. @param {readonly number[]} before @param {readonly number[]} added */
export function nextFree(before, added) {
  let next = Math.max(-1, ...before) + 1;
  while (added.includes(next)) next++;
  return next;
}
