// run.ts - `npm run bench -- SUITE… [-o json]`: runs suites and prints medians, spread, ratio to the copy loop, and the machine.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '../src/model/fault.js';
import { describeMachine, machineLine } from './machine.js';
import type { Row } from './row.js';

type Suite = (progress: (text: string) => void) => Promise<Row[]>;

const SUITES: Readonly<Record<string, () => Promise<Suite>>> = {
  smoke: async () => {
    const { smoke } = await import('./smoke.js');
    return async (progress) => [...(await smoke(true, progress)), ...(await smoke(false, progress))];
  },
  stages: async () => (await import('./stages.js')).stages,
};

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const progress = (text: string): void => void process.stderr.write(`${text}\n`);

/** Rows of one metric, each beside its ratio to the copy loop's. */
function table(rows: readonly Row[]): string {
  const lines: string[] = [];
  for (const metric of new Set(rows.map((row) => row.metric))) {
    const group = rows.filter((row) => row.metric === metric);
    const floor = group.find((row) => row.dataplane === 'copy')?.median;
    const width = Math.max(...group.map((row) => row.path.length));
    lines.push(
      '',
      `${metric} (${group[0]?.unit}; median, min to max of the runs${floor === undefined ? '' : ', ratio to the copy loop'})`,
    );
    for (const row of group) {
      const spread = `${row.min.toFixed(2)} to ${row.max.toFixed(2)}`;
      const ratio = floor === undefined ? '' : (row.median / floor).toFixed(2);
      lines.push(`  ${row.path.padEnd(width)}  ${row.median.toFixed(2).padStart(7)}  ${spread.padStart(16)}  ${ratio}`);
    }
  }
  return lines.join('\n');
}

async function main(args: readonly string[]): Promise<number> {
  const json = args.includes('json');
  const names = args.filter((word) => word !== '-o' && word !== 'json' && word !== 'text');
  const unknown = names.filter((name) => !Object.hasOwn(SUITES, name));
  if (names.length === 0 || unknown.length > 0) {
    process.stderr.write(`usage: npm run bench -- SUITE… [-o json]; suites: ${Object.keys(SUITES).join(', ')}\n`);
    return 2;
  }
  const machine = describeMachine(root);
  const rows: Row[] = [];
  for (const name of names) {
    const suite = await SUITES[name]?.();
    if (suite) rows.push(...(await suite(progress)));
  }
  process.stdout.write(
    json ? `${JSON.stringify({ version: 1, machine, rows }, null, 2)}\n` : `${machineLine(machine)}\n${table(rows)}\n`,
  );
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const remedy = error instanceof Fault && error.remedy ? `\n  ${error.remedy}` : '';
  process.stderr.write(`error: ${(error as Error).message}${remedy}\n`);
  process.exitCode = 1;
}
