// html.ts - the report: one self-contained page for readers who were not there.
import { STRATEGY_SPECS } from '../../src/abi/strategies.js';
import type { SuiteResult } from '../runner.js';
import type { Chart } from './chart.js';
import { type MetricTable, metricTables, type Results } from './results.js';
import { CHART_STYLE, PAGE_STYLE } from './style.js';
import { chartSvg, escapeXml, seriesNames } from './svg.js';

const tag = (name: string, content: string, more = ''): string => `<${name}${more}>${content}</${name}>`;

const list = (items: readonly string[], kind: string): string =>
  items.length === 0
    ? ''
    : tag('ul', items.map((item) => tag('li', escapeXml(item))).join(''), kind === '' ? '' : ` class="${kind}"`);

function table({ title, head, firstNumber, lines }: MetricTable): string {
  const cells = (name: string, values: readonly string[]): string =>
    tag('tr', values.map((value, i) => tag(name, escapeXml(value), i < firstNumber ? '' : ' class="n"')).join(''));
  const body = lines.map((line) => cells('td', line)).join('\n');
  const content = tag('caption', escapeXml(title)) + tag('thead', cells('th', head)) + tag('tbody', body);
  return tag('div', tag('table', content), ' class="scroll"');
}

/**
 * On a narrow screen charts are scrolled, and the names at the ends of lines are out of sight. There they are listed
 * above it.
 */
function figure(chart: Chart): string {
  const names = seriesNames(chart).map(({ name, colour }) => tag('b', escapeXml(name), ` style="color: ${colour}"`));
  return tag('figure', tag('p', names.join(' '), ' class="names"') + chartSvg(chart));
}

function section({ suite, rows, skipped, failed }: SuiteResult): string {
  const parts = [
    tag('h2', escapeXml(suite.title), ` id="${suite.name}"`),
    tag('p', escapeXml(suite.about), ' class="soft"'),
  ];
  parts.push(list(suite.findings(rows), 'findings'));
  parts.push(...suite.charts(rows).map(figure));
  if (rows.length > 0) {
    parts.push(
      tag('details', `<summary>All ${rows.length} results</summary>${metricTables(rows).map(table).join('\n')}`),
    );
  }
  const missing = [...skipped, ...failed].map((why) => `Not measured here: ${why}`);
  parts.push(...missing.map((why) => tag('p', escapeXml(why), ' class="missing"')));
  return tag('section', parts.join('\n'));
}

const HOW_TO_READ = `Points and bars are medians; thin lines go from the lowest to the highest run. Every row was measured
in fresh processes, and rows that are compared were measured in turns, so that both share what else the machine did. Compare
ratios within this page, not absolute figures between machines.`;

const ABOUT = `The same Kubernetes Services, compiled the way iptables, nftables, IPVS and Cilium do it and the way kubewire
does it, on the same packets, and the Linux kernel beside them.`;

/** Readers of the page know Kubernetes, not our names. */
const NAMES = `The strategies are tables of kubewire's own dataplane, which runs outside the kernel:
${STRATEGY_SPECS.map(({ word, doc }) => `<b>${word}</b> (${doc})`).join(', ')}.
<b>kernel-nftables</b> and <b>kernel-iptables</b>, dashed, are the Linux kernel with the rules that kube-proxy would load;
<b>copy</b> is a loop that moves frames between two TAP devices and looks at nothing: no dataplane on such devices can beat it
by much.`;

function circumstances({ circumstances: { machine, seed, scale, date } }: Results): string {
  const entries: [string, string][] = [
    ['Machine', `${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB`],
    ['System', `Linux ${machine.kernel}, Node ${machine.node}`],
    ['Commit', machine.commit],
    ['Run', `${date}, ${scale}, seed ${seed}`],
    ['Load before it', `${machine.load.toFixed(2)} runnable programs on average over one minute`],
  ];
  return tag('dl', entries.map(([name, value]) => tag('dt', name) + tag('dd', escapeXml(value))).join(''));
}

/** Load of other programs above which the figures are those of a busy machine. */
const BUSY_LOAD = 0.7;

function warning({ circumstances: { machine } }: Results): string {
  if (machine.load < BUSY_LOAD) return '';
  const text = `Other programs were running (load ${machine.load.toFixed(1)} before the start): times are too long, rates too low,
and single rows may be off by a multiple. Ratios of neighbouring rows are what can be used.`;
  return tag('p', `<b>A busy machine.</b> ${text}`, ' class="warning"');
}

/** The first finding of each suite, with a link to the rest. */
function summary(suites: readonly SuiteResult[]): string {
  const items = suites.flatMap(({ suite, rows }) => {
    const [finding] = rows.length > 0 ? suite.findings(rows) : [];
    const link = tag('a', escapeXml(suite.title), ` href="#${suite.name}"`);
    return finding === undefined ? [] : [tag('li', `${link}. ${escapeXml(finding)}`)];
  });
  return tag('ul', items.join('\n'), ' class="summary"');
}

export function toHtml(results: Results): string {
  const flags = results.circumstances.scale === 'full' ? '' : ` --${results.circumstances.scale}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>kubewire: strategies for Kubernetes Services, measured</title>
<style>
${PAGE_STYLE}
${CHART_STYLE}
</style>
</head>
<body>
<main>
<h1>Strategies for Kubernetes Services, measured</h1>
<p>${ABOUT}</p>
<p class="soft">${NAMES}</p>
${circumstances(results)}
${warning(results)}
${summary(results.suites)}
<p class="soft">${HOW_TO_READ}</p>
${results.suites.map(section).join('\n')}
<h2>Again</h2>
<p>This page was made by <code>npm run bench --${flags} --seed ${results.circumstances.seed}</code>; the same figures stand
in <code>results.json</code> beside it, in the shape that <code>bench/README.md</code> describes.</p>
</main>
</body>
</html>
`;
}
