// calm.ts - a value while somebody types: taken when it has not changed for a moment.
import { useEffect, useState } from 'preact/hooks';

/** Milliseconds. */
const TYPING_MS = 250;

export function useCalm<T>(value: T): T {
  const [calm, set] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => set(value), TYPING_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return calm;
}
