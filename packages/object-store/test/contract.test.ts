// The stores of this package, and its decorators in front of them, pass the contract.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import { LocalObjectStore, MEMORY_CAPABILITIES, MemoryObjectStore, type ObjectStore, type StoreCapabilities, type UploadCapabilities } from "../src/index.js";
import { objectStoreContract, type ContractSubject } from "../src/contract/index.js";
import { FailingObjectStore, RecordingObjectStore } from "../src/testing/index.js";

// No Windows file system takes these.
const extraNames = process.platform === "win32" ? [] : ["a?b=c", "a*b", "a:b", "a|b", "<a>", 'a"b', "a."];

const LOCAL_CAPABILITIES = new LocalObjectStore(".").capabilities;

let names = 0;

async function memory(capabilities?: StoreCapabilities): Promise<ContractSubject> {
  const name = `contract-${(names += 1)}`;
  return {
    store: new MemoryObjectStore({ name, capabilities }),
    reopen: async () => new MemoryObjectStore({ name, capabilities }),
    dispose: async () => undefined,
  };
}

async function local(options?: { fsync: boolean }): Promise<ContractSubject> {
  const root = await mkdtemp(join(tmpdir(), "slate-sst-contract-"));
  return {
    store: new LocalObjectStore(root, options),
    reopen: async () => new LocalObjectStore(root, options),
    dispose: async () => await rm(root, { recursive: true }),
  };
}

function decorated(subject: ContractSubject, decorate: (inner: ObjectStore) => ObjectStore): ContractSubject {
  return { ...subject, store: decorate(subject.store), reopen: async () => decorate(await subject.reopen()) };
}

function withUploads(changes: Partial<UploadCapabilities>): StoreCapabilities {
  return { ...MEMORY_CAPABILITIES, uploads: MEMORY_CAPABILITIES.uploads && { ...MEMORY_CAPABILITIES.uploads, ...changes } };
}

objectStoreContract({ name: "memory", capabilities: MEMORY_CAPABILITIES, create: async () => await memory(), extraNames, describe, it });
objectStoreContract({ name: "local", capabilities: LOCAL_CAPABILITIES, create: async () => await local(), extraNames, describe, it });
objectStoreContract({
  name: "local with fsync", capabilities: LOCAL_CAPABILITIES, create: async () => await local({ fsync: true }), manyObjects: 50, extraNames, describe, it,
});
objectStoreContract({
  name: "recording", capabilities: MEMORY_CAPABILITIES, extraNames, describe, it,
  create: async () => decorated(await memory(), (inner) => new RecordingObjectStore(inner)),
});
objectStoreContract({
  name: "failing, without a rule", capabilities: MEMORY_CAPABILITIES, extraNames, describe, it,
  create: async () => decorated(await memory(), (inner) => new FailingObjectStore(inner)),
});

// Stores that can do less are played by memory stores, so that the refusals of the contract are seen to be passed as well.
const LESSER: Record<string, StoreCapabilities> = {
  "no create, no metadata, no checksums": { ...withUploads({ create: false, objectChecksums: [] }), putCreate: false, metadataSizeMax: 0, checksums: [] },
  "no uploads": { ...MEMORY_CAPABILITIES, uploads: undefined },
  "parts in order only, none replaced, nothing listed": withUploads({
    parallelParts: false, replaceParts: false, listParts: false, listUploads: false, abort: false, partSizeStep: 512, partSizeMin: 512,
  }),
  "limits of S3, smaller": withUploads({ partsMax: 12, partSizeMin: 5000, partSizeMax: 50_000, objectSizeMax: 100_000 }),
};

for (const [name, capabilities] of Object.entries(LESSER)) {
  objectStoreContract({ name: `memory with ${name}`, capabilities, create: async () => await memory(capabilities), extraNames, describe, it });
}
