// cell.ts - the process of one cell: `cell.js SUITE PARAMS SEED` measures it and prints a CellResult as JSON.
import { SUITES } from './suites.js';

const [name = '', params = '{}', seed = '1'] = process.argv.slice(2);
try {
  const suite = await SUITES[name]?.();
  if (!suite) throw new Error(`no suite ${name}`);
  process.stdout.write(JSON.stringify(await suite.measure(JSON.parse(params), Number(seed))));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
