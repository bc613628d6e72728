// Goal: the reference never says of what SlateDB does not have that it is proven. Method: a spec with a codec, a version and a limit of ours.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readConstants } from "../../codegen/src/constants.mjs";
import { withSpec } from "../../codegen/src/output.mjs";
import { evidenceText, oursOfRule } from "../src/reference/catalogues.mjs";

const SPEC = join(import.meta.dirname, "../../../spec");
let constants: ReadonlyMap<string, { readonly source?: string; readonly ours?: readonly string[]; readonly value: unknown }>;

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), "slate-sst-evidence-"));
  try {
    cpSync(SPEC, folder, { recursive: true });
    const edit = (file: string, before: string, after: string): void => {
      const text = readFileSync(join(folder, file), "utf8");
      if (!text.includes(before)) throw new Error(`${file} has no ${before}`);
      writeFileSync(join(folder, file), text.replace(before, after));
    };
    edit("fbs/sst_info.fbs", "Zstd = 4", "Zstd = 4,\n  /// Ours.\n  Deflate = 100");
    edit("constants.yaml", "limits:\n", "limits:\n  made_up_max:\n    value: 120\n    doc: Ours.\n    source: ours\n");
    edit("sst/sst.ksy", "    - block_v2\n", "    - block_v2\n    - block_v900\n");
    edit("sst/sst.ksy", "'format_version::v2': block_v2\n", "'format_version::v2': block_v2\n            'format_version::v900': block_v900\n");
    edit("sst/sst.ksy", "    2:\n      id: v2\n", "    900:\n      id: v900\n      doc: Ours.\n    2:\n      id: v2\n");
    const block = readFileSync(join(folder, "sst/block_v2.ksy"), "utf8").replaceAll("lock_v2", "lock_v900").replaceAll("BlockV2", "BlockV900").replaceAll("RowV2", "RowV900");
    writeFileSync(join(folder, "sst/block_v900.ksy"), block.replace("-kernel: true\n", "").replace(/ *-constant: .*\n/, "").replace("idx % 16", "idx % 4"));
    constants = withSpec(folder, readConstants) as typeof constants;
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("evidence", () => {
  const of = (name: string): string => {
    const { source = "", ours } = constants.get(name) ?? {};
    return evidenceText(source, ", 0.12.1", ours);
  };

  it("of a constant that is ours", () => {
    expect(of("MADE_UP_MAX")).toBe("a contract of this toolkit");
    expect(of("FORMAT_VERSION_V900")).toBe("a contract of this toolkit");
    expect(of("KEY_BYTES_MAX")).toBe("proven, 0.12.1");
  });

  it("of a list of which a part is ours", () => {
    expect(constants.get("COMPRESSION_IDS")?.value).toMatchObject({ zstd: 4, deflate: 100 });
    for (const name of ["COMPRESSION_IDS", "COMPRESSION_NAMES"]) expect(of(name)).toMatch(/^proven, 0\.12\.1; (.*, )?deflate: a contract of this toolkit$/);
    expect(of("COMPRESSION_IDS")).not.toMatch(/zstd|snappy|zlib|lz4|none/);
  });

  it("of a rule that names versions or codecs, by itself or by a condition", () => {
    const conditions = { restarts: "Blocks with restart points, {VERSIONS_WITH_RESTARTS}.", all_positions: "Blocks with all, {VERSIONS_WITH_ALL_POSITIONS}." };
    const ours = (sentence: string, when: readonly string[] = []): string[] => oursOfRule({ sentence, when }, conditions, constants);
    expect(ours("One of {FORMAT_VERSIONS}.")).toContain("V900");
    expect(ours("Each {RESTART_INTERVALS}.", ["restarts"]).filter((one) => one === "V900")).toHaveLength(1);
    expect(ours("It holds.", ["restarts"])).toContain("V900");
    expect(ours("It holds.", ["all_positions"])).not.toContain("V900");
    expect(ours("One of {COMPRESSION_IDS}.")).toContain("deflate");
    expect(ours("At most {KEY_BYTES_MAX}.")).toEqual([]);
  });
});

it("of the spec as it is, rules that are proven name nothing of ours that SlateDB has", () => {
  const known = readConstants() as typeof constants;
  for (const name of ["none", "snappy", "zlib", "lz4", "zstd"]) expect(known.get("COMPRESSION_IDS")?.ours).not.toContain(name);
  for (const name of ["V1", "V2"]) expect(known.get("FORMAT_VERSIONS")?.ours).not.toContain(name);
});
