// A testee as a program: questions from standard input, answers to standard output, until the input ends.
import { decodeRequest, encodeResponse, frame, FrameSplitter, type Wire } from "../runner/frames.js";
import { respond, type Testee } from "./answer.js";

/** Serves one question after the other. @param args of the program; `--wire json` changes the form of messages */
export async function serve(testee: Testee, args: readonly string[] = process.argv.slice(2)): Promise<void> {
  const at = args.indexOf("--wire");
  const wire: Wire = at >= 0 && args[at + 1] === "json" ? "json" : "binary";
  const splitter = new FrameSplitter();
  for await (const piece of process.stdin as AsyncIterable<Uint8Array>) {
    for (const message of splitter.push(piece)) process.stdout.write(frame(encodeResponse(await respond(testee, decodeRequest(message, wire)), wire)));
  }
}
