// shade.ts - light or dark: the system's choice unless the user made another, which the browser remembers.

const SHADES = ['system', 'light', 'dark'] as const;
type Shade = (typeof SHADES)[number];
const KEY = 'shade';

export const shadeNow = (): Shade => SHADES.find((one) => one === localStorage.getItem(KEY)) ?? 'system';

export const nextShade = (shade: Shade): Shade => SHADES[(SHADES.indexOf(shade) + 1) % SHADES.length] ?? 'system';

/** Puts a shade on the page. */
export function wear(shade: Shade): Shade {
  localStorage.setItem(KEY, shade);
  if (shade === 'system') delete document.documentElement.dataset.shade;
  else document.documentElement.dataset.shade = shade;
  return shade;
}
