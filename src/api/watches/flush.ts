// flush.ts - when clients of watches are given what waits: together, and so that it takes a part of the time alone.

/** Gives what waits to some clients, and says to how many. */
type Give = () => number;

/** Of the time that giving takes, how much longer others have before the next round. */
const REST = 2;
/** A client's socket is written after the round, which takes about this many milliseconds; others have as long. */
const CLIENT_MS = 0.25;
/** Longest rest, in milliseconds. */
const LONGEST_REST = 50;

const waiting = new Set<Give>();
let scheduled = false;
let free = 0;

function round(): void {
  scheduled = false;
  const start = performance.now();
  const gives = [...waiting];
  waiting.clear();
  let clients = 0;
  for (const give of gives) clients += give();
  const took = performance.now() - start;
  free = start + took + Math.min(LONGEST_REST, Math.max(REST * took, CLIENT_MS * clients));
}

/** Calls back in the next round, once however often it is asked for: there may be nothing left to give then. */
export function inNextRound(give: Give): void {
  waiting.add(give);
  if (scheduled) return;
  scheduled = true;
  const pause = free - performance.now();
  if (pause > 1) setTimeout(round, pause);
  else setImmediate(round);
}
