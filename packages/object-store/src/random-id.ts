// Ids that nobody else will draw: 128 random bits in hexadecimal.

/** Random bytes of an id. */
const ID_BYTES = 16;

const ID = /^[0-9a-f]{32}$/;

/** A new id: 32 lower-case hexadecimal digits. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether a text has the form of {@link randomId}. */
export function isRandomId(text: string): boolean {
  return ID.test(text);
}
