// The key that the index stores for a block: not the block's first key but its shortest prefix that still sorts after the
// last key of the block before (SlateDB SST format, section 4). The first block of an SST has the empty key instead.

/**
 * Length of the separator between two blocks: the separator is the first that many bytes of `first`.
 *
 * With p = the last key of the previous block and f = the first key of the next one, p <= f, it is the shortest prefix of f
 * that is greater than p; when p and f are equal (versions of one key on both sides) it is the whole of f.
 *
 * Precondition: p <= f in byte order; keys out of order give a number without meaning, never more than `firstLength`.
 * @param previous holds p in its first `previousLength` bytes. @param first holds f in its first `firstLength` bytes.
 */
export function separatorLength(previous: Uint8Array, previousLength: number, first: Uint8Array, firstLength: number): number {
  const both = Math.min(previousLength, firstLength);
  let shared = 0;
  while (shared < both && previous[shared] === first[shared]) shared++;
  return separatorLengthAfter(shared, firstLength);
}

/**
 * The same when the prefix is known that both keys share.
 * @param shared length of the longest common prefix of p and f. @param firstLength length of f.
 */
export function separatorLengthAfter(shared: number, firstLength: number): number {
  return Math.min(shared + 1, firstLength);
}
