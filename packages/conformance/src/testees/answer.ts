// What a testee is: a function from questions to answers.
import { create, type MessageInitShape } from "@slate-sst/format/proto";
import { type ConformanceRequest, type ConformanceResponse, ConformanceResponseSchema, type ConformanceValue } from "@slate-sst/format/proto/conformance";

export type Outcome = NonNullable<Exclude<MessageInitShape<typeof ConformanceResponseSchema>, ConformanceResponse>["outcome"]>;

/** Answers a question; what it throws is a failure of the testee. */
export type Testee = (request: ConformanceRequest) => Promise<Outcome>;

export const encoded = (bytes: Uint8Array): Outcome => ({ case: "encoded", value: bytes });
export const decoded = (value: ConformanceValue): Outcome => ({ case: "decoded", value });
export const skipped = (why: string): Outcome => ({ case: "skipped", value: why });
export const rejected = (message: string, rules: readonly string[] = []): Outcome => ({ case: "rejected", value: { message, rules: [...rules] } });

/** The answer as a message, whatever the testee does. */
export async function respond(testee: Testee, request: ConformanceRequest): Promise<ConformanceResponse> {
  let outcome: Outcome;
  try {
    outcome = await testee(request);
  } catch (error) {
    outcome = { case: "failure", value: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  return create(ConformanceResponseSchema, { caseId: request.caseId, outcome });
}
