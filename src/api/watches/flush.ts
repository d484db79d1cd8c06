// flush.ts - when clients of watches are given what waits: together, and so that it takes a part of the time alone.

/** Of the time that giving takes, how much longer others have before the next round. */
const REST = 2;
/** A client's socket is written after the round, which takes about half as many milliseconds. */
const CLIENT_MS = 0.1;
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
  free = start + took + Math.min(LONGEST_REST, Math.max(REST * took, CLIENT_MS * clients.length));
}

/** Calls back in the next round, once however often it is asked for: there may be nothing left to give then. */
export function inNextRound(give: () => void): void {
  waiting.add(give);
  if (scheduled) return;
  scheduled = true;
  const pause = free - performance.now();
  if (pause > 1) setTimeout(round, pause);
  else setImmediate(round);
}
