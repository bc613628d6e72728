// `slate-sst uploads`: uploads that were begun and not finished, told apart by their journals, and removed when asked.
import { create, toJson, UploadAction, UploadsReportSchema, UploadState } from "@slate-sst/format/proto";
import { LocalObjectStore, type ObjectStore, openStore } from "@slate-sst/object-store";
import { harmless, type Output } from "@slate-sst/verify/command-line";
import { findUploads, type JournalPlace, removeUpload, type UnfinishedUpload } from "@slate-sst/writer";
import type { UploadsOptions } from "../command.js";
import { TOOL_NAME, TOOL_VERSION } from "../version.js";

/** How a URL begins: its scheme is longer than a drive's letter. */
const URL_START = /^[a-z][a-z0-9+.-]+:/i;

const MS_PER_HOUR = 3_600_000;
const HOURS_PER_DAY = 24;

const states = { resumable: UploadState.RESUMABLE, orphaned: UploadState.ORPHANED, foreign: UploadState.FOREIGN } as const;

/** @throws StoreError, SstError, OutputError. */
export async function uploads(target: string, { journals, olderThan, json, abort }: UploadsOptions, stdout: Output): Promise<void> {
  const store = await openNamed(target);
  const place: JournalPlace = URL_START.test(journals) ? { store: await openStore(journals), prefix: "" } : { store, prefix: journals.replace(/\/+$/, "") };
  const now = Date.now();
  const done: { readonly upload: UnfinishedUpload; readonly action: UploadAction }[] = [];
  for (const upload of await findUploads(store, place, { signal: stdout.gone })) {
    const isOld = olderThan === undefined || now - upload.lastActive.getTime() >= olderThan;
    if (abort === undefined && !isOld) continue;
    const isChosen = abort !== undefined && isOld && upload.state !== "foreign";
    if (isChosen && abort === "remove") await removeUpload(store, place, upload);
    done.push({ upload, action: !isChosen ? UploadAction.UNSPECIFIED : abort === "remove" ? UploadAction.REMOVED : UploadAction.PLANNED });
  }
  if (json === true) {
    await stdout.write(reportJson(store, done));
    return;
  }
  for (const { upload, action } of done) await stdout.write(`${line(upload, action, now)}\n`);
  if (done.length === 0) await stdout.write("no unfinished uploads\n");
  if (done.some(({ action }) => action === UploadAction.PLANNED)) await stdout.write("nothing was removed: this was a dry run; --yes removes them\n");
}

async function openNamed(name: string): Promise<ObjectStore> {
  return URL_START.test(name) ? await openStore(name) : new LocalObjectStore(name);
}

function line({ state, reason, path, lastActive }: UnfinishedUpload, action: UploadAction, now: number): string {
  const verb = { [UploadAction.UNSPECIFIED]: "", [UploadAction.PLANNED]: "would remove ", [UploadAction.REMOVED]: "removed " }[action];
  return `${verb}${state.padEnd("resumable".length)}  ${ageText(now - lastActive.getTime()).padStart("999d".length)}  ${harmless(path ?? "(unknown path)")}  ${reason}`;
}

function ageText(milliseconds: number): string {
  const hours = Math.max(0, Math.floor(milliseconds / MS_PER_HOUR));
  return hours < 2 * HOURS_PER_DAY ? `${hours}h` : `${Math.floor(hours / HOURS_PER_DAY)}d`;
}

function reportJson(store: ObjectStore, done: readonly { readonly upload: UnfinishedUpload; readonly action: UploadAction }[]): string {
  const isSecret = store.capabilities.uploads?.secretIds === true;
  const report = create(UploadsReportSchema, {
    tool: { name: TOOL_NAME, version: TOOL_VERSION },
    uploads: done.map(({ upload: { state, reason, path, uploadId, journal, lastActive, rows }, action }) => ({
      state: states[state], reason, path: path ?? "", lastActiveAt: BigInt(lastActive.getTime()), rows: BigInt(rows), action,
      ...(uploadId === undefined || isSecret ? {} : { uploadId }), ...(journal === undefined ? {} : { journal }),
    })),
  });
  return `${JSON.stringify(toJson(UploadsReportSchema, report, { alwaysEmitImplicit: true }))}\n`;
}
