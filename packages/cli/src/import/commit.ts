// `slate-sst commit`: what many machines have written becomes one new database.
import { readFile } from "node:fs/promises";
import { compareBytes } from "@slate-sst/format";
import { fromJson, SstMetadataSchema, type SstMetadata } from "@slate-sst/format/proto";
import { createDatabase, removeOtherSsts } from "@slate-sst/ingest";
import { splitPlace } from "@slate-sst/ingest/import";
import { openStore } from "@slate-sst/object-store";
import { CliError, type CliIo, errorLine, type Output } from "@slate-sst/verify/command-line";
import type { CommitOptions } from "../command.js";

/** @throws CliError, OutputError, StoreError, SstError. */
export async function commit(files: readonly string[], { db, manifestVersion, discardOthers }: CommitOptions, io: CliIo, stdout: Output): Promise<void> {
  const ssts: SstMetadata[] = [];
  for (const file of files) ssts.push(...parse(file, await readText(file, io)));
  ssts.sort((a, b) => compareBytes(a.firstKey, b.firstKey));
  const { storeUrl, path: root } = splitPlace(db);
  const store = await openStore(storeUrl);
  if (discardOthers === true) await removeOtherSsts(store, root, ssts);
  const { manifestPath, sstCount, rowCount } = await createDatabase(store, root, ssts, { manifestVersion });
  await stdout.write(`${JSON.stringify({ manifestPath, sstCount, rowCount: String(rowCount) })}\n`);
}

async function readText(file: string, { stdin, isTTY }: CliIo): Promise<string> {
  if (file !== "-") {
    return await readFile(file, "utf8").catch((cause: unknown) => {
      throw new CliError(`cannot read ${file}: ${errorLine(cause)}`, { cause });
    });
  }
  if (isTTY.stdin) throw new CliError("standard input is a terminal: send metadata to it, or name a file");
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of stdin) text += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
  return text;
}

/** One SstMetadata, an array of them, or one a line. */
function parse(file: string, text: string): SstMetadata[] {
  const values = jsonValues(file, text).flat();
  if (values.length === 0) throw new CliError(`${file}: it holds no metadata`);
  return values.map((value, index) => {
    try {
      return fromJson(SstMetadataSchema, value as Parameters<typeof fromJson>[1]);
    } catch (cause) {
      throw new CliError(`${file}: entry ${index + 1} is no SstMetadata: ${errorLine(cause)}`, { cause });
    }
  });
}

function jsonValues(file: string, text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    // One a line.
  }
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    try {
      return [JSON.parse(line) as unknown];
    } catch (cause) {
      throw new CliError(`${file}:${index + 1}: not JSON: ${errorLine(cause)}`, { cause });
    }
  });
}
