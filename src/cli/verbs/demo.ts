// demo.ts - `kubewire demo` (`npm start`): the example shop in a lab, checked before your eyes; stays up on a terminal.
import type { Command } from 'commander';
import { SURVEY_DEFAULTS } from '../../lab/check/survey.js';
import { closing } from '../flags.js';
import { invocation } from '../invocation.js';
import { Client } from '../lab/client.js';
import { examplePath } from '../lab/examples.js';
import { labOptions, labOptionsOf, type UpFlags } from '../lab/flags.js';
import { prepareLab, Steps, startLab } from '../lab/run.js';
import { sayHowToUse } from '../lab/welcome.js';
import { EVERYTHING, printCheck, runCheck } from '../packets/check.js';

const ENDING = 'Ctrl-C ends it.';
const OFFER = 'To type kubewire alone, in any folder: npm link';

async function demo(flags: UpFlags, command: Command): Promise<void> {
  const { name = 'default' } = command.optsWithGlobals<{ name?: string }>();
  const options = labOptions({ ...flags, filename: [examplePath('shop')] }, name, 'demo');
  const steps = new Steps();
  const lab = await startLab(await prepareLab(options), steps);
  try {
    process.stderr.write('  sending real requests from pods, nodes and the outside to every frontend …\n');
    const result = await Promise.race([
      runCheck(new Client(name), { requests: SURVEY_DEFAULTS.requests, services: [], namespace: undefined }),
      lab.asked,
    ]);
    if (!result) return;
    printCheck(result, { output: undefined, levels: EVERYTHING });
    if (!process.stdout.isTTY || !process.stdin.isTTY) return;
    sayHowToUse(lab, name, invocation() === 'kubewire' ? ENDING : `${ENDING} ${OFFER}`);
    await lab.asked;
  } finally {
    await lab.close();
  }
}

export function register(program: Command): void {
  const command = program
    .command('demo')
    .description('Start a lab with the example shop, check it, and stay up on a terminal.');
  labOptionsOf(command).action(demo);
  closing(command, 'kubewire demo\nkubewire demo --strategy perfect', {
    0: 'the check passed',
    1: 'it failed, or no lab could start',
  });
}
