// check.ts - `kubewire check`: sends real requests from every kind of source to every frontend, and judges the results.
import type { Command } from 'commander';
import { type Level, SURVEY_DEFAULTS } from '../../lab/check/survey.js';
import { closing, outputOption } from '../flags.js';
import { clientOf, labOption } from '../lab/client.js';
import { wholeNumber } from '../lab/number.js';
import { EVERYTHING, printCheck, ranInside, runCheck } from '../packets/check.js';

interface CheckFlags {
  readonly requests: string;
  readonly namespace?: string;
  readonly quiet?: boolean;
  readonly failed?: boolean;
  readonly output?: 'wide' | 'json' | 'html' | 'md';
}

function levelsOf({ quiet, failed }: CheckFlags): ReadonlySet<Level> {
  if (failed) return new Set(['wrong']);
  return quiet ? new Set(['specified', 'wrong']) : EVERYTHING;
}

async function check(services: readonly string[], flags: CheckFlags, command: Command): Promise<void> {
  const requests = wholeNumber(flags.requests, '--requests', 'check', 1, 10_000);
  const { output, namespace } = flags;
  const client = clientOf(command);
  if (await ranInside(client)) return;
  printCheck(await runCheck(client, { requests, services, namespace }), { output, levels: levelsOf(flags) });
}

export function register(program: Command): void {
  const command = program
    .command('check')
    .description(
      'Send real HTTP and UDP requests from pods, nodes and the outside to every frontend of every Service, and verify\n' +
        'who answers, which client address the pod sees, and that what should not be reachable is not.\n' +
        '✓ works; ! is as Kubernetes specifies, but somebody is refused or dropped: why, and what would change it, stands\n' +
        'under the table; ✗ is not as specified.',
    )
    .argument('[service...]', 'NAME, svc/NAME or NAMESPACE/NAME of the Services to check (default: all)')
    .option('-n, --namespace <namespace>', 'namespace of names without one; without names: its Services only')
    .option('-q, --quiet', 'only what is not well: ! and ✗')
    .option('--failed', 'only what is wrong: ✗')
    .option('--requests <count>', 'requests for each pair of source and frontend', String(SURVEY_DEFAULTS.requests));
  labOption(outputOption(command, ['wide', 'json', 'html', 'md'], undefined, 'wide: one line a pair')).action(check);
  closing(
    command,
    'kubewire check\nkubewire check -q\nkubewire check svc/web -n shop -o wide\nkubewire check -o json | jq .passed',
    { 0: 'nothing is wrong: no ✗', 1: 'something is, or nothing could be asked' },
  );
}
