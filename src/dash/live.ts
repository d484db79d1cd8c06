// live.ts - the live channel at the browser's end: what the lab is, what is on the map, and the last minutes of counters.
import { useEffect, useState } from 'preact/hooks';
import type { Edge, LabFacts, LiveMessage, MapRow, Sample } from '../api/dash/shapes.js';

/** As many samples as the server keeps. */
const MOST_SAMPLES = 900;
/** Milliseconds until the next try after a connection was lost. */
const AGAIN_MS = 1500;

export interface LiveState {
  readonly connected: boolean;
  /** False until the first greeting. */
  readonly greeted: boolean;
  readonly lab: LabFacts | null;
  readonly rows: ReadonlyMap<string, MapRow>;
  readonly samples: readonly Sample[];
  /** Null while there are too many connections to tell them apart. */
  readonly edges: readonly Edge[] | null;
}

let state: LiveState = { connected: false, greeted: false, lab: null, rows: new Map(), samples: [], edges: [] };
const listeners = new Set<() => void>();
const changeListeners = new Set<(kinds: readonly string[]) => void>();

function turn(change: Partial<LiveState>): void {
  state = { ...state, ...change };
  for (const listener of listeners) listener();
}

function take(message: LiveMessage): void {
  switch (message.type) {
    case 'hello': {
      const { lab, rows, samples } = message;
      turn({ connected: true, greeted: true, lab, rows: new Map(rows.map((row) => [row.id, row])), samples });
      // What happened while nobody listened is unknown.
      for (const listener of changeListeners) listener(['*']);
      break;
    }
    case 'rows': {
      const rows = new Map(state.rows);
      for (const id of message.gone) rows.delete(id);
      for (const row of message.put) rows.set(row.id, row);
      turn({ rows });
      break;
    }
    case 'lab':
      turn({ lab: message.lab });
      break;
    case 'sample':
      turn({ samples: [...state.samples, message.sample].slice(-MOST_SAMPLES), edges: message.edges });
      break;
    case 'changed':
      for (const listener of changeListeners) listener(message.kinds);
  }
}

export function connect(): void {
  const socket = new WebSocket(`ws://${location.host}/dash/live`);
  socket.addEventListener('message', ({ data }) => take(JSON.parse(String(data)) as LiveMessage));
  socket.addEventListener('close', () => {
    turn({ connected: false });
    setTimeout(connect, AGAIN_MS);
  });
}

/** A part of what is live. `part` returns the same value as long as nothing that matters has changed. */
export function useLive<T>(part: (state: LiveState) => T): T {
  const [value, set] = useState(() => part(state));
  useEffect(() => {
    const listener = (): void => set(() => part(state));
    listeners.add(listener);
    listener();
    return () => void listeners.delete(listener);
  }, []);
  return value;
}

/** Counts up whenever objects of a kind have changed. */
export function useTurn(kind: string | undefined): number {
  const [turn, set] = useState(0);
  useEffect(() => {
    const listener = (kinds: readonly string[]): void => {
      if (kinds.includes('*') || kinds.includes(kind ?? '')) set((before) => before + 1);
    };
    changeListeners.add(listener);
    return () => void changeListeners.delete(listener);
  }, [kind]);
  return turn;
}
