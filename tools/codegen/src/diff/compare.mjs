// Two specs compared: what changed, and what it means for files and readers that exist. Each finding has a weight:
// refused   shipped files, or programs that go by names and numbers, would mean something else; needs a higher format version, or another way
// version   a new format version: old readers refuse its files, and read all others
// refuse    old readers refuse files that use it, and say so
// fine      old readers read new files, new readers old files
/** @typedef {{ weight: "refused" | "version" | "refuse" | "fine", subject: string, text: string, before?: string[], after?: string[] }} Finding */

/**
 * @param {ReturnType<import("./model.mjs").readModel>} before
 * @param {ReturnType<import("./model.mjs").readModel>} after
 * @returns {Finding[]}
 */
export function compareSpecs(before, after) {
  const versionRises = Math.max(...after.versions.keys()) > Math.max(...before.versions.keys());
  return [
    ...versions(before, after),
    ...structures(before, after, versionRises),
    ...enums(before.enums, after.enums, versionRises),
    ...tables(before, after, versionRises),
    ...enums(names(before.fbsEnums), names(after.fbsEnums), versionRises),
    ...constants(before.constants, after.constants),
    ...catalogue("rule", before.rules, after.rules, ({ sentence, level, severity, when = [] }) => [`${severity}, ${level}${when.length > 0 ? `, when ${when.join(" and ")}` : ""}`, sentence]),
    ...catalogue("error code", before.errors, after.errors, ({ class: kind, doc }) => [kind, doc]),
  ];
}

const names = (all) => new Map([...all].map(([name, { file, values }]) => [`${file}: ${name}`, values]));

function versions(before, after) {
  const findings = [];
  for (const [version, { doc, facts }] of after.versions) {
    const old = before.versions.get(version);
    if (old === undefined) findings.push({ weight: "version", subject: `format version ${version}`, text: `is new. ${doc.trim()}`, after: factsOf(facts) });
    else if (old.facts !== undefined && factsOf(old.facts).join() !== factsOf(facts).join()) {
      findings.push({ weight: "refused", subject: `format version ${version}`, text: "means something else now: its files could no longer be read. Leave it as it is, and add a version", before: factsOf(old.facts), after: factsOf(facts) });
    }
  }
  for (const version of before.versions.keys()) if (!after.versions.has(version)) findings.push({ weight: "refused", subject: `format version ${version}`, text: "is gone: its files could no longer be read" });
  return findings;
}

const factsOf = (facts = {}) => Object.entries(facts).map(([name, value]) => `${name} ${value}`);

const fieldLine = ({ at, id, type, condition }) => `${at.padStart(4)}  ${id.padEnd(16)} ${type}${condition === "" ? "" : ` ${condition}`}`;
const layoutOf = ({ fields }) => fields.map(fieldLine);

/** A layout without the names of its fields, which no file holds. */
function bytesOf({ fields }) {
  const places = new Map(fields.map(({ id }, place) => [id, `field ${place}`]));
  return fields.map((field) => fieldLine({ ...field, id: "" }).replace(/\b[a-z]\w*\b/g, (word) => places.get(word) ?? word)).join("\n");
}

/** A structure that a version's number stands for may never change; one that all versions share only together with the number. */
function structures(before, after, versionRises) {
  const ofVersion = new Map([...before.versions].flatMap(([version, { structures: own }]) => own.map((name) => [name, version])));
  const findings = [];
  for (const [name, structure] of after.structures) {
    const old = before.structures.get(name);
    const subject = `${name} (spec/${structure.source})`;
    if (old === undefined) findings.push({ weight: "fine", subject, text: "is new", after: layoutOf(structure) });
    else if (layoutOf(old).join("\n") === layoutOf(structure).join("\n")) continue;
    else if (bytesOf(old) === bytesOf(structure)) findings.push({ weight: "fine", subject, text: "has other names for fields: the bytes are the same, code and API change", before: layoutOf(old), after: layoutOf(structure) });
    else findings.push({ ...changed(ofVersion.get(name), versionRises), subject, before: layoutOf(old), after: layoutOf(structure) });
  }
  for (const [name, structure] of before.structures) {
    if (!after.structures.has(name)) findings.push({ ...changed(ofVersion.get(name), versionRises), subject: `${name} (spec/${structure.source})`, before: layoutOf(structure), after: [] });
  }
  return findings;
}

function changed(version, versionRises) {
  if (version !== undefined) return { weight: "refused", text: `is what format version ${version} stands for, and files of it exist: leave it as it is, and add a version` };
  if (versionRises) return { weight: "version", text: "lies in files of all versions: the new reader must go by the format version" };
  return { weight: "refused", text: "lies in shipped files, and the format version does not rise" };
}

function enums(before, after, versionRises) {
  const findings = [];
  for (const [name, values] of after) {
    const old = before.get(name);
    if (old === undefined) continue;
    for (const [value, label] of values) {
      const was = old.get(value);
      if (was === undefined && !name.endsWith(": format_version")) findings.push({ weight: "refuse", subject: `${name}.${label} = ${value}`, text: "is new: old readers refuse files that have this value" });
      else if (was !== undefined && was !== label) findings.push({ ...removal(versionRises), subject: `${name} = ${value}`, before: [was], after: [label] });
    }
    for (const [value, label] of old) if (!values.has(value) && !name.endsWith(": format_version")) findings.push({ ...removal(versionRises), subject: `${name}.${label} = ${value}`, before: [`${value} ${label}`], after: [...values].filter(([, one]) => one === label).map(([one]) => `${one} ${label}`) });
  }
  for (const [name, values] of before) if (!after.has(name)) findings.push({ ...removal(versionRises), subject: name, before: [...values].map(([value, label]) => `${value} ${label}`), after: [] });
  return findings;
}

function removal(versionRises) {
  return versionRises
    ? { weight: "version", text: "is removed or has another number: the new reader must go by the format version" }
    : { weight: "refused", text: "is removed or has another number, shipped files may contain it, and the format version does not rise" };
}

const slotLine = ({ slot, name, type, required }) => `${String(slot).padStart(4)}  ${name.padEnd(22)} ${type}${required ? ", required" : ""}`;

/** FlatBuffers: slots keep their type for ever, new fields come behind and may be absent, names do not matter in files. */
function tables(before, after, versionRises) {
  const findings = [];
  for (const [name, table] of after.tables) {
    const old = before.tables.get(name);
    const subject = `table ${name} (spec/${table.file})`;
    if (old === undefined) {
      findings.push({ weight: "fine", subject, text: "is new", after: table.fields.map(slotLine) });
      continue;
    }
    const bySlot = new Map(old.fields.map((field) => [field.slot, field]));
    for (const field of table.fields) {
      const was = bySlot.get(field.slot);
      const lines = { before: was === undefined ? [] : [slotLine(was)], after: [slotLine(field)] };
      if (was === undefined && field.required) findings.push({ ...removal(versionRises), subject, text: `${field.name} is new and required: files that exist do not have it`, ...lines });
      else if (was === undefined) findings.push({ weight: "fine", subject, text: `${field.name} is a new optional field: old readers pass over it, and new readers find none in old files`, ...lines });
      else if (was.name !== field.name && table.fields.some(({ name: one }) => one === was.name)) {
        findings.push({ ...removal(versionRises), subject, text: `${was.name} has the id ${field.slot} in shipped files, and ${field.name} is to have it now: leave ids as they are, and give new fields the next free one`, ...lines });
      } else if (was.type !== field.type || was.required !== field.required) findings.push({ ...(was.type === field.type && was.required ? { weight: "refuse", text: `${field.name} may be absent now, and old readers insist on it` } : removal(versionRises)), subject, ...lines });
      else if (was.name !== field.name) findings.push({ weight: "fine", subject, text: "has another name for a field; files do not hold names", ...lines });
    }
    const slots = new Set(table.fields.map(({ slot }) => slot));
    for (const field of old.fields) if (!slots.has(field.slot)) findings.push({ ...removal(versionRises), subject, text: `${field.name} (id ${field.slot}) is removed, and shipped files may have it: keep it; nobody has to fill it`, before: [slotLine(field)], after: [] });
  }
  for (const [name, table] of before.tables) if (!after.tables.has(name)) findings.push({ ...removal(versionRises), subject: `table ${name} (spec/${table.file})`, before: table.fields.map(slotLine), after: [] });
  for (const [file, root] of before.roots) if (after.roots.get(file) !== root) findings.push({ ...removal(versionRises), subject: `root type of spec/${file}`, before: [root], after: [after.roots.get(file) ?? "none"] });
  return findings;
}

function constants(before, after) {
  const findings = [];
  for (const [name, value] of after) {
    const was = before.get(name);
    if (before.size === 0 || was === value) continue;
    findings.push({ weight: "fine", subject: `constant ${name}`, text: was === undefined ? "is new" : "has another value: files are written otherwise, or other input is refused", ...(was === undefined ? {} : { before: [was] }), after: [value] });
  }
  for (const [name, value] of before) if (!after.has(name)) findings.push({ weight: "fine", subject: `constant ${name}`, text: "is gone", before: [value], after: [] });
  return findings;
}

/** Ids and codes are promises: they never go, and never mean something else. */
function catalogue(what, before, after, linesOf) {
  const findings = [];
  for (const [id, entry] of after) {
    const old = before.get(id);
    if (old === undefined) findings.push({ weight: "fine", subject: `${what} ${id}`, text: "is new", after: linesOf(entry) });
    else if (linesOf(old).join("\n") !== linesOf(entry).join("\n")) findings.push({ weight: "fine", subject: `${what} ${id}`, text: "is worded otherwise; it must mean the same", before: linesOf(old), after: linesOf(entry) });
  }
  for (const [id, entry] of before) if (!after.has(id)) findings.push({ weight: "refused", subject: `${what} ${id}`, text: "is gone; programs and reports may name it", before: linesOf(entry), after: [] });
  return findings;
}
