// url.ts - what is seen, as an address: the view is its path, everything chosen in it its query.

import { VIEWS } from '../api/dash/views.js';

export type View = (typeof VIEWS)[number];

export type Query = Readonly<Record<string, string>>;

export interface Place {
  readonly view: View;
  readonly query: Query;
}

const FIRST: View = 'map';

/** A path that is none of the views shows the first one. */
export function readPlace(path: string, search: string): Place {
  const word = path.replace(/^\/|\/$/g, '');
  const view = VIEWS.find((one) => one === word) ?? FIRST;
  return { view, query: Object.fromEntries(new URLSearchParams(search)) };
}

/** Without what is empty, so that nothing chosen is the shortest address. Keys in the order of their names. */
export function writePlace({ view, query }: Place): string {
  const kept = Object.entries(query)
    .filter(([, value]) => value !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const search = new URLSearchParams(kept).toString().replaceAll('%2F', '/').replaceAll('%3A', ':');
  return search === '' ? `/${view}` : `/${view}?${search}`;
}

/** A choice that must be one of some; anything else is the first of them. */
export const oneOf = <T extends string>(value: string | undefined, choices: readonly T[]): T =>
  choices.find((one) => one === value) ?? (choices[0] as T);
