/** Name of this writer, as metadata tells it. */
export const WRITER_NAME = "@slate-sst/writer";

/** Version of this package; a test holds it against package.json. */
export const WRITER_VERSION = "0.1.0";
