// `sst-verify --explain`: one SST as a tree of its bytes.
import { explainText } from "../explain/index.js";
import { CliError, type CliIo, EXIT_SOUND, type Output } from "./cli-io.js";
import { findTarget } from "./targets.js";

/** Prints the tree, or what holds one byte. Damage is shown in it and is no reason to fail: the tree is there to look at it. @throws CliError, OutputError, StoreError */
export async function explainTarget(named: string, at: number | undefined, io: CliIo, stdout: Output): Promise<number> {
  const { files } = await findTarget(named, io);
  const [file] = files;
  if (file === undefined || files.length > 1) throw new CliError(`--explain is for one SST, and ${files.length} lie below ${named}`);
  for await (const text of explainText(file.store, file.objectPath, { signal: stdout.gone, at })) await stdout.write(text);
  await stdout.flush();
  return EXIT_SOUND;
}
