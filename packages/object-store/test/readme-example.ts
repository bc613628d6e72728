// The README's example, as it stands there.
import { LocalObjectStore } from "@slate-sst/object-store";

/** What the example prints, with a folder of the caller's in place of the one shown. */
export async function example(root: string, print: (...values: unknown[]) => void): Promise<void> {
  // begin
  const store = new LocalObjectStore(root); // or new MemoryObjectStore(), or await openStore("file:///srv/data?fsync=true")
  await store.put("greetings/en", new TextEncoder().encode("hello"), { mode: "create" });

  const { uploadId } = await store.createUpload("greetings/all", { mode: "create", partSize: 1024 });
  const parts = [
    await store.uploadPart("greetings/all", uploadId, 1, new Uint8Array(1024)),
    await store.uploadPart("greetings/all", uploadId, 2, new Uint8Array(10)),
  ];
  await store.completeUpload("greetings/all", uploadId, parts, { mode: "create" }); // seen from here on, as a whole

  for await (const { path, size } of store.list("greetings/")) print(path, size);
  print(await store.getRange("greetings/en", 1, 3));
  // end
}
