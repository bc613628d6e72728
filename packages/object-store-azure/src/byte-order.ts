// Azure lists names by UTF-16, object stores list paths by UTF-8. The two differ from the first surrogate or later character
// on: what lies there is gathered, sorted and handed out together.
import { compareObjectPaths, type ListedObject } from "@slate-sst/object-store";

/** UTF-16 units from here on (surrogates, then U+E000 to U+FFFF) stand in another order than in UTF-8. */
const OTHER_ORDER = /[\ud800-\uffff]/;

/** The same items, ascending by the UTF-8 bytes of their paths. */
export async function* inByteOrder(items: AsyncIterable<ListedObject>): AsyncGenerator<ListedObject, void, undefined> {
  let gathered: ListedObject[] = [];
  let start: string | undefined;
  for await (const item of items) {
    if (start !== undefined && !isOfGroup(item.path, start)) {
      yield* gathered.sort((left, right) => compareObjectPaths(left.path, right.path));
      gathered = [];
      start = undefined;
    }
    const at = item.path.search(OTHER_ORDER);
    if (start === undefined && at < 0) {
      yield item;
    } else {
      start ??= item.path.slice(0, at);
      gathered.push(item);
    }
  }
  yield* gathered.sort((left, right) => compareObjectPaths(left.path, right.path));
}

/** Whether a path begins like the group, and goes on by a unit that the two orders place differently. */
function isOfGroup(path: string, start: string): boolean {
  return path.startsWith(start) && OTHER_ORDER.test(path.charAt(start.length));
}
