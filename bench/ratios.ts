// ratios.ts - the tables of README.md, "Measured ratios": `node dist/bench/ratios.js bench-results/results.json`.
import { readFileSync } from 'node:fs';
import { OWN, strategyNames } from './cluster.js';
import { ratioOf } from './output/number.js';
import type { Row } from './row.js';

const SYNCED = 5000;

const { rows } = JSON.parse(readFileSync(process.argv[2] ?? 'bench-results/results.json', 'utf8')) as { rows: Row[] };

/** The quietest pass of a metric of suite `lookup`, in ns. */
const quietest = (metric: string, strategy: string, services: number): number =>
  rows.find((row) => row.metric === metric && row.strategy === strategy && row.services === services)?.min ??
  Number.NaN;

const lineOf = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], lines: readonly string[]): string =>
  [lineOf(...head), lineOf(...head.map(() => '---')), ...lines].join('\n');

function lookupTables(): string[] {
  const first = rows.filter((row) => row.suite === 'lookup' && row.metric === 'first packet');
  const sizes = [...new Set(first.map((row) => row.services ?? 0))].sort((a, b) => a - b);
  const [small = 0, large = 0] = [sizes[0], sizes.at(-1)];
  const growth = ['first packet', 'established packet', 'first packet, lookup alone'].map((metric) => {
    const ratio = quietest(metric, OWN, large) / quietest(metric, OWN, small);
    return lineOf(`\`${OWN}\`, ${metric}, ${large.toLocaleString('en-US')} Services to ${small}`, ratio.toFixed(2));
  });
  const others = strategyNames().filter((name) => name !== OWN);
  const beside = (metric: string, name: string, services: number): string =>
    (quietest(metric, name, services) / quietest(metric, OWN, services)).toPrecision(3);
  const duels = others.map((name) =>
    lineOf(
      `\`${name}\``,
      ...sizes.map((at) => `${beside('first packet', name, at)} (${beside('first packet, lookup alone', name, at)})`),
    ),
  );
  const head = [`first packet (lookup alone), \`${OWN}\` = 1`, ...sizes.map((at) => at.toLocaleString('en-US'))];
  return [table(['lookup', 'ratio'], growth), table(head, duels)];
}

function syncTable(): string {
  const here = rows.filter((row) => row.suite === 'sync' && row.services === SYNCED);
  const kernel = (path: string, metric: string) =>
    here.find((row) => row.dataplane === 'kernel-nftables' && row.path === path && row.metric === metric);
  const line = (title: string, path: string, metric: string, statistic: 'median' | 'min'): string =>
    lineOf(
      title,
      ...strategyNames().map((name) => {
        const own = here.find((row) => row.strategy === name && row.metric === metric);
        return ratioOf((kernel(path, metric)?.[statistic] ?? Number.NaN) / (own?.[statistic] ?? Number.NaN));
      }),
    );
  return table(
    [`sync, ${SYNCED.toLocaleString('en-US')} Services × 5 endpoints`, ...strategyNames()],
    [
      line('`nft -f` to a full sync, medians', 'nft -f -', 'full sync', 'median'),
      line('the same, the quietest of each', 'nft -f -', 'full sync', 'min'),
      line('`nft add element` to one Service added', 'nft add element', 'one Service added', 'median'),
      line('`nft -f` of its rules to one Service added', 'nft -f -', 'one Service added', 'median'),
    ],
  );
}

process.stdout.write(`${[...lookupTables(), syncTable()].join('\n\n')}\n`);
