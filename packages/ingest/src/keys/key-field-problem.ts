/** Why a value cannot stand in a key; it becomes an error with the value's place. */
export class KeyFieldProblem extends Error {}
