export { SstError, SstTypeError, SstRangeError, isSstError, type ErrorDetails, type SstErrorOptions } from "./errors.js";
export { ERROR_CATALOGUE, type ErrorCode, type StoreErrorCode } from "./generated/errors.js";
