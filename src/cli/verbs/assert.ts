// assert.ts - `kubewire assert`: do the manifests meet expectations that are written down in sentences? For pipelines.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parse } from 'yaml';
import {
  type Court,
  type Expectation,
  FORMS,
  type Judgement,
  judgeExpectation,
  readExpectation,
} from '../../observe/assertions.js';
import { engineFactory } from '../../observe/engines.js';
import { MatrixBuilder } from '../../observe/matrix.js';
import { Tracer } from '../../observe/trace.js';
import { Exit } from '../failure.js';
import { closing, outputOption } from '../flags.js';
import { clientOf } from '../lab/client.js';
import {
  loadWorld,
  manifestOption,
  strategyOf,
  strategyOption,
  type WorldFlags,
  worldOptions,
} from '../packets/world.js';
import { junit } from '../print/junit.js';
import { asPage, type Page, typedCommand } from '../print/page.js';

interface AssertFlags extends WorldFlags {
  readonly output: string;
}

interface Check {
  readonly sentence: string;
  readonly expectation: Expectation;
}

interface Result extends Judgement {
  readonly check: string;
}

/** How much of what speaks against a check is printed. */
const MOST_AGAINST = 5;

function wrongFile(path: string, why: string): Exit {
  return new Exit(
    1,
    `error: ${path}: ${why}\nA check is a sentence such as:\n${FORMS.map((form) => `  - ${form}`).join('\n')}`,
  );
}

/** A list of sentences, or the same under `checks:`. */
function readChecks(path: string): Check[] {
  let document: unknown;
  try {
    document = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw wrongFile(path, (error as Error).message);
  }
  const list = Array.isArray(document) ? document : (document as { checks?: unknown } | null)?.checks;
  if (!Array.isArray(list) || list.length === 0) throw wrongFile(path, 'it has no list of checks');
  return list.map((item: unknown, i) => {
    const expectation = typeof item === 'string' ? readExpectation(item) : null;
    if (expectation) return { sentence: String(item), expectation };
    throw wrongFile(path, `check ${i + 1} cannot be read: ${JSON.stringify(item)}`);
  });
}

const casesOf = (results: readonly Result[]) =>
  results.map(({ check, holds, against }) => ({ name: check, failure: holds ? undefined : against.join('\n') }));

const summary = (results: readonly Result[]): string => {
  const failed = results.filter(({ holds }) => !holds).length;
  return failed === 0 ? `all ${results.length} checks hold` : `${failed} of ${results.length} checks do not hold`;
};

const pageOf = (results: readonly Result[]): Page => ({
  title: 'Expectations',
  answer: summary(results),
  well: results.every(({ holds }) => holds),
  sections: [
    {
      title: 'Checks',
      table: {
        head: ['CHECK', 'CASES', 'AGAINST IT'],
        rows: results.map(({ check, holds, cases, against }) => ({
          mark: holds ? ('✓' as const) : ('✗' as const),
          cells: [check, String(cases), against.slice(0, MOST_AGAINST).join('; ')],
        })),
      },
    },
  ],
  legend: [
    ['✓', 'holds for every sender and frontend that it is about'],
    ['✗', 'does not'],
  ],
  again: typedCommand(),
});

function text(results: readonly Result[]): string {
  const lines = results.flatMap(({ check, holds, cases, against }) => {
    const more = against.length > MOST_AGAINST ? [`     … and ${against.length - MOST_AGAINST} more`] : [];
    const why = against.slice(0, MOST_AGAINST).map((line) => `     ${line}`);
    return [`${holds ? '✓' : '✗'}  ${check}  (${cases} cases)`, ...why, ...more];
  });
  return `${lines.join('\n')}\n${summary(results)}\n`;
}

function print(results: readonly Result[], output: string): void {
  const page = asPage(output, () => pageOf(results));
  if (page !== null) process.stdout.write(page);
  else if (output === 'json') process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
  else process.stdout.write(output === 'junit' ? junit('kubewire assert', casesOf(results)) : text(results));
}

async function run(path: string, flags: AssertFlags, command: Command): Promise<void> {
  const checks = readChecks(path);
  const strategy = strategyOf(flags, 'assert');
  const world = await loadWorld(flags, 'assert', () => clientOf(command));
  const createEngine = await engineFactory(flags.engine);
  const court: Court = {
    ...{ world, strategy },
    matrix: new MatrixBuilder(world, [strategy], createEngine),
    tracer: new Tracer(world, strategy, createEngine),
  };
  const results = checks.map(({ sentence, expectation }) => ({
    check: sentence,
    ...judgeExpectation(court, expectation),
  }));
  print(results, flags.output);
  if (results.some(({ holds }) => !holds)) throw new Exit(1);
}

export function register(program: Command): void {
  const command = program
    .command('assert')
    .description(
      'Decide whether manifests, or the running lab, meet expectations: a YAML list of sentences. Each is decided for every\n' +
        'kind of sender and every frontend that it is about, on the tables that the dataplane runs.',
    )
    .argument('<checks>', 'the file with the sentences');
  outputOption(strategyOption(manifestOption(command, false)), ['text', 'json', 'junit', 'html', 'md'], 'text');
  worldOptions(command.option('--node <node>', 'name of the node that --node-ip describes'), false).action(
    (path: string, flags: AssertFlags, self: Command) => run(path, flags, self),
  );
  closing(
    command,
    'kubewire assert -f examples/shop checks.yaml\nkubewire assert -f shop.yaml checks.yaml -o junit > report.xml',
    { 1: 'a check does not hold, or something is missing or wrong' },
    `Sentences, one of each kind:\n${FORMS.map((form) => `  - ${form}`).join('\n')}`,
  );
}
