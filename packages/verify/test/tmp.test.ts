import { test } from "vitest";
import { goldenBytes } from "./golden-files.js";
import { verifyBytes } from "./verify-bytes.js";
import { writeSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector";
test("x", async () => {
  const bytes = goldenBytes("zstd-filter");
  await verifyBytes(bytes, {level:"full"});
  const s = new Session(); s.connect();
  s.post("Profiler.enable"); s.post("Profiler.start");
  const {result} = await verifyBytes(bytes, {level:"full"});
  writeSync(2, `${result.milliseconds}\n`);
  s.post("Profiler.stop", (e, {profile}) => {
    const self = new Map<string, number>();
    const byId = new Map(profile.nodes.map(n => [n.id, n]));
    profile.samples!.forEach((id, i) => { const n = byId.get(id)!; const k = `${n.callFrame.functionName} ${n.callFrame.url.split("/").pop()}:${n.callFrame.lineNumber}`; self.set(k, (self.get(k) ?? 0) + profile.timeDeltas![i]!); });
    writeSync(2, [...self].sort((a,b)=>b[1]-a[1]).slice(0,12).map(([k,v])=>`${v} ${k}`).join("\n")+"\n");
  });
});
