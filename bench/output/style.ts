// style.ts - the colours and fonts of charts and of the report, for light and dark screens.
import { FONT, MONO, palette, strategyColour } from '../../src/dash/palette.js';

/** Colour of a series: that of its strategy, or of the one that the kernel stands beside; others go by their place. */
export function seriesColour(name: string, place: number): string {
  if (name === 'copy') return 'var(--soft)';
  return strategyColour(name.replace(/^kernel-/, ''), place);
}

/** What is not ours is dashed. */
export const isForeign = (name: string): boolean => name.startsWith('kernel-') || name === 'copy';

export const CHART_STYLE = `.chart { font: 13px ${FONT} }
.chart text { fill: var(--ink) }
.chart .soft { fill: var(--soft) }
.chart .grid { stroke: var(--line); stroke-width: 1 }
.chart .title { font-size: 15px; font-weight: 600 }
.chart .line { fill: none; stroke-width: 2.5; stroke-linejoin: round }
.chart .span { stroke-width: 1.25; opacity: .7 }
.chart .dashed { stroke-dasharray: 6 4 }
.chart .name { font-weight: 600 }`;

export const PAGE_STYLE = `${palette(':root')}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 ${FONT} }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem }
h2 { font-size: 1.35rem; margin: 3.2rem 0 .4rem; padding-top: 1.2rem; border-top: 1px solid var(--line) }
p { margin: .5rem 0 }
.soft { color: var(--soft) }
a { color: var(--accent) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1.1rem; margin: 1.4rem 0; font-size: .92rem }
dt { color: var(--soft) } dd { margin: 0 }
.findings { list-style: none; padding: .2rem 0 .2rem 1rem; margin: 1rem 0; border-left: 4px solid var(--accent) }
.findings li { margin: .3rem 0; font-weight: 500 }
.summary { padding-left: 1.1rem } .summary li { margin: .35rem 0 } .summary a { font-weight: 600 }
.warning { border: 1px solid var(--s2); border-radius: 8px; padding: .6rem 1rem }
figure { margin: 1.6rem 0; overflow-x: auto }
.names { display: none; font-size: .92rem } .names b { margin-right: .8em }
@media (max-width: 38rem) { .names { display: block } }
figure svg { display: block; width: 100%; height: auto; min-width: 34rem }
details { margin: 1rem 0; border: 1px solid var(--line); border-radius: 8px; padding: .5rem .9rem }
summary { cursor: pointer; font-weight: 600 }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .85rem; margin: .7rem 0; font-variant-numeric: tabular-nums }
caption { text-align: left; font-weight: 600; padding: .5rem 0 }
th, td { text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--line); white-space: nowrap }
td.n, th.n { text-align: right }
code { font: .9em ${MONO}; background: var(--panel); padding: .1em .35em; border-radius: 4px }
.missing { color: var(--soft); font-size: .92rem }
@media print { details { border: 0 } }`;
