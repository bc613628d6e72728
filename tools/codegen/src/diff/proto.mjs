// Protobuf contracts compared, by buf: what it calls breaking is refused, with what to do instead.
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { filesUnder } from "../output.mjs";
import { bufEnvironment, protoModule } from "../proto.mjs";
import { nextFree } from "./findings.mjs";

function buf(args, cwd) {
  const { status, stdout, stderr, error } = spawnSync("buf", args, { ...bufEnvironment(), cwd, maxBuffer: 1 << 28 });
  if (error !== undefined) throw error;
  return { status, stdout, text: `${String(stdout)}${String(stderr)}`.trim() };
}

/**
 * Compares the messages of two folders that have them in spec/proto. `problems` are of messages that cannot be compiled.
 * @param {string} before @param {string} after @returns {{ findings: import("./findings.mjs").Finding[], problems: string[], lines: string[] }}
 */
export function compareProto(before, after) {
  if (textOf(before) === textOf(after)) return { findings: [], problems: [], lines: ["nothing has changed"] };
  const { status, text } = buf(["breaking", protoModule, "--against", join(before, protoModule), "--error-format", "json"], after);
  if (status === 0) return { findings: [], problems: [], lines: ["buf breaking: nothing is broken"] };
  const breaks = [];
  for (const line of text.split("\n")) {
    try {
      breaks.push(JSON.parse(line));
    } catch {
      return { findings: [], problems: [`buf breaking: ${line}`], lines: ["not compared, see above"] };
    }
  }
  const uncompiled = breaks.filter(({ type }) => type === "COMPILE").map(({ path, start_line: at, message }) => `${placeOf(path, at)}: ${message}`);
  if (uncompiled.length > 0) return { findings: [], problems: uncompiled, lines: ["not compared, as it does not compile, see above"] };
  const [old, now] = [before, after].map(numbersOf);
  // A field under another name is told of once.
  const renamed = new Set(breaks.flatMap(({ type, message }) => (type === "FIELD_SAME_NAME" ? [named(message).join()] : [])));
  const findings = breaks
    .filter(({ type, message }) => type !== "FIELD_SAME_JSON_NAME" || !renamed.has(named(message).join()))
    .map(({ path, start_line: at, type, message }) => ({ weight: "refused", subject: `${path === undefined ? protoModule : placeOf(path, at)}:`, text: sentence(type, message, old, now) }));
  return { findings, problems: [], lines: [`buf breaking: ${findings.length} refused, see above`] };
}

/** All that a folder's messages say. */
const textOf = (folder) => filesUnder(join(folder, protoModule)).filter((file) => /\.(proto|yaml)$/.test(file)).map((file) => `${file.slice(folder.length)}\n${readFileSync(file, "utf8")}`).join("\n");

const placeOf = (path, at) => `${path.slice(path.indexOf(protoModule))}:${at}`;

/** What stands between quotation marks, and what of it is a number and the name that it is of. */
const quoted = (message) => [...message.matchAll(/"([^"]*)"/g)].map(([, text]) => text);
const named = (message) => [/"(\d+)"/.exec(message)?.[1], /(?:message|enum) "([^"]+)"/.exec(message)?.[1]];

function sentence(type, message, old, now) {
  const [number, owner] = named(message);
  const [before, after] = [old.get(owner), now.get(owner)];
  const is = message.replace(/\.$/, "");
  if (before === undefined || after === undefined || number === undefined) return `${is}: leave it as it was; what is new takes another name`;
  const next = nextFree([...before.values()], [...after].filter(([name]) => !before.has(name)).map(([, one]) => one));
  const what = type.startsWith("ENUM_VALUE") ? "value" : "field";
  const name = [...before].find(([, one]) => one === Number(number))?.[0] ?? "";
  const moved = after.get(name);
  const holder = [...after].find(([one, at]) => at === Number(number) && one !== name)?.[0];
  const way = holder === undefined ? `what is new takes the next free number, ${next}` : before.has(holder) ? `${holder} keeps ${before.get(holder)}` : `${holder} takes the next free number, ${next}`;
  if (moved !== undefined && moved !== Number(number)) return `${owner}.${name} had number ${number}, has ${moved}, and programs have it under ${number}: give it back ${number}; ${way}`;
  if (/_NO_DELETE/.test(type)) return `${owner}.${name} (${what} ${number}) is removed, and programs may send it or ask for it: keep it; nobody has to fill it`;
  if (type.endsWith("_SAME_NAME")) return `${owner}.${name} (${what} ${number}) is named ${holder ?? quoted(message).at(-1)} now, and JSON goes by names: leave it ${name}; where something else is meant, ${way}`;
  if (type === "FIELD_SAME_TYPE") return `${owner}.${name} (field ${number}) was ${quoted(message).at(-2)}, is ${quoted(message).at(-1)}: leave it as it was; append a field with the next free number, ${next}`;
  return `${is}: leave it as it was; append a ${what} with the next free number, ${next}`;
}

/** Numbers of fields and values by the name of their message or enum, without its package. */
function numbersOf(folder) {
  const { stdout } = buf(["build", protoModule, "--as-file-descriptor-set", "--exclude-source-info", "-o", "-"], folder);
  const found = new Map();
  const enumOf = ({ name, value }) => found.set(name, new Map(value.map((one) => [one.name, one.number])));
  const messageOf = ({ name, field, nestedType, enumType }) => {
    found.set(name, new Map(field.map((one) => [one.name, one.number])));
    nestedType.forEach(messageOf);
    enumType.forEach(enumOf);
  };
  for (const { messageType, enumType } of fromBinary(FileDescriptorSetSchema, stdout).file) {
    messageType.forEach(messageOf);
    enumType.forEach(enumOf);
  }
  return found;
}
