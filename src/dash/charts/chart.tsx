// chart.tsx - one chart over time, in the page's colours.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { onRecolour } from '../map/colours.js';
import { FONT } from '../palette.js';
import type { Series } from './series.js';

interface Props {
  readonly title: string;
  readonly series: Series;
  readonly text: (value: number) => string;
  /** Seconds of the window. */
  readonly window: number;
}

/** Spare colours of palette.ts, for lines that are no strategies. */
const LINES = 7;
const HEIGHT = 236;
const HOURS = '{HH}:{mm}';
const SECONDS = '{HH}:{mm}:{ss}';

const cssColour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** Times of day, with seconds where they are needed. */
function timesOf(_: uPlot, values: number[]): string[] {
  const narrow = (values[1] ?? 0) - (values[0] ?? 0) < 60;
  const text = uPlot.fmtDate(narrow ? SECONDS : HOURS);
  return values.map((value) => text(new Date(value * 1000)));
}

function optionsOf({ title, series, text }: Props, width: number): uPlot.Options {
  const axis = {
    stroke: cssColour('soft'),
    grid: { stroke: cssColour('line'), width: 1 },
    ticks: { show: false },
    font: `11px ${FONT}`,
  };
  return {
    title,
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { points: { show: false }, drag: { x: false, y: false } },
    scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [
      { ...axis, values: timesOf },
      { ...axis, size: 62, values: (_, values) => values.map(text) },
    ],
    series: [
      {},
      ...series.lines.map(({ name }, i) => ({
        label: name,
        stroke: cssColour(`s${i % LINES}`),
        width: 1.8,
        points: { show: false },
      })),
    ],
  };
}

function dataOf({ at, lines }: Series, window: number): uPlot.AlignedData {
  const from = at.findIndex((time) => time >= (at.at(-1) ?? 0) - window);
  const cut = <T,>(list: readonly T[]): T[] => list.slice(Math.max(0, from));
  return [cut(at), ...lines.map(({ values }) => cut(values))] as uPlot.AlignedData;
}

/** The last value of each line beside its name and colour. */
function Legend({ series, text }: Pick<Props, 'series' | 'text'>) {
  if (series.lines.length === 0) return <p class="legend soft">nothing yet</p>;
  return (
    <ul class="legend">
      {series.lines.map(({ name, values }, i) => (
        <li key={name} class={`line-${i % LINES}`}>
          {name} <b>{text(values.at(-1) ?? 0)}</b>
        </li>
      ))}
    </ul>
  );
}

export function Chart(props: Props) {
  const { series, title, text, window } = props;
  const place = useRef<HTMLDivElement>(null);
  const made = useRef<uPlot | null>(null);
  const [shade, setShade] = useState(0);
  const names = series.lines.map(({ name }) => name).join('\n');
  useEffect(() => onRecolour(() => setShade((count) => count + 1)), []);
  useLayoutEffect(() => {
    const own = place.current;
    if (!own) return;
    const plot = new uPlot(optionsOf(props, own.clientWidth), dataOf(series, window), own);
    made.current = plot;
    const look = new ResizeObserver(() => plot.setSize({ width: own.clientWidth, height: HEIGHT }));
    look.observe(own);
    return () => {
      look.disconnect();
      plot.destroy();
    };
  }, [names, shade, title]);
  useEffect(() => made.current?.setData(dataOf(series, window)), [series, window]);
  return (
    <figure class="chart" aria-label={title}>
      <div ref={place} />
      <Legend series={series} text={text} />
    </figure>
  );
}
