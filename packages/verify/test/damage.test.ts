// Blind damage: every flipped bit, every truncation, every inserted or appended byte of the smallest files is found, and a flip
// gives one finding.
import { isFormatVersion } from "@slate-sst/format";
import { describe, expect, test } from "vitest";
import { goldenBytes } from "./golden-files.js";
import { verifyBytes } from "./verify-bytes.js";

const BYTE_BITS = 8;

/** The version that the footer ends with. */
const versionOf = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint16(bytes.length - Uint16Array.BYTES_PER_ELEMENT);

describe.each(["wal-many--wal1", "single-row", "tiny-all"])("%s", (name) => {
  const bytes = goldenBytes(name);

  test("shows every flipped bit as one finding, and names it behind a checksum that does not fit", async () => {
    const wrong: string[] = [];
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < BYTE_BITS; bit++) {
        const damaged = Uint8Array.from(bytes);
        damaged[at]! ^= 1 << bit;
        // Another version that there is may have the same blocks, for so few rows.
        if (versionOf(damaged) !== versionOf(bytes) && isFormatVersion(versionOf(damaged))) continue;
        const { findings } = await verifyBytes(damaged);
        const [finding] = findings;
        const isChecksum = finding !== undefined && (finding.rule.startsWith("F4") || finding.rule === "F1.5");
        const isNamed = !isChecksum || (finding.bitFlip?.offset === at && finding.bitFlip.bit === bit);
        if (findings.length !== 1 || !isNamed) wrong.push(`${at}.${bit}: ${findings.map(({ rule, hint }) => `${rule} ${hint}`).join(", ")}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("shows every truncation", async () => {
    const unseen: number[] = [];
    for (let length = 0; length < bytes.length; length++) {
      const { findings, result } = await verifyBytes(bytes.subarray(0, length));
      if (findings.length === 0 || result.sound) unseen.push(length);
    }
    expect(unseen).toEqual([]);
  });

  test("shows every inserted byte, and says when it only follows a whole file", async () => {
    const unseen: number[] = [];
    for (let at = 0; at <= bytes.length; at++) {
      const longer = new Uint8Array(bytes.length + 1);
      longer.set(bytes.subarray(0, at));
      longer.set(bytes.subarray(at), at + 1);
      const { result } = await verifyBytes(longer);
      if (result.sound) unseen.push(at);
    }
    expect(unseen).toEqual([]);
    const appended = new Uint8Array(bytes.length + 7);
    appended.set(bytes);
    const { findings } = await verifyBytes(appended);
    expect(findings.map(({ rule, offset, length }) => ({ rule, offset, length }))).toEqual([{ rule: "F1.2", offset: bytes.length, length: 7 }]);
  });
});
