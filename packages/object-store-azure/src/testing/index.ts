export { startAzurite, type Azurite } from "./azurite.js";
export { FaultProxy } from "./fault-proxy.js";
