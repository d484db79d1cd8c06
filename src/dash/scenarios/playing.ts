// playing.ts - a story that is being played, as state: what each of its commands has printed so far.
import { useEffect, useState } from 'preact/hooks';
import type { ScenarioNews } from '../../api/dash/shapes.js';
import { askLines } from '../api.js';

type Of<T extends ScenarioNews['type']> = Extract<ScenarioNews, { readonly type: T }>;

export interface Playing {
  readonly running: boolean;
  /** The page of its lab, while it runs. */
  readonly address: string | null;
  /** By the line of the story's page. */
  readonly steps: ReadonlyMap<number, Of<'step'>>;
  readonly row: Of<'end'>['row'] | null;
  /** Why it could not be played. */
  readonly error: string | null;
}

const NOTHING: Playing = { running: false, address: null, steps: new Map(), row: null, error: null };

function after(before: Playing, news: ScenarioNews): Playing {
  if (news.type === 'lab') return { ...before, address: news.address };
  if (news.type === 'end') return { ...before, running: false, address: null, row: news.row };
  return { ...before, steps: new Map([...before.steps, [news.line, news]]) };
}

/** What became of the last play, and how to begin another. Another story, or another strategy, has none yet. */
export function usePlaying(name: string, strategy: string): [Playing, () => void] {
  const [state, set] = useState(NOTHING);
  const key = `${name} ${strategy}`;
  const [of, setOf] = useState(key);
  useEffect(() => {
    setOf(key);
    set(NOTHING);
  }, [key]);
  const play = (): void => {
    set({ ...NOTHING, running: true });
    const path = `/dash/scenarios/${encodeURIComponent(name)}?strategy=${encodeURIComponent(strategy)}`;
    const hear = (news: ScenarioNews): void => set((before) => after(before, news));
    askLines<ScenarioNews>(path, { method: 'POST' }, hear).catch((error: Error) =>
      set((before) => ({ ...before, running: false, error: error.message })),
    );
  };
  return [of === key ? state : NOTHING, play];
}
