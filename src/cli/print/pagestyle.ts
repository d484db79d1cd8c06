// pagestyle.ts - colours and letters of a page, for light and for dark screens and for paper.
import { FONT, MONO, palette } from '../../dash/palette.js';

export const PAGE_STYLE = `${palette(':root')}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 ${FONT} }
main { max-width: 76rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .8rem; overflow-wrap: anywhere }
h2 { font-size: 1.15rem; margin: 2rem 0 .4rem; padding-top: 1rem; border-top: 1px solid var(--line); overflow-wrap: anywhere }
p { margin: .5rem 0; overflow-wrap: anywhere }
.answer { background: var(--panel); border-left: 4px solid; border-radius: 4px; padding: .7rem 1rem; font-weight: 600 }
.answer.good { border-color: var(--good) } .answer.bad { border-color: var(--bad) }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .7rem 1rem; overflow-x: auto; font: .86rem/1.5 ${MONO} }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .88rem; margin: .7rem 0; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
th { color: var(--soft); font-weight: 600; white-space: nowrap }
.mark { font-weight: 700; width: 1.6rem }
tr.good .mark { color: var(--good) } tr.note .mark { color: var(--note) } tr.bad .mark { color: var(--bad) }
tr.note td { background: color-mix(in srgb, var(--note) 8%, transparent) }
tr.bad td { background: color-mix(in srgb, var(--bad) 8%, transparent) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem } dt { font-weight: 600 } dd { margin: 0; color: var(--soft) }
.steps { display: flex; flex-wrap: wrap; gap: .4rem; margin-top: 1.5rem; align-items: center }
.steps > input { position: absolute; opacity: 0 }
.steps > label { padding: .3rem .8rem; border: 1px solid var(--line); border-radius: 6px; cursor: pointer }
.steps > input:checked + label { background: var(--accent); border-color: var(--accent); color: var(--paper); font-weight: 600 }
.steps > input:focus-visible + label { outline: 2px solid var(--accent); outline-offset: 2px }
.steps > section { order: 1; width: 100%; display: none }
.steps > input:checked + label + section { display: block }
@media print { pre { white-space: pre-wrap } .steps > section { display: block } }`;
