// documented-differences.ts - the differences between modes that examples/differences/README.md documents, file by file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const DIFFERENCES = fileURLToPath(new URL('../../examples/differences/', import.meta.url)).replace(
  '/dist/examples/',
  '/examples/',
);

/** The columns of "What each file shows". */
export const PAIRS = [
  ['iptables', 'nftables'],
  ['ipvs', 'nftables'],
  ['ipvs', 'iptables'],
] as const;

/** Kinds that every Service brings, or every known Service range; the page says so once. */
const PORT = 'a port that the address of a Service does not have';
const RANGE = 'an address of the Service range that no Service has';

/** The cells of every table row under a heading of the page. */
function rowsUnder(heading: string): string[][] {
  const page = readFileSync(join(DIFFERENCES, 'README.md'), 'utf8');
  const section = page.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(1).map((line) => line.split('|').map((cell) => cell.trim()));
}

const kindsIn = (cell: string): string[] => (cell === '-' ? [] : cell.split('<br>'));

/** Name of a file → its kinds for each of PAIRS, sorted, when the Service range is known. */
export const DOCUMENTED: ReadonlyMap<string, readonly (readonly string[])[]> = new Map(
  rowsUnder('What each file shows').map(([, file = '', ...cells]) => [
    `${file}.yaml`,
    PAIRS.map(([a, b], i) => {
      const ports = a === 'iptables' || b === 'iptables' ? [PORT] : [];
      const range = b === 'nftables' ? [RANGE] : [];
      return [...ports, ...range, ...kindsIn(cells[i] ?? '')].sort();
    }),
  ]),
);

/** Every kind that the page names, without the remark behind some of them. */
export const NAMED: readonly string[] = rowsUnder('Where the modes of kube-proxy differ').map(([, , kind = '']) =>
  kind.replace(/ \(.*\)$/, ''),
);
