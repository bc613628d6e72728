export type { DatabaseProgress, VerifyDatabaseOptions } from "./options.js";
export type { CheckedManifest, CheckedSst, DatabaseFeature, DatabaseResult, NotChecked } from "./result.js";
export { DatabaseVerification, verifyDatabase } from "./verify-database.js";
