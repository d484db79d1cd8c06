// flush.ts - when clients of watches are given what waits: together, and so that it takes a part of the time alone.

/** Of the time that giving takes, how much longer others have before the next round. */
const REST = 2;
/** Longest rest, in milliseconds. */
const LONGEST_REST = 50;

const waiting = new Set<() => void>();
let scheduled = false;
let free = 0;

function round(): void {
  scheduled = false;
  const start = performance.now();
  const clients = [...waiting];
  waiting.clear();
  for (const give of clients) give();
  const took = performance.now() - start;
  free = start + took + Math.min(LONGEST_REST, REST * took);
}

/** Calls back in the next round, once however often it is asked for. Returns nothing to take back: `give` may find nothing. */
export function inNextRound(give: () => void): void {
  waiting.add(give);
  if (scheduled) return;
  scheduled = true;
  const pause = free - performance.now();
  if (pause > 1) setTimeout(round, pause);
  else setImmediate(round);
}
