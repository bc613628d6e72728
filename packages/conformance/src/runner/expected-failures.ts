// The list of cases that a testee is known to fail: one id a line, a reason behind `#`. It may only shrink: a case that
// does not fail any more has to leave it.

/** Ids and their reasons. */
export type ExpectedFailures = ReadonlyMap<string, string>;

/** @throws RangeError for a line that is no id, one without a reason, or an id that stands twice. */
export function parseExpectedFailures(text: string): ExpectedFailures {
  const expected = new Map<string, string>();
  for (const [i, line] of text.split("\n").entries()) {
    const [, id, reason] = /^\s*([^\s#]*)\s*(?:#\s*(.*?))?\s*$/.exec(line) ?? [];
    if (id === "") continue;
    const place = `line ${i + 1} of the expected failures`;
    if (id === undefined) throw new RangeError(`${place} is no id of a case: ${line.trim()}`);
    if (reason === undefined || reason === "") throw new RangeError(`${place}: ${id} needs a reason, behind a #`);
    if (expected.has(id)) throw new RangeError(`${place}: ${id} stands there twice`);
    expected.set(id, reason);
  }
  return expected;
}
