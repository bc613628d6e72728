// What a check prints of its steps: how each went, how long it took, and what is wrong. A problem makes the process end with 1.

/** @param {string} what @param {() => Promise<string[]> | string[]} check its answer is what is wrong, a text each */
export async function step(what, check) {
  const started = performance.now();
  const problems = await check();
  if (problems.length > 0) process.exitCode = 1;
  console.log(`${problems.length === 0 ? "ok   " : "WRONG"} ${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${what}`);
  for (const problem of problems) console.log(`    ${problem}`);
}
