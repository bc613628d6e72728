// Whoever listens to a writer is told of events here. Nobody who listens can disturb the writer.
import { invalidOption } from "@slate-sst/format";
import type { Channel } from "node:diagnostics_channel";
import { type Happening, KEY_FIELDS, type SstWriterEvent, type SstWriterEventOf, type SstWriterEventType } from "./events.js";
import { CHANNEL_PREFIX, EVENTS } from "./generated/telemetry.js";
import type { SstProgress } from "./progress.js";

type Listener = (event: SstWriterEvent) => unknown;

export interface EmitterOptions {
  readonly store: string;
  readonly path: string;
  /** Whether events show keys. */
  readonly keys: boolean;
  readonly progress: () => SstProgress;
}

/**
 * Tells listeners, and the channels of node:diagnostics_channel, of events. They are told between the steps of the program that
 * writes, not inside a call: a listener may call the writer.
 */
export class EventEmitter {
  readonly #options: EmitterOptions;
  readonly #listeners = new Set<Listener>();
  /** Listeners that have been reported for throwing, so that one of them does not flood the others. */
  readonly #reported = new WeakSet<object>();

  constructor(options: EmitterOptions) {
    this.#options = options;
  }

  /** Adds a listener for one kind of event. @returns takes it away again. @throws SstTypeError for an event that there is not. */
  on<Type extends SstWriterEventType>(type: Type, listener: (event: SstWriterEventOf<Type>) => unknown): () => void {
    if (typeof type !== "string" || !Object.hasOwn(EVENTS, type)) throw invalidOption("type", type, `one of ${Object.keys(EVENTS).join(", ")}`);
    if (typeof listener !== "function") throw invalidOption("listener", listener, "a function");
    return this.onAny((event) => (event.type === type ? listener(event as SstWriterEventOf<Type>) : undefined));
  }

  /** Adds a listener for all events. @returns takes it away again. */
  onAny(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Tells of what has happened, after the call under way. Costs nothing when nobody listens. */
  emit(happening: Happening): void {
    const channel = channels?.[happening.type];
    if (this.#listeners.size === 0 && channel?.hasSubscribers !== true) return;
    queueMicrotask(() => {
      const { store, path, keys, progress } = this.#options;
      const event = { ...(keys ? happening : withoutKeys(happening)), store, path, progress: progress() } as SstWriterEvent;
      // A channel reports what its subscribers throw by itself.
      channel?.publish(event);
      for (const listener of this.#listeners) this.guard(listener, () => listener(event));
    });
  }

  /** Calls somebody who listens. What is thrown, or rejected, is told once: to the others as a warning, and to the process. */
  guard(listener: object, call: () => unknown): void {
    try {
      const answer = call();
      if (answer instanceof Promise) answer.catch((error: unknown) => this.#report(listener, error));
    } catch (error) {
      this.#report(listener, error);
    }
  }

  #report(listener: object, error: unknown): void {
    if (this.#reported.has(listener)) return;
    this.#reported.add(listener);
    const message = `a listener of the writer of ${this.#options.path} failed, which changes nothing else: ${error instanceof Error ? error.message : String(error)}`;
    this.emit({ type: "warning", code: "listener_failed", message, error });
    if (typeof globalThis.process?.emitWarning === "function") globalThis.process.emitWarning(message, { type: "SlateSstWarning", code: "listener_failed" });
    else console.warn(message);
  }
}

const channels = openChannels();

/** Node's channels, one for each event; undefined where there are none, as in browsers. */
export function openChannels(): Readonly<Record<SstWriterEventType, Channel>> | undefined {
  const node = globalThis.process?.getBuiltinModule?.("node:diagnostics_channel");
  if (node === undefined) return undefined;
  return Object.fromEntries(Object.keys(EVENTS).map((type) => [type, node.channel(CHANNEL_PREFIX + type)])) as Record<SstWriterEventType, Channel>;
}

function withoutKeys(happening: Happening): Happening {
  const hidden: readonly string[] = KEY_FIELDS[happening.type as keyof typeof KEY_FIELDS] ?? [];
  return hidden.length === 0 ? happening : (Object.fromEntries(Object.entries(happening).filter(([name]) => !hidden.includes(name))) as unknown as Happening);
}
