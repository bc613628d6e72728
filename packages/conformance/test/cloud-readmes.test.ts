// The samples in the READMEs of the clouds' packages run as they stand there, on servers of this machine. Only where the server is
// is added to the URL that a sample opens, and taken out of what it prints.
import { readFile } from "node:fs/promises";
import * as objectStore from "@slate-sst/object-store";
import { startAzurite } from "@slate-sst/object-store-azure/testing";
import { FakeGcsServer } from "@slate-sst/object-store-gcs/testing";
import { FakeS3Server } from "@slate-sst/object-store-s3/testing";
import { SstReader } from "@slate-sst/reader";
import * as writer from "@slate-sst/writer";
import { afterEach, describe, expect, it, vi } from "vitest";

const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (...text: string[]) => (...values: unknown[]) => Promise<void>;

interface Place {
  /** The URL of the sample, and the one that it is opened by here. */
  readonly replaced: string;
  readonly by: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

const places: Readonly<Record<string, () => Promise<Place>>> = {
  async s3() {
    const server = await FakeS3Server.start();
    server.bucket("my-bucket");
    const replaced = "s3://my-bucket/data?region=eu-central-1";
    const environment = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "secret" };
    return { replaced, by: `${replaced}&endpoint=${server.endpoint}&provider=aws`, environment, stop: async () => await server.stop() };
  },
  async gcs() {
    const server = await FakeGcsServer.start();
    server.bucket("my-bucket");
    const replaced = "gs://my-bucket/data";
    return { replaced, by: `${replaced}?endpoint=${server.endpoint}&anonymous=true`, stop: async () => await server.stop() };
  },
  async azure() {
    const azurite = await startAzurite();
    await azurite.createContainer("my-container");
    const account = new URL(azurite.endpoint).pathname.slice(1);
    return {
      replaced: "az://my-container/data?account=myaccount", by: `az://my-container/data?account=${account}&endpoint=${azurite.endpoint}`,
      environment: { AZURE_STORAGE_KEY: azurite.key }, stop: async () => await azurite.stop(),
    };
  },
};

afterEach(() => vi.unstubAllEnvs());

describe("the sample in the README of", () => {
  it.each(Object.keys(places))("object-store-%s prints what it says, and its SST can be read", async (name) => {
    const readme = await readFile(new URL(`../../object-store-${name}/README.md`, import.meta.url), "utf8");
    const samples = [...readme.matchAll(/```(?:js|ts)\n([^]*?)```/g)].map(([, code]) => code!);
    expect(samples).toHaveLength(1);
    const { replaced, by, environment = {}, stop } = await places[name]!();
    try {
      for (const [variable, value] of Object.entries(environment)) vi.stubEnv(variable, value);
      const openStore = async (url: string): Promise<objectStore.ObjectStore> => {
        expect(url).toBe(replaced);
        return await objectStore.openStore(by);
      };
      const modules = { "@slate-sst/object-store": { ...objectStore, openStore }, "@slate-sst/writer": writer };
      const body = samples[0]!.replaceAll(/import (\{[^}]*\}) from "([^"]*)";/g, 'const $1 = modules["$2"];');
      const printed: string[] = [];
      await new AsyncFunction("modules", "console", body)(modules, { log: (line: unknown) => printed.push(String(line).replace(by, replaced)) });
      expect(printed).toEqual([...samples[0]!.matchAll(/^\/\/ prints: (.*)$/gm)].map(([, line]) => line));
      const reader = await SstReader.open(await objectStore.openStore(by), "fruit.sst");
      const rows = [];
      for await (const { key } of reader.scan()) rows.push(new TextDecoder().decode(key));
      expect(rows).toEqual(["apple", "banana"]);
    } finally {
      await stop();
    }
  });
});
