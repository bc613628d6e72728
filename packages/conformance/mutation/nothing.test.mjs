// The file with which Vitest begins; the runner looks for the tests itself.
import { expect, it } from "vitest";

it("is there", () => expect(globalThis.mutation).toBeDefined());
