// How long the phases take.

/** Milliseconds since the timer was started. */
export type Timer = () => number;

export function startTimer(): Timer {
  const started = performance.now();
  return () => performance.now() - started;
}
