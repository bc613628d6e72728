export type { FakeGcsBucket } from "./fake-gcs-bucket.js";
export { FakeGcsServer, newBucketName, type FakeGcsOptions } from "./fake-gcs-server.js";
