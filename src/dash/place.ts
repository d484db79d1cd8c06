// place.ts - the address bar as state: views read what is chosen from it and write it there.
import { useEffect, useState } from 'preact/hooks';
import { type Place, type Query, readPlace, type View, writePlace } from './url.js';

const listeners = new Set<() => void>();
let here: Place = readPlace(location.pathname, location.search);

function arrive(): void {
  here = readPlace(location.pathname, location.search);
  for (const listener of listeners) listener();
}
addEventListener('popstate', arrive);

/** @param step a new step in the history of the browser, for Back */
function go(place: Place, step: boolean): void {
  const address = writePlace(place);
  if (address === `${location.pathname}${location.search}`) return;
  if (step) history.pushState(null, '', address);
  else history.replaceState(null, '', address);
  arrive();
}

export const goTo = (view: View, query: Query = {}): void => go({ view, query }, true);

/** Changes some of what is chosen in this view. Typing into a filter makes no steps. */
export const choose = (change: Query, step = false): void =>
  go({ view: here.view, query: { ...here.query, ...change } }, step);

export function usePlace(): Place {
  const [place, set] = useState(here);
  useEffect(() => {
    const listener = (): void => set(here);
    listeners.add(listener);
    listener();
    return () => void listeners.delete(listener);
  }, []);
  return place;
}
