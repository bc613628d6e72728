// The entry `@slate-sst/format/walk`: where every field of the format lies, as data generated from spec/.
export { WALK_ENUMS, WALK_STRUCTURES, WALK_TABLES } from "./generated/walk-tables.js";
export type { WalkBit, WalkCondition, WalkEnum, WalkField, WalkSlot, WalkStructure, WalkTable } from "./walk-types.js";
export { OFFSET_BYTES, VTABLE_ENTRY_BYTES, VTABLE_HEADER_ENTRIES } from "./flatbuffers/encoding.js";
