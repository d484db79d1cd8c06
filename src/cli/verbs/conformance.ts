// conformance.ts - `kubewire conformance`: Kubernetes' own network tests, by name, with real packets in a lab.
import { Argument, type Command } from 'commander';
import { type ConformanceTest, playTests, testsNamed } from '../../story/conformance.js';
import { type Row, settingsOf } from '../../story/play.js';
import { Exit, usage } from '../failure.js';
import { closing, outputOption } from '../flags.js';
import { settingOptions } from '../packets/setting.js';
import { ROW_FORMATS, rowsIn, rowText } from '../print/rows.js';

interface ConformanceFlags {
  readonly strategy?: string;
  readonly dataplane: string;
  readonly list?: boolean;
  readonly output: string;
}

const { stdout } = process;

/** A lab that cannot be had, or a page that cannot be read. */
const COULD_NOT_RUN = 2;

function list(tests: readonly ConformanceTest[], { output }: ConformanceFlags): void {
  const told = tests.map(({ name, link, story }) => ({ name, link, file: story.file }));
  if (output === 'json') stdout.write(`${JSON.stringify(told, null, 2)}\n`);
  else for (const { name, link, file } of told) stdout.write(`${name}\n     ${link}\n     ${file}\n`);
}

async function run(words: readonly string[], flags: ConformanceFlags): Promise<void> {
  const tests = testsNamed(words);
  if (tests.length === 0) throw usage(`no test has "${words.join('" or "')}" in its name`, 'conformance');
  if (flags.list) return list(tests, flags);
  const settings = settingsOf(flags.strategy ?? (flags.dataplane === 'kubewire' ? 'nftables' : 'all'), flags.dataplane);
  if (settings.length === 0)
    throw usage(
      `--dataplane ${flags.dataplane} has the rules of its own mode, not of ${flags.strategy}`,
      'conformance',
    );
  const rows: Row[] = [];
  try {
    await playTests(tests, settings, (row, { link }) => {
      rows.push(row);
      if (flags.output === 'text') stdout.write(`${rowText(row)}     ${link}\n`);
    });
  } catch (error) {
    throw new Exit(COULD_NOT_RUN, `error: ${error instanceof Error ? error.message : error}`);
  }
  stdout.write(rowsIn(flags.output, 'conformance', rows));
  if (rows.some(({ result }) => result === 'failed')) throw new Exit(1);
}

export function register(program: Command): void {
  const command = program
    .command('conformance')
    .description(
      "Do what Kubernetes' own [sig-network] tests demand, by their names: each with real packets in a lab, under each\n" +
        'strategy and on the dataplanes of the kernel. What is typed stands in examples/conformance.',
    )
    .addArgument(new Argument('[name...]', 'a part of their names (default: all)'));
  settingOptions(command, 'how rules are looked up (default: nftables)').option(
    '--list',
    'only say which there are, and where they come from',
  );
  outputOption(command, ROW_FORMATS, 'text').action(run);
  closing(
    command,
    'kubewire conformance --list\nkubewire conformance affinity hostport\n' +
      'kubewire conformance --strategy all --dataplane all -o junit > report.xml',
    { 1: 'a test failed', 2: 'it could not run: no lab, or a name that no test has' },
  );
}
