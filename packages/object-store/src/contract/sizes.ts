// How much of everything the contract's cases use.

/** Bytes of a small object. */
export const SIZE = 900;

/** Bytes of an object that is read and written in several steps. */
export const LARGE_SIZE = 4_194_304;

/** Bytes of a part, unless the store's smallest is larger. */
export const PART_SIZE = 900;

/** Callers that want the same at once. */
export const RIVALS = 20;

/** Objects of a long listing: more than S3 and others list at once. */
export const MANY_OBJECTS = 1100;

/** The number of a part that comes before part 2 when numbers are sorted as text. */
export const TWO_DIGIT_PART = 10;

/** Characters of a value that a message shows. */
export const SHOWN_MAX = 80;
