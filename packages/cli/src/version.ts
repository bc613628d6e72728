/** Name of this package, as reports tell it. */
export const TOOL_NAME = "@slate-sst/cli";

/** Version of this package; a test holds it against package.json. */
export const TOOL_VERSION = "0.1.0";
