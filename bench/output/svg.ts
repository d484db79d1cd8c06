// svg.ts - a chart as SVG: lines over logarithmic axes with their names at their ends, or grouped bars with their values.

import { palette } from '../../src/dash/palette.js';
import { type Axis, logAxis, sizeAxis, zeroAxis } from './axis.js';
import type { Bar, BarChart, Chart, LineChart } from './chart.js';
import { count, quantity } from './number.js';
import { CHART_STYLE, isForeign, seriesColour } from './style.js';

const WIDTH = 860;

export const escapeXml = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);

const n = (value: number): string => value.toFixed(1);

interface Body {
  readonly height: number;
  readonly content: string;
}

function text(x: number, y: number, value: string, more = ''): string {
  return `<text x="${n(x)}" y="${n(y)}"${more}>${escapeXml(value)}</text>`;
}

// ---- lines

const PLOT = { left: 74, right: WIDTH - 150, top: 44, bottom: 376 };

function grid(x: Axis, y: Axis, chart: LineChart): string {
  const { left, right, top, bottom } = PLOT;
  const across = y.ticks.map((tick) => {
    const at = y.at(tick);
    const line = `<line class="grid" x1="${left}" x2="${right}" y1="${n(at)}" y2="${n(at)}"/>`;
    return line + text(left - 8, at + 4, quantity(tick, chart.unit), ' class="soft" text-anchor="end"');
  });
  const down = x.ticks.map((tick) => {
    const at = x.at(tick);
    const line = `<line class="grid" x1="${n(at)}" x2="${n(at)}" y1="${top}" y2="${bottom}"/>`;
    return line + text(at, bottom + 20, count(tick), ' class="soft" text-anchor="middle"');
  });
  const label = text((left + right) / 2, bottom + 42, chart.xLabel, ' class="soft" text-anchor="middle"');
  return [...across, ...down, label].join('');
}

/** Names at the ends of lines, pushed apart so that none covers another. */
function spread(ends: readonly { name: string; y: number }[], gap: number): Map<string, number> {
  const sorted = [...ends].sort((a, b) => a.y - b.y);
  const placed = new Map<string, number>();
  let last = Number.NEGATIVE_INFINITY;
  for (const { name, y } of sorted) {
    last = Math.max(y, last + gap);
    placed.set(name, last);
  }
  // Pushed out at the bottom: push back upwards.
  let next = PLOT.bottom + gap;
  for (const { name } of sorted.reverse()) {
    next = Math.min(placed.get(name) ?? 0, next - gap);
    placed.set(name, next);
  }
  return placed;
}

function lines(chart: LineChart): Body {
  const points = chart.series.flatMap((one) => one.points);
  const x = sizeAxis(
    points.map((point) => point.x),
    PLOT.left + 14,
    PLOT.right - 14,
  );
  const y = logAxis(
    points.flatMap((point) => [point.y, point.low, point.high]),
    PLOT.bottom,
    PLOT.top,
  );
  const names = spread(
    chart.series.map(({ name, points: own }) => ({ name, y: y.at(own.at(-1)?.y ?? 1) })),
    17,
  );
  const drawn = chart.series.map(({ name, points: own }, place) => {
    const colour = seriesColour(name, place);
    const path = own.map((point, i) => `${i === 0 ? 'M' : 'L'}${n(x.at(point.x))} ${n(y.at(point.y))}`).join('');
    const dash = isForeign(name) ? ' dashed' : '';
    const marks = own.map((point) => {
      const at = x.at(point.x);
      const said = `${name}, ${count(point.x)} ${chart.xLabel}: ${quantity(point.y, chart.unit)}`;
      return (
        `<line class="span" stroke="${colour}" x1="${n(at)}" x2="${n(at)}" y1="${n(y.at(point.low))}" y2="${n(y.at(point.high))}"/>` +
        `<circle cx="${n(at)}" cy="${n(y.at(point.y))}" r="3.6" fill="${colour}"><title>${escapeXml(said)}</title></circle>`
      );
    });
    const end = own.at(-1);
    const endX = x.at(end?.x ?? 1);
    const endY = names.get(name) ?? 0;
    const lead =
      Math.abs(endY - y.at(end?.y ?? 1)) > 3 || endX < PLOT.right - 20
        ? `<line class="span" stroke="${colour}" x1="${n(endX + 5)}" y1="${n(y.at(end?.y ?? 1))}" x2="${PLOT.right + 8}" y2="${n(endY)}"/>`
        : '';
    return (
      `<path class="line${dash}" stroke="${colour}" d="${path}"/>${marks.join('')}${lead}` +
      text(PLOT.right + 12, endY + 4, name, ` class="name" style="fill: ${colour}"`)
    );
  });
  return { height: 430, content: grid(x, y, chart) + drawn.join('') };
}

// ---- bars

const BAR = { left: 150, right: WIDTH - 120, height: 19, gap: 5, group: 34 };

function bar(axis: Axis, one: Bar, unit: string, y: number): string {
  const colour = seriesColour(one.series, 0);
  const end = axis.at(one.value);
  const middle = y + BAR.height / 2;
  const width = Math.max(1, end - BAR.left);
  const fill = isForeign(one.series) ? ` fill-opacity=".45" stroke="${colour}" stroke-dasharray="4 3"` : '';
  const high = axis.at(one.high);
  return (
    text(BAR.left - 8, middle + 4, one.series, ' text-anchor="end"') +
    `<rect x="${BAR.left}" y="${n(y)}" width="${n(width)}" height="${BAR.height}" rx="2" fill="${colour}"${fill}/>` +
    `<line class="span" stroke="var(--ink)" x1="${n(axis.at(one.low))}" x2="${n(high)}" y1="${n(middle)}" y2="${n(middle)}"/>` +
    text(Math.max(end, high) + 8, middle + 4, quantity(one.value, unit))
  );
}

function barGroups(chart: BarChart): Body {
  const highest = Math.max(...chart.groups.flatMap((group) => group.bars.map(({ high }) => high)));
  const axis = zeroAxis(highest, BAR.left, BAR.right);
  let y = 40;
  const parts = chart.groups.map((group) => {
    const named = chart.groups.length > 1 || group.name !== '';
    const head = named ? text(BAR.left, y + 20, group.name, ' class="soft"') : '';
    y += named ? BAR.group : 8;
    const drawn = group.bars.map((one) => {
      const at = y;
      y += BAR.height + BAR.gap;
      return bar(axis, one, chart.unit, at);
    });
    return head + drawn.join('');
  });
  return { height: y + 12, content: parts.join('') };
}

/** Units for which everybody knows whether less or more is better. */
const BETTER: Readonly<Record<string, string>> = {
  ns: 'less is better',
  bytes: 'less is better',
  '/s': 'more is better',
  'Gbit/s': 'more is better',
};

/** The parts of a chart without the outer element. */
function body(chart: Chart): Body {
  const { height, content } = chart.kind === 'lines' ? lines(chart) : barGroups(chart);
  const better = text(WIDTH - 6, 22, BETTER[chart.unit] ?? '', ' class="soft" text-anchor="end"');
  return { height, content: text(6, 22, chart.title, ' class="title"') + better + content };
}

/** Names and colours of the lines of a chart. Bars have their names beside them. */
export const seriesNames = (chart: Chart): { name: string; colour: string }[] =>
  chart.kind === 'lines' ? chart.series.map(({ name }, place) => ({ name, colour: seriesColour(name, place) })) : [];

/** For a page that has palette() and CHART_STYLE. */
export function chartSvg(chart: Chart): string {
  const { height, content } = body(chart);
  return `<svg class="chart" viewBox="0 0 ${WIDTH} ${n(height)}" role="img" aria-label="${escapeXml(chart.title)}">${content}</svg>`;
}

/** A picture that stands alone, with all charts one below the other. */
export function standaloneSvg(charts: readonly Chart[]): string {
  let y = 10;
  const parts = charts.map((chart) => {
    const { height, content } = body(chart);
    const part = `<g transform="translate(20 ${n(y)})">${content}</g>`;
    y += height + 24;
    return part;
  });
  const style = `${palette('svg')}\nsvg { background: var(--paper) }\n${CHART_STYLE}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 ${WIDTH + 40} ${n(y)}" width="${WIDTH + 40}" height="${n(y)}">
<style>${style}</style>
${parts.join('\n')}
</svg>
`;
}
