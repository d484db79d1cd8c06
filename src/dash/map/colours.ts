// colours.ts - the stylesheet's colours for what is drawn on a canvas, and a call when the screen turns light or dark.

export { FONT } from '../palette.js';

const NAMES = ['paper', 'ink', 'soft', 'line', 'panel', 'accent', 'note', 'bad'] as const;
export type Colours = Readonly<Record<(typeof NAMES)[number] | 'traffic', string>>;

export function coloursNow(): Colours {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return { ...(Object.fromEntries(NAMES.map((name) => [name, read(name)])) as Colours), traffic: read('s0') };
}

/** Calls when colours may have changed: the system's choice, or the user's on the page. */
export function onRecolour(listener: () => void): () => void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const root = new MutationObserver(listener);
  root.observe(document.documentElement, { attributes: true, attributeFilter: ['data-shade'] });
  dark.addEventListener('change', listener);
  return () => {
    root.disconnect();
    dark.removeEventListener('change', listener);
  };
}
