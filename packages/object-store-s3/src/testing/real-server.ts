// Real S3 servers for tests: how to reach one that a script has started, and buckets on it.
import { existsSync, readFileSync } from "node:fs";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";

/** How to reach a server. */
export interface ServerAccess {
  /** URL of the server. */
  readonly endpoint: string;
  /** Who asks. */
  readonly accessKeyId: string;
  /** The secret that signs. */
  readonly secretAccessKey: string;
}

/** Set to make missing servers an error instead of a skipped test. */
const REQUIRED = "SLATE_SST_REQUIRE_RADOSGW";

/**
 * The server whose access a script wrote to a file, if it answers. Otherwise says on the console what is skipped and how to
 * change that, or, with SLATE_SST_REQUIRE_RADOSGW set, throws.
 */
export async function serverAccess(file: string, skipped: string): Promise<ServerAccess | undefined> {
  const access = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as ServerAccess) : undefined;
  if (access !== undefined && (await answers(access.endpoint))) return access;
  const says = `${skipped}: radosgw is not running (npm run stores:up installs and starts it)`;
  if (process.env[REQUIRED] !== undefined) throw new Error(says);
  console.warn(`SKIPPED ${says}`);
  return undefined;
}

/** Makes a bucket of a name that nobody has used. */
export async function newBucket({ endpoint, ...credentials }: ServerAccess): Promise<string> {
  const client = new S3Client({ endpoint, credentials, region: "us-east-1", forcePathStyle: true });
  const Bucket = `test-${Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  client.destroy();
  return Bucket;
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    await (await fetch(endpoint)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
