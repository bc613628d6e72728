// All contests, in the order in which they are run.
import type { Contest } from "../contest.js";
import { bindingWriteContest } from "./binding-write.js";
import { identityContest } from "./identity.js";
import { memoryContest } from "./memory.js";
import { processContest } from "./process.js";
import { scanContest } from "./scan.js";
import { rowsContest, valuesContest } from "./series.js";
import { verifyLoopContest } from "./verify-loop.js";
import { verifyProcessContest } from "./verify-process.js";
import { writeContests } from "./write.js";

export const CONTESTS: readonly Contest[] = [
  identityContest, ...writeContests, bindingWriteContest, processContest, verifyProcessContest, verifyLoopContest, scanContest, memoryContest, rowsContest, valuesContest,
];
