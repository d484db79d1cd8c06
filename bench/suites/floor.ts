// floor.ts - suite `floor`: how near ours comes to the least that a dataplane on TAPs can do, and to the kernel's own way.
import { OWN } from '../cluster.js';
import { bars, made } from '../output/chart.js';
import { digits, quantity, whole } from '../output/number.js';
import { type Measurement, measured, type Row } from '../row.js';
import type { CellResult, Scale, Suite } from '../suite.js';
import { isFloor, openTestbed, type Testbed } from '../testbed.js';
import { type Add, startEcho, WORKLOADS } from '../traffic.js';

/** They take turns, one workload after the other. */
const RIVALS = ['kubewire', 'kubewire-fast', 'copy', 'copy-polls', 'kernel-nftables'] as const;
const SERVICES = 1000;
const { cost: _, ...TURNS } = WORKLOADS;

interface Size {
  readonly rivals: number;
  readonly turns: number;
  readonly ms: number;
}
const SIZES: Readonly<Record<Scale, Size>> = {
  tiny: { rivals: 2, turns: 1, ms: 50 },
  quick: { rivals: RIVALS.length, turns: 1, ms: 200 },
  full: { rivals: RIVALS.length, turns: 7, ms: 700 },
};

/** A stream takes a second at least. */
const secondsOf = ({ rivals, turns, ms }: Size): number => 3 + turns * rivals * (1.8 + (ms / 1000) * 6);

interface Rival {
  readonly bed: Testbed;
  readonly close: () => Promise<void>;
  readonly add: Add;
  readonly name: string;
}

/** Opens the dataplanes at once: who has nothing to do sleeps, so they share the moments of the machine. */
async function measure({ rivals: count, turns, ms }: Size, seed: number): Promise<CellResult> {
  const measurements: Measurement[] = [];
  const skipped = new Set<string>();
  const rivals: Rival[] = [];
  try {
    for (const dataplane of RIVALS.slice(0, count)) {
      const strategy = dataplane === 'kubewire' ? OWN : null;
      const services = isFloor(dataplane) ? null : SERVICES;
      const subject = { dataplane, strategy, services, path: 'client → Service → server' };
      const add: Add = (metric, unit, value, more = {}) =>
        void measurements.push(measured({ ...subject, metric, unit, ...more }, value));
      const bed = await openTestbed({ dataplane, strategy, services: SERVICES, seed }).catch((error: unknown) =>
        skipped.add(`${dataplane}, ${(error as Error).message}`),
      );
      if (bed instanceof Set) continue;
      const echo = await startEcho(bed);
      rivals.push({ bed, add, name: dataplane, close: () => echo.stop().then(() => bed.close()) });
    }
    for (let turn = 0; turn < turns; turn++) {
      for (const workload of Object.values(TURNS)) {
        for (const { bed, add, name } of rivals) {
          await workload(bed, ms, add).catch((error: unknown) => skipped.add(`${name}, ${(error as Error).message}`));
        }
      }
    }
  } finally {
    for (const { close } of rivals) await close();
  }
  return { measurements, skipped: [...skipped] };
}

/** More of it is better; of everything else, which is a time, less. */
const isRate = ({ unit }: Row): boolean => unit === '/s' || unit === 'Gbit/s';

/** The better of two rows about the same. */
const better = (a: Row, b: Row): Row => (isRate(a) === a.median > b.median ? a : b);

function findings(rows: readonly Row[]): string[] {
  return rows
    .filter(({ dataplane, unit }) => dataplane.startsWith('kubewire') && unit !== '%')
    .flatMap((own) => {
      const same = rows.filter(({ metric, path }) => metric === own.metric && path === own.path);
      const floor = same
        .filter(({ dataplane }) => isFloor(dataplane))
        .reduce<Row | undefined>((best, row) => (best ? better(best, row) : row), undefined);
      const kernel = same.find(({ dataplane }) => dataplane === 'kernel-nftables');
      if (!floor) return [];
      const beside = ({ dataplane, median, unit }: Row): string =>
        `${digits(Number((own.median / median).toPrecision(3)))} of ${dataplane} (${quantity(median, unit)})`;
      const which = own.path.includes('/s') ? `${own.metric}, ${own.path}` : own.metric;
      const others = [floor, ...(kernel ? [kernel] : [])].map(beside).join(', ');
      const who = own.dataplane === 'kubewire' ? '' : `${own.dataplane}, `;
      return [`${who}${which}: ${quantity(own.median, own.unit)}, ${others}.`];
    });
}

export const suite: Suite = {
  name: 'floor',
  title: 'The floor of TAP devices',
  about:
    'The same programs as in `throughput`, through two C loops that do nothing but read and write (`copy` sleeps at once ' +
    `when nothing comes, \`copy-polls\` asks again first), ours with ${whole(SERVICES)} Services, and the kernel. All are open at ` +
    'once and take turns at each workload. What a sentence compares with is the better loop of that row.',
  needsLab: true,
  rounds: { tiny: 1, quick: 1, full: 1 },
  cells: (scale) => [
    {
      label: 'dataplanes in turns',
      seconds: secondsOf(SIZES[scale]),
      params: { ...SIZES[scale] },
    },
  ],
  measure: ({ rivals, turns, ms }, seed) =>
    measure({ rivals: Number(rivals), turns: Number(turns), ms: Number(ms) }, seed),
  findings,
  charts: (rows) =>
    made(
      ...[...new Set(rows.map(({ metric }) => metric))].map((metric) =>
        bars(
          metric,
          rows.filter((row) => row.metric === metric),
          (row) => (row.path.includes('/s') ? row.path : ''),
        ),
      ),
    ),
};
