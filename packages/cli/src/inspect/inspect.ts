// `slate-sst inspect`: what an SST or a database holds, as text or as one InspectReport.
import { create, type InspectReport, InspectReportSchema, toJson } from "@slate-sst/format/proto";
import { type CliIo, newProgress, type Output, type Progress } from "@slate-sst/verify/command-line";
import type { InspectOptions } from "../command.js";
import { openSource, type Source } from "../source.js";
import { TOOL_NAME, TOOL_VERSION } from "../version.js";
import { Contents } from "./contents.js";
import { databaseInspection } from "./inspect-database.js";
import { sstInspection } from "./inspect-sst.js";
import { databaseText, sstText } from "./text.js";

type Target = InspectReport["target"];

/** @throws CliError, OutputError, StoreError, SstError. */
export async function inspect(target: string, { json, quiet, manifest }: InspectOptions, io: CliIo, stdout: Output): Promise<void> {
  const source = await openSource(target, io, { manifest, signal: stdout.gone });
  const progress = await newProgress(io, quiet === true);
  let text: string;
  try {
    text = await describe(source, json === true, stdout.gone, progress);
  } finally {
    progress.stop();
  }
  await stdout.write(text);
}

async function describe(source: Source, json: boolean, signal: AbortSignal, progress: Progress): Promise<string> {
  if ("sst" in source) {
    const { sst, file } = source;
    const contents = new Contents();
    let bytes = 0;
    await contents.read(sst, signal, (length) => progress.set((bytes += length), sst.size, ""));
    const value = await sstInspection(file.path, sst, contents);
    return json ? reportJson({ case: "sst", value }) : sstText(value);
  }
  const { database, place } = source;
  const value = await databaseInspection(place.root.path, database, signal, progress);
  return json ? reportJson({ case: "database", value }) : databaseText(value);
}

function reportJson(target: Target): string {
  const report = create(InspectReportSchema, { tool: { name: TOOL_NAME, version: TOOL_VERSION }, target });
  return `${JSON.stringify(toJson(InspectReportSchema, report, { alwaysEmitImplicit: true }))}\n`;
}
