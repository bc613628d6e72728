// The contract of object stores as a list of cases that any adapter runs against itself, under any test framework. What a
// store has to do is switched by its capabilities: where one is missing, the refusal is what is tested.
import type { StoreCapabilities, UploadCapabilities } from "../capabilities.js";
import type { CaseDefinition, ContractContext, ContractSubject } from "./contract-case.js";
import { ContractError, expectEqual } from "./expect.js";
import { listingCases } from "./listing-cases.js";
import { objectCases } from "./object-cases.js";
import { pathCases } from "./path-cases.js";
import { rangeCases } from "./range-cases.js";
import { signalCases } from "./signal-cases.js";
import { MANY_OBJECTS, PART_SIZE } from "./sizes.js";
import { uploadCases } from "./upload-cases.js";
import { uploadResumeCases } from "./upload-resume-cases.js";
import { uploadTermsCases } from "./upload-terms-cases.js";

/** Which store is held to the contract, and how. */
export interface ContractOptions {
  /** What the store is meant to do. That it says so itself is the first case. */
  readonly capabilities: StoreCapabilities;
  /** Makes an empty place for one case. */
  create(): Promise<ContractSubject>;
  /** Bytes of a part; unless given, 900 or the store's smallest. */
  readonly partSize?: number | undefined;
  /** Objects of a long listing; 1,100 unless given, more than stores list at once. */
  readonly manyObjects?: number | undefined;
  /** More object names to try, `?` and `*` for instance, which no Windows file system takes. */
  readonly extraNames?: readonly string[] | undefined;
}

/** One case of the contract. */
export interface ContractCase {
  /** The case's group and what holds. */
  readonly group: string;
  /** What holds, as a sentence. */
  readonly name: string;
  /** Resolves when the store passes. @throws ContractError with what was expected and what was seen */
  readonly run: () => Promise<void>;
}

/** How vitest, node:test and others take cases. */
export interface ContractFramework {
  /** Groups the cases. */
  readonly describe: (name: string, define: () => void) => unknown;
  /** Declares a case. */
  readonly it: (name: string, run: () => Promise<void>) => unknown;
}

const GROUPS: readonly (readonly [string, readonly CaseDefinition[]])[] = [
  ["objects", objectCases],
  ["ranges", rangeCases],
  ["listing", listingCases],
  ["paths", pathCases],
  ["uploads", uploadCases],
  ["uploads: resumed", uploadResumeCases],
  ["uploads: terms", uploadTermsCases],
  ["signals", signalCases],
];

/** The cases that a store with these capabilities has to pass. */
export function objectStoreContractCases(options: ContractOptions): ContractCase[] {
  const { capabilities } = options;
  const identity: CaseDefinition = {
    name: "the store says what it can do, and who it is",
    async run({ store, reopen }) {
      expectEqual(store.capabilities, capabilities, "capabilities");
      expectEqual((await reopen()).url, store.url, "URL of another store object for the same place");
    },
  };
  const groups: readonly (readonly [string, readonly CaseDefinition[]])[] = [["store", [identity]], ...GROUPS];
  return groups.flatMap(([group, cases]) => {
    const wanted = cases.filter(({ needs }) => needs === undefined || needs(capabilities));
    return wanted.map(({ name, run }) => ({ group, name, run: async () => await runCase(options, run) }));
  });
}

/** Hands the cases to a test framework. */
export function objectStoreContract(options: ContractOptions & ContractFramework & { readonly name: string }): void {
  const cases = objectStoreContractCases(options);
  options.describe(`object store contract: ${options.name}`, () => {
    for (const group of new Set(cases.map((known) => known.group))) {
      options.describe(group, () => {
        for (const { name, run } of cases.filter((known) => known.group === group)) options.it(name, run);
      });
    }
  });
}

async function runCase(options: ContractOptions, run: CaseDefinition["run"]): Promise<void> {
  const { capabilities, manyObjects = MANY_OBJECTS, extraNames = [] } = options;
  const subject = await options.create();
  try {
    const context: ContractContext = {
      store: subject.store,
      reopen: async () => await subject.reopen(),
      capabilities,
      get uploads(): UploadCapabilities {
        if (capabilities.uploads === undefined) throw new ContractError("the case needs uploads");
        return capabilities.uploads;
      },
      partSize: options.partSize ?? partSizeFor(capabilities.uploads),
      manyObjects,
      extraNames,
    };
    await run(context);
  } finally {
    await subject.dispose();
  }
}

function partSizeFor(uploads: UploadCapabilities | undefined): number {
  if (uploads === undefined) return PART_SIZE;
  return Math.ceil(Math.max(PART_SIZE, uploads.partSizeMin) / uploads.partSizeStep) * uploads.partSizeStep;
}
