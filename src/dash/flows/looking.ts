// looking.ts - the connections that nodes track and what they refused, asked again and again.
import { useEffect, useState } from 'preact/hooks';
import type { FlowViewList } from '../../api/flows.js';
import type { FlowView } from '../../observe/flows.js';
import { ask } from '../api.js';

/** Milliseconds between two looks, and how many times the last look's length at least: a large lab is asked less often. */
const EVERY_MS = 1000;
const SPARING = 5;

interface Looked {
  readonly flows: readonly FlowView[];
  /** Why the last look failed. */
  readonly error?: string;
}

/** The flows of a node ('': of all), looked at again and again unless paused. */
export function useFlows(node: string, paused: boolean): Looked {
  const [state, set] = useState<Looked>({ flows: [] });
  useEffect(() => {
    if (paused) return;
    let timer = 0;
    let ended = false;
    const look = async (): Promise<void> => {
      const begun = performance.now();
      try {
        const { items } = await ask<FlowViewList>(`/apis/kubewire.dev/v1alpha1/flows?${new URLSearchParams({ node })}`);
        if (!ended) set({ flows: items });
      } catch (error) {
        if (!ended) set(({ flows }) => ({ flows, error: (error as Error).message }));
      }
      const took = performance.now() - begun;
      if (!ended) timer = window.setTimeout(look, Math.max(EVERY_MS, took * SPARING));
    };
    void look();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [node, paused]);
  return state;
}
