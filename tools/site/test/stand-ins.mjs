// Stands for programs of others in the samples of READMEs, as far as these use them: `stand-ins.mjs aws|jq|ldb ARGUMENTS`. What it does not know of them fails.
import { readFileSync } from "node:fs";
import { openStore } from "@slate-sst/object-store";

const [program, ...args] = process.argv.slice(2);

function fail() {
  console.error(`${program}, as it stands in samples, cannot ${args.join(" ")}`);
  process.exit(64);
}

/** `aws s3 cp URL -` */
async function aws() {
  const [, , url = "", target] = args;
  if (args.slice(0, 2).join(" ") !== "s3 cp" || target !== "-") fail();
  const [, root, path, query] = /^(s3:\/\/.+)\/([^/?]+)(\?.*)$/.exec(url) ?? fail();
  process.stdout.write(await (await openStore(root + query)).get(path));
}

/** `jq .a.b.c`: what is not there is no answer, but a failure. */
function jq() {
  const [path = ""] = args;
  if (args.length !== 1 || !/^(\.\w+)+$/.test(path)) fail();
  const found = path.slice(1).split(".").reduce((value, name) => value?.[name], JSON.parse(readFileSync(0, "utf8")));
  if (found === undefined) fail();
  console.log(JSON.stringify(found));
}

/** `ldb --db=FOLDER --hex dump`: two rows, and a line of its own. */
function ldb() {
  if (args.slice(1).join(" ") !== "--hex dump") fail();
  console.log("0x6170706C65 ==> 0x726564\n0x62616E616E61 ==> 0x79656C6C6F77\nKeys in range: 2");
}

await ({ aws, jq, ldb }[program] ?? fail)();
