import { it } from "vitest";
import { goldenSst } from "../src/vectors.js";
import { verifyBytes } from "../src/verify-bytes.js";
it("t", async () => {
  for (const name of ["zstd-filter", "sorted-run-zstd-filter--run0-0", "zstd-mixed", "snappy-filter"]) {
    const g = goldenSst(name);
    for (const level of ["full", "full", "paranoid", "paranoid"] as const) {
      const t = performance.now(); const c = process.cpuUsage();
      await verifyBytes(g.bytes, { level });
      const u = process.cpuUsage(c);
      console.log(name, g.blocks.length, level, (performance.now() - t).toFixed(0), (u.user / 1000).toFixed(0), (u.system / 1000).toFixed(0), process.memoryUsage().rss >> 20);
    }
  }
});
