// loading.ts - something asked of the lab, as state: the last answer stays until the next one is there.
import { useEffect, useState } from 'preact/hooks';

interface Loading<T> {
  readonly value: T | undefined;
  /** Why the last question was refused. */
  readonly error: string | undefined;
  readonly busy: boolean;
}

/** Asks when `keys` change; an answer that comes too late is dropped. Null: there is nothing to ask. */
export function useLoading<T>(load: (() => Promise<T>) | null, keys: readonly unknown[]): Loading<T> {
  const [state, set] = useState<Loading<T>>({ value: undefined, error: undefined, busy: load !== null });
  useEffect(() => {
    if (!load) {
      set({ value: undefined, error: undefined, busy: false });
      return;
    }
    let late = false;
    set((before) => ({ ...before, busy: true }));
    load().then(
      (value) => late || set({ value, error: undefined, busy: false }),
      (error: Error) => late || set({ value: undefined, error: error.message, busy: false }),
    );
    return () => {
      late = true;
    };
  }, keys);
  return state;
}
