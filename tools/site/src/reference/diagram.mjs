// Structures as SVG: boxes in the order of their bytes. Colours come from the theme, so that they suit light and dark.

/**
 * @typedef {object} Box
 * @property {string} name
 * @property {string} size how many bytes, in words
 * @property {string} [note] when it is there, or where
 * @property {boolean} [optional] it may be missing
 * @property {boolean} [repeated] there are any number of them
 * @property {boolean} [reference] it points to bytes elsewhere
 */

const WIDTH = 688;
const BOX_HEIGHT = 58;
const ROW_GAP = 22;
const CHARACTER = 7.3;
const SMALL_CHARACTER = 6.3;
const PADDING = 10;
const STACK = 4;
const TOP = 6;

/** @param {string} text */
const xml = (text) => text.replace(/[&<>"{}]/g, (one) => `&#${one.charCodeAt(0)};`);

/** @param {Box} box */
function widthOf({ name, size, note = "" }) {
  return Math.ceil(Math.max(name.length * CHARACTER, size.length * SMALL_CHARACTER, note.length * SMALL_CHARACTER, 28) + 2 * PADDING);
}

/** Boxes in lines that are not wider than a page. @param {readonly Box[]} boxes */
function inLines(boxes) {
  /** @type {{ box: Box, x: number, line: number, width: number }[]} */
  const placed = [];
  let x = 0;
  let line = 0;
  for (const box of boxes) {
    const width = widthOf(box);
    if (x > 0 && x + width > WIDTH - STACK - 2) {
      x = 0;
      line++;
    }
    placed.push({ box, x, line, width });
    x += width + (box.repeated ? STACK : 0);
  }
  return placed;
}

/**
 * A strip of boxes with a title for those who cannot see it.
 * @param {string} title @param {readonly Box[]} boxes
 */
export function strip(title, boxes) {
  const placed = inLines(boxes);
  const lines = (placed.at(-1)?.line ?? 0) + 1;
  const width = Math.max(...placed.map((one) => one.x + one.width + (one.box.repeated ? STACK : 0))) + 2;
  const height = TOP + lines * (BOX_HEIGHT + ROW_GAP) - ROW_GAP + STACK + 2;
  const shapes = placed.map(({ box, x, line, width: own }) => drawn(box, x + 1, TOP + line * (BOX_HEIGHT + ROW_GAP), own));
  const goesOn = placed.filter((one, index) => placed[index + 1] !== undefined && placed[index + 1]?.line !== one.line)
    .map((one) => `<text class="more" x="${one.x + one.width + 6 + (one.box.repeated ? STACK : 0)}" y="${TOP + one.line * (BOX_HEIGHT + ROW_GAP) + 33}">→</text>`);
  const said = boxes.map(({ name, size, note }) => `${name} (${[size, note].filter(Boolean).join(", ")})`).join(", then ");
  return (
    `<figure class="bytes"><svg viewBox="0 0 ${Math.max(width, placed.length > 1 && lines > 1 ? WIDTH : 0)} ${height}" width="${Math.max(width, lines > 1 ? WIDTH : 0)}" ` +
    `height="${height}" role="img" xmlns="http://www.w3.org/2000/svg"><title>${xml(title)}</title><desc>${xml(said)}</desc>${shapes.join("")}${goesOn.join("")}</svg></figure>\n`
  );
}

/** @param {Box} box @param {number} x @param {number} y @param {number} width */
function drawn({ name, size, note, optional, repeated, reference }, x, y, width) {
  const kind = ["box", optional && "optional", reference && "reference"].filter(Boolean).join(" ");
  const behind = repeated ? `<rect class="${kind}" x="${x + STACK}" y="${y + STACK}" width="${width}" height="${BOX_HEIGHT}" rx="3"/>` : "";
  const middle = x + width / 2;
  const lines = note ? [20, 36, 51] : [25, 43];
  return (
    `${behind}<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${BOX_HEIGHT}" rx="3"/>` +
    `<text class="name" x="${middle}" y="${y + (lines[0] ?? 0)}">${xml(name)}</text>` +
    `<text class="size" x="${middle}" y="${y + (lines[1] ?? 0)}">${xml(size)}</text>` +
    (note ? `<text class="note" x="${middle}" y="${y + (lines[2] ?? 0)}">${xml(note)}</text>` : "")
  );
}
