// The store passes the contract on Azurite.
import { objectStoreContract } from "@slate-sst/object-store/contract";
import { afterAll, beforeAll, describe, it } from "vitest";
import { AzureObjectStore } from "../src/index.js";
import { startAzurite, type Azurite } from "../src/testing/index.js";

let azurite: Azurite;
let containers = 0;

beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(async () => {
  await azurite.stop();
});

objectStoreContract({
  name: "azurite", capabilities: new AzureObjectStore({ container: "container", account: "account" }).capabilities,
  extraNames: ["a?b=c", "a*b", "a:b", "a|b", "<a>", 'a"b'], describe, it,
  create: async () => {
    const container = `container-${(containers += 1)}`;
    const { endpoint, credential } = azurite;
    await azurite.createContainer(container);
    const open = (): AzureObjectStore => new AzureObjectStore({ container, endpoint, credential });
    return { store: open(), reopen: async () => open(), dispose: async () => undefined };
  },
});
