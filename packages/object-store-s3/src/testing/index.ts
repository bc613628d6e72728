export { FakeS3Server, type FakeS3Options, type SeenRequest } from "./fake-s3-server.js";
export type { FakeTraits } from "./fake-s3-operations.js";
export type { FakeBucket, FakeObject, FakePart, FakeUpload } from "./fake-s3-state.js";
export { newBucket, serverAccess, type ServerAccess } from "./real-server.js";
