// All forgeries of single SSTs.
import { blockForgeries } from "./block-cases.js";
import { compressionForgeries } from "./compression-cases.js";
import { configForgeries } from "./config-cases.js";
import { fileForgeries } from "./file-cases.js";
import { filterForgeries } from "./filter-cases.js";
import type { Forgery } from "./forgery.js";
import { indexForgeries } from "./index-cases.js";
import { infoForgeries } from "./info-cases.js";
import { orderForgeries } from "./order-cases.js";
import { rowForgeries } from "./row-cases.js";
import { statsForgeries } from "./stats-cases.js";
import { walForgeries } from "./wal-cases.js";

export type { BaseName, ExpectedFinding, Forged, Forgery } from "./forgery.js";
export { takeApart, putTogether, type SstChanges, type SstParts } from "./forged-sst.js";

export const FORGERIES: readonly Forgery[] = [
  ...fileForgeries, ...infoForgeries, ...indexForgeries, ...blockForgeries, ...rowForgeries, ...orderForgeries, ...filterForgeries, ...statsForgeries, ...walForgeries, ...compressionForgeries, ...configForgeries,
];
