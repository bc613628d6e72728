// For adapters of services that are reached by HTTP.
export { damagedOnTheWay } from "./damaged-body.js";
export { codeOfStatus, isPassingStatus, NETWORK_FAILURES } from "./network-errors.js";
export { ObjectReads, type AskedRange, type OpenedBody, type ReadRequests } from "./object-reads.js";
