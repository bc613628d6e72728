// `nx g @slate-sst/nx:info-field`: a new optional field of the info, behind those that there are, in the FlatBuffer and in the message that tells of it.
import type { Tree } from "@nx/devkit";
import { checkForm, edit, GeneratorError, next, read, sentence, STEPS } from "./edits.js";

export interface InfoFieldOptions {
  /** In lower_snake_case. */
  readonly name: string;
  readonly type?: "bytes" | "text";
  /** What it is. */
  readonly doc: string;
}

const FBS = "spec/fbs/sst_info.fbs";
const PROTO = "spec/proto/slate_sst/v1/metadata.proto";
const TYPES = { bytes: ["[ubyte]", "bytes"], text: ["string", "string"] } as const;

export default async function infoField(tree: Tree, { name, type = "bytes", doc }: InfoFieldOptions): Promise<() => void> {
  checkForm("name", name, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, "a name in lower_snake_case");
  if (!(type in TYPES)) throw new GeneratorError(`--type is ${Object.keys(TYPES).join(" or ")}, not ${type}`);
  const [flatBuffers, protobuf] = TYPES[type];
  const text = sentence("doc", doc);
  const table = /table SsTableInfo \{[^}]*\}/.exec(read(tree, FBS))?.[0] ?? "";
  const message = /message SsTableInfo \{[^}]*\}/.exec(read(tree, PROTO))?.[0] ?? "";
  if (new RegExp(`\\b${name}[:\\s]`).test(table)) throw new GeneratorError(`the info has a field ${name} already`);
  const slot = Math.max(...[...table.matchAll(/\(id: (\d+)/g)].map(([, id]) => Number(id))) + 1;
  const number = Math.max(...[...message.matchAll(/ = (\d+);/g)].map(([, one]) => Number(one))) + 1;
  edit(tree, FBS, /(table SsTableInfo \{[^}]*)\}/, `$1  /// ${text}\n  ${name}: ${flatBuffers} (id: ${slot});\n}`);
  edit(tree, PROTO, /(message SsTableInfo \{[^}]*)\}/, `$1  // ${text}\n  optional ${protobuf} ${name} = ${number};\n}`);
  return next(...STEPS);
}
