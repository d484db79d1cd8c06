// palette.ts - the colours of everything that kubewire shows on a page, for light and for dark screens.
//
// The page, the bench report and the pages of trace, matrix, compare and check take their colours from here.
import { STRATEGY_SPECS } from '../abi/strategies.js';

/**
 * A colour for each strategy, by its number, then spare ones. Colour-blind readers can tell them apart, too: they differ in
 * lightness.
 */
const SERIES = {
  light: ['#0072b2', '#c8323c', '#b36b00', '#7a4fb5', '#0b7a3e', '#00868b', '#8a6d00'],
  dark: ['#5cb3ea', '#f0787f', '#e5a54b', '#b79bea', '#4cc38a', '#4fc3c7', '#d9c04a'],
} as const;

const INK = {
  light: {
    paper: '#ffffff',
    ink: '#1a1f27',
    soft: '#5b6472',
    line: '#dfe3e8',
    panel: '#f5f7f9',
    accent: '#0b7a3e',
    good: '#0b7a3e',
    note: '#8a5a00',
    bad: '#b4232d',
  },
  dark: {
    paper: '#14181e',
    ink: '#e6e9ee',
    soft: '#9aa3af',
    line: '#2d343e',
    panel: '#1c222a',
    accent: '#4cc38a',
    good: '#4cc38a',
    note: '#e5a54b',
    bad: '#f0787f',
  },
} as const;

type Shade = 'light' | 'dark';

/** Letters of every page. */
export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
export const MONO = 'ui-monospace, "SF Mono", Menlo, Consolas, monospace';

/** Declarations of all colours: `--paper: #fff; …`. */
const variables = (shade: Shade): string =>
  [
    ...SERIES[shade].map((colour, i) => `--s${i}: ${colour}`),
    ...Object.entries(INK[shade]).map(([k, v]) => `--${k}: ${v}`),
  ].join('; ');

/**
 * CSS variables at `selector`, and their dark values for screens that prefer those.
 * @param attribute of `selector`, by which a reader chooses `light` or `dark` against what the screen prefers
 */
export function palette(selector: string, attribute?: string): string {
  const asChosen = (shade: Shade): string =>
    `\n${selector}[${attribute}="${shade}"] { ${variables(shade)}; color-scheme: ${shade} }`;
  return `${selector} { ${variables('light')}; color-scheme: light dark }
@media (prefers-color-scheme: dark) { ${selector} { ${variables('dark')} } }${attribute ? asChosen('light') + asChosen('dark') : ''}`;
}

/** Colour of a strategy, or of whatever else is at this place in a list. */
export function strategyColour(name: string, place: number): string {
  const at = STRATEGY_SPECS.findIndex(({ word }) => word === name);
  return `var(--s${(at < 0 ? place : at) % SERIES.light.length})`;
}
