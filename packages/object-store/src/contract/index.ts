export { objectStoreContract, objectStoreContractCases, type ContractCase, type ContractFramework, type ContractOptions } from "./contract.js";
export type { ContractSubject } from "./contract-case.js";
export { ContractError } from "./expect.js";
