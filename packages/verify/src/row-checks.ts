// The checks that look at the rows of each block, as far as level and file ask for them.
import { type FormatVersion, KERNEL_FORMAT_VERSION, SstType } from "@slate-sst/format";
import { BlockSizeRules } from "./block-size.js";
import { BlockWalk } from "./block-rules.js";
import { CanonicalFile } from "./canonical.js";
import { FilterCheck } from "./filter-check.js";
import type { FilterView } from "./filter-rules.js";
import type { Framing } from "./framing.js";
import type { IndexView } from "./index-rules.js";
import type { ResolvedOptions } from "./options.js";
import type { Report } from "./report.js";
import { KernelBlocks } from "./kernel-blocks.js";
import { KeyBuffer, RowPass } from "./row-order.js";
import { SecondOpinion } from "./second-opinion.js";

export interface RowChecks {
  readonly walk: BlockWalk;
  readonly pass: RowPass;
  readonly blockSize: BlockSizeRules;
  readonly filter: FilterCheck | undefined;
  /** Only on level paranoid. */
  readonly second: SecondOpinion | undefined;
  /** Only where a configuration is known that the file can be held against. */
  readonly canonical: CanonicalFile | undefined;
  readonly isWal: boolean;
  /** Where most blocks need no more than a look by the kernel. */
  readonly kernel: KernelBlocks | undefined;
  /** Room for one key, for any check to use. */
  readonly keys: KeyBuffer;
}

export interface RowCheckParts {
  readonly framing: Framing;
  readonly index: IndexView;
  readonly filter: FilterView | undefined;
  readonly report: Report;
  readonly options: ResolvedOptions;
}

/** @returns undefined when the format version is not known: rows cannot be read then. */
export async function createRowChecks({ framing, index, filter, report, options }: RowCheckParts): Promise<RowChecks | undefined> {
  const version: FormatVersion | undefined = framing.formatVersion;
  if (version === undefined) return undefined;
  const isWal = framing.info.sstType === SstType.Wal;
  const walk = new BlockWalk(version, report);
  const filterCheck = filter === undefined ? undefined : new FilterCheck(filter.blooms, filter.place, report);
  const asked = filterCheck?.isNeeded === true ? filterCheck : undefined;
  const { ledger } = report;
  const isParanoid = options.level === "paranoid";
  return {
    walk,
    pass: new RowPass({ walk, version, isWal, filter: asked, report }),
    blockSize: new BlockSizeRules(version, options.expect.blockSize, report),
    filter: asked,
    second: isParanoid ? await SecondOpinion.create({ version, walk, report, index, filter: asked, isWal }) : undefined,
    canonical: ledger.applies("C2.2") ? new CanonicalFile(version, options.expect, report) : undefined,
    isWal,
    kernel: isParanoid || isWal || version !== KERNEL_FORMAT_VERSION || options.transform !== undefined || !options.kernel ? undefined : kernelBlocks(index, asked),
    keys: new KeyBuffer(),
  };
}

/** The fast way, where it can do all that is asked of rows. */
function kernelBlocks(index: IndexView, filter: FilterCheck | undefined): KernelBlocks | undefined {
  const built = filter?.buildable;
  if (filter !== undefined && built === undefined) return undefined;
  const blocks = KernelBlocks.create(index, built);
  if (blocks !== undefined && filter !== undefined) filter.buildIn(blocks.checker.filterBits);
  return blocks;
}
