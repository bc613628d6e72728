// Multipart uploads of local stores. Parts go straight to their offset in one file, which completion publishes as it is: each
// byte is written once. Parts that another store object received (before a crash, in another process) are copied into that
// file first. Completion can be called again after a crash, also when the object was published already: the object and a data
// file of the upload are then the same file.
import type { StoreCapabilities } from "../capabilities.js";
import { copyChecksum, verifyCrc32, verifyPartsCrc32 } from "../checksum.js";
import { bodySize } from "../object-body.js";
import { compareObjectPaths } from "../object-path.js";
import type {
  CallOptions, CompleteUploadOptions, CreatedUpload, CreateUploadOptions, ObjectBody, PartReceipt, PutResult, UploadInfo, UploadPartOptions,
} from "../object-store.js";
import { randomId } from "../random-id.js";
import { StoreError } from "../store-error.js";
import { assertCompleteUpload, assertCreateUpload, assertListUploads, assertUploadCall, assertUploadPart } from "../upload-checks.js";
import { assertCompletion, assertPartOfUpload, uploadNotFound, type UploadTerms } from "../upload-rules.js";
import { writeBody } from "./file-bytes.js";
import { isSystemError } from "./file-errors.js";
import { KeptFile } from "./kept-file.js";
import { syncFolder, type LocalRoot } from "./local-root.js";
import type { LocalStaging } from "./local-staging.js";
import type { NodeModules } from "./node.js";
import { publishUpload } from "./publish-upload.js";
import { UploadFolder } from "./upload-folder.js";
import { UploadGate } from "./upload-gate.js";

/** What a store object remembers of an upload it works on. */
interface Session {
  readonly terms: UploadTerms;
  readonly files: UploadFolder;
  readonly gate: UploadGate;
  /** Names the data file of this store object. Nothing is written to one again that a completion may have published. */
  dataId: string;
  data: KeptFile;
  /** Numbers of parts that have a receipt and lie in that data file. */
  readonly received: Set<number>;
}

/** Closes what a session has open. Nothing is under way. */
async function closeFiles({ files, data }: Session): Promise<void> {
  await Promise.all([files.close(), data.close()]);
}

export class LocalUploads {
  readonly #node: NodeModules;
  readonly #root: LocalRoot;
  readonly #staging: LocalStaging;
  readonly #capabilities: StoreCapabilities;
  readonly #fsync: boolean;
  readonly #sessions = new Map<string, Session>();
  #parts = 0;

  constructor(node: NodeModules, root: LocalRoot, staging: LocalStaging, capabilities: StoreCapabilities, fsync: boolean) {
    this.#node = node;
    this.#root = root;
    this.#staging = staging;
    this.#capabilities = capabilities;
    this.#fsync = fsync;
  }

  /** Whether this store object works on uploads, as far as it knows. */
  get areOpen(): boolean {
    return this.#sessions.size > 0;
  }

  async create(path: string, options: CreateUploadOptions): Promise<CreatedUpload> {
    assertCreateUpload(this.#capabilities, path, options);
    const { mode, partSize, checksumAlgorithm } = options;
    await this.#root.assertReachable(path);
    const place = await this.#root.findPlace(path);
    const present = place === undefined ? undefined : await this.#root.statObject(place, path);
    if (mode === "create" && present !== undefined) throw new StoreError("ERR_STORE_ALREADY_EXISTS", `${path} exists already`, { path });
    const { uploadId, folder } = await this.#staging.createUploadFolder();
    const record = { path, mode, partSize, checksumAlgorithm, createdAt: new Date(), metadata: {} };
    const files = new UploadFolder(this.#node, folder, this.#fsync);
    try {
      await files.writeRecord(record);
    } catch (error) {
      await this.#staging.removeUpload(uploadId).catch(() => undefined);
      throw error;
    }
    this.#sessions.set(uploadId, this.#newSession(record, files));
    return { uploadId };
  }

  async uploadPart(path: string, uploadId: string, partNumber: number, body: ObjectBody, options: UploadPartOptions | undefined): Promise<PartReceipt> {
    assertUploadPart(this.#capabilities, path, uploadId, partNumber, body, options);
    const session = this.#sessions.get(uploadId) ?? (await this.#open(path, uploadId));
    if (session.terms.path !== path) throw uploadNotFound(path);
    const size = bodySize(body);
    assertPartOfUpload(session.terms, partNumber, size, options?.checksum);
    verifyCrc32(body, options?.checksum, path);
    try {
      return await session.gate.part(partNumber, async () => {
        await this.#writePart(session, partNumber, body, options?.signal);
        return await this.#receive(session, partNumber, size, options);
      });
    } catch (error) {
      if (!isSystemError(error, "ENOENT", "ENOTDIR")) throw error;
      // What it has open is closed when it has been idle for a while.
      this.#sessions.delete(uploadId);
      throw uploadNotFound(path, error);
    }
  }

  async *listParts(path: string, uploadId: string, options: CallOptions | undefined): AsyncGenerator<PartReceipt, void, undefined> {
    assertUploadCall(this.#capabilities, path, uploadId, options);
    const { files } = await this.#open(path, uploadId);
    const parts = [...(await files.readReceipts()).values()].sort((left, right) => left.partNumber - right.partNumber);
    for (const { partNumber, size, etag, checksum } of parts) yield { partNumber, size, etag, checksum };
  }

  async *listUploads(prefix: string, options: CallOptions | undefined): AsyncGenerator<UploadInfo, void, undefined> {
    assertListUploads(this.#capabilities, prefix, options);
    const found: UploadInfo[] = [];
    for (const { uploadId, folder } of await this.#staging.uploads()) {
      options?.signal?.throwIfAborted();
      const record = await new UploadFolder(this.#node, folder, false).readRecord();
      if (record?.path.startsWith(prefix) === true) found.push({ path: record.path, uploadId, createdAt: record.createdAt });
    }
    yield* found.sort((left, right) => compareObjectPaths(left.path, right.path));
  }

  async complete(path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions): Promise<PutResult> {
    assertCompleteUpload(this.#capabilities, path, uploadId, parts, options);
    const session = await this.#open(path, uploadId);
    return await session.gate.alone(async () => {
      try {
        await closeFiles(session);
        const etag = await this.#publish(session, path, uploadId, parts, options);
        this.#sessions.delete(uploadId);
        // The object is there: what can't be removed now is listed as an upload, and can be aborted.
        await this.#staging.removeUpload(uploadId).catch(() => undefined);
        return { etag };
      } catch (error) {
        Object.assign(session, this.#newData(session.files));
        session.received.clear();
        throw error;
      }
    });
  }

  async abort(path: string, uploadId: string, options: CallOptions | undefined): Promise<void> {
    assertUploadCall(this.#capabilities, path, uploadId, options);
    const session = this.#sessions.get(uploadId);
    if (session !== undefined && session.terms.path !== path) return;
    const remove = async (): Promise<void> => {
      const folder = await this.#staging.uploadFolder(uploadId);
      const record = folder === undefined ? undefined : await new UploadFolder(this.#node, folder, false).readRecord();
      if (record !== undefined && record.path !== path) return;
      if (session !== undefined) await closeFiles(session);
      await this.#staging.removeUpload(uploadId);
      this.#sessions.delete(uploadId);
    };
    await (session === undefined ? remove() : session.gate.alone(remove));
  }

  /** Whether a folder in the staging area is an upload that can be gone on with. */
  async isUpload(folder: string): Promise<boolean> {
    return (await new UploadFolder(this.#node, folder, false).readRecord()) !== undefined;
  }

  async #publish(session: Session, path: string, uploadId: string, parts: readonly PartReceipt[], options: CompleteUploadOptions): Promise<string> {
    const { terms, files } = await this.#open(path, uploadId);
    const received = await files.readReceipts();
    assertCompletion(terms, received, parts, options);
    verifyPartsCrc32(parts, options.checksum, path);
    const chosen = parts.flatMap((part) => received.get(part.partNumber) ?? []);
    return await publishUpload(this.#node, this.#root, {
      terms, files, parts: chosen, dataId: session.dataId, fsync: this.#fsync, signal: options.signal,
    });
  }

  async #writePart(session: Session, partNumber: number, body: ObjectBody, signal: AbortSignal | undefined): Promise<void> {
    const { terms, files, received } = session;
    if (received.delete(partNumber)) await files.appendWithdrawal(partNumber, session.dataId);
    await session.data.use(async (handle) => {
      await writeBody(handle, body, (partNumber - 1) * terms.partSize, signal);
      if (this.#fsync) await handle.datasync();
    });
  }

  async #receive(session: Session, partNumber: number, size: number, options: UploadPartOptions | undefined): Promise<PartReceipt> {
    this.#parts += 1;
    const receipt = { partNumber, size, etag: `"${session.dataId}-${this.#parts}"`, checksum: copyChecksum(options?.checksum) };
    await session.files.appendReceipt({ ...receipt, data: session.dataId });
    // The names of the log and of the data file, which the first part has made.
    if (this.#fsync && session.received.size === 0) await syncFolder(this.#node, session.files.folder);
    session.received.add(partNumber);
    return receipt;
  }

  #newSession(terms: UploadTerms, files: UploadFolder): Session {
    return { terms, files, gate: new UploadGate(), received: new Set(), ...this.#newData(files) };
  }

  #newData(files: UploadFolder): Pick<Session, "dataId" | "data"> {
    const { O_CREAT, O_WRONLY } = this.#node.constants;
    const dataId = randomId();
    return { dataId, data: new KeptFile(this.#node, files.dataFile(dataId), O_CREAT | O_WRONLY) };
  }

  /** The session of an upload that is there. */
  async #open(path: string, uploadId: string): Promise<Session> {
    const folder = await this.#staging.uploadFolder(uploadId);
    const files = folder === undefined ? undefined : new UploadFolder(this.#node, folder, this.#fsync);
    const terms = await files?.readRecord();
    const session = this.#sessions.get(uploadId);
    if (files === undefined || terms?.path !== path) {
      if (terms === undefined) this.#sessions.delete(uploadId);
      throw uploadNotFound(path);
    }
    if (session !== undefined) return session;
    const opened = this.#newSession(terms, files);
    this.#sessions.set(uploadId, opened);
    return opened;
  }
}
