// `node tools/demo/dist/scan.js PREFIX`: the rows of demo-data whose keys begin with PREFIX, read by SlateDB.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DATABASE_ROOT } from "./demo-folder.js";
import { count, endWithReader } from "./screen.js";
import { openWithSlateDb } from "./slatedb.js";

const folder = fileURLToPath(new URL("../../../demo-data", import.meta.url));

async function printRows(prefix: string): Promise<void> {
  await using reader = await openWithSlateDb(folder, DATABASE_ROOT);
  let rows = 0;
  await reader.scan(prefix, ({ key, value }) => {
    console.log(`${Buffer.from(key).toString("utf8")}  ${Buffer.from(value).toString("utf8")}`);
    rows++;
  });
  console.log(`${count(rows)} rows begin with ${prefix}`);
}

endWithReader(process.stdout);
const [prefix] = process.argv.slice(2);
try {
  if (prefix === undefined) throw new Error("give the beginning of a key, for example city/IS/");
  if (!existsSync(folder)) throw new Error("there is no demo-data yet; npm run demo makes it");
  await printRows(prefix);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
