// The errors: a stable code, facts for machines, the first cause, and a class of its own for each kind of mistake.
import { describe, expect, it } from "vitest";
import { isSstError, SstError, SstRangeError, SstTypeError } from "../src/errors.js";

describe.each([
  [SstError, "SstError", Error], [SstTypeError, "SstTypeError", TypeError], [SstRangeError, "SstRangeError", RangeError],
] as const)("%s", (Class, name, base) => {
  it("has a name, a code, a message, and nothing that it was not given", () => {
    const error = new Class("ERR_SST_CORRUPT", "it is broken");
    expect(error).toBeInstanceOf(base);
    expect([error.name, error.code, error.message, error.details]).toEqual([name, "ERR_SST_CORRUPT", "it is broken", {}]);
    expect("cause" in error).toBe(false);
  });

  it("carries details and the cause, also one that is undefined", () => {
    const cause = new Error("first");
    const error = new Class("ERR_SST_CORRUPT", "it is broken", { details: { at: 7 }, cause });
    expect([error.details, error.cause]).toEqual([{ at: 7 }, cause]);
    expect("cause" in new Class("ERR_SST_CORRUPT", "it is broken", { cause: undefined })).toBe(true);
  });

  it("is known as one of ours, by any code or by its own", () => {
    const error = new Class("ERR_SST_CORRUPT", "it is broken");
    expect([isSstError(error), isSstError(error, "ERR_SST_CORRUPT"), isSstError(error, "ERR_SST_STATE")]).toEqual([true, true, false]);
  });
});

it("other values are none of ours", () => {
  for (const value of [new Error("x"), new TypeError("x"), { code: "ERR_SST_CORRUPT" }, "ERR_SST_CORRUPT", null, undefined]) {
    expect([isSstError(value), isSstError(value, "ERR_SST_CORRUPT")]).toEqual([false, false]);
  }
});
