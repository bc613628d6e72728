// The S3 server that s3-write.mjs writes to, in a process of its own: it counts and checks bytes and forgets them. Tells its
// parent where it listens, and on demand what it holds.
import { FakeS3Server } from "@slate-sst/object-store-s3/testing";

const server = await FakeS3Server.start({ discard: true });
server.bucket("bucket");
process.send?.({ endpoint: server.endpoint });
process.on("message", () => {
  const { objects, uploads } = server.bucket("bucket");
  const held = [...objects].map(([key, { size, crc32, etag }]) => ({ key, size, crc32, parts: Number(etag.split("-")[1] ?? 0) }));
  process.send?.({ held, uploads: uploads.size, requests: server.plan.count() });
  server.requests = [];
});
process.on("disconnect", () => process.exit(0));
