// verbs.test.ts - what every verb must have: a row in the list, formats that help and completion know, an example, exit codes.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { VERBS } from '../../src/cli/verbs.js';

const here = dirname(fileURLToPath(import.meta.url));
const FOLDER = join(here, '../../src/cli/verbs');

/** Help as `kubewire VERB --help` prints it. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

async function commands(): Promise<Command[]> {
  return Promise.all(
    VERBS.filter(({ hidden }) => !hidden).map(async ({ verb, load }) => {
      const program = new Command('kubewire');
      (await load()).register(program, VERBS);
      const command = program.commands.find((one) => one.name() === verb);
      assert.ok(command, `the row of "${verb}" loads a file that registers ${program.commands.map((c) => c.name())}`);
      return command;
    }),
  );
}

test('every file of verbs/ has its row in verbs.ts, and every row its file', () => {
  const files = readdirSync(FOLDER).flatMap((name) => /^([a-z-]+)\.[jt]s$/.exec(name.replace('.d.ts', ''))?.[1] ?? []);
  const rows = VERBS.map(({ verb }) => verb.replace(/^__/, ''));
  assert.deepEqual([...new Set(files)].sort(), [...rows].sort());
});

test('every verb has an example and its exit codes in its help', async () => {
  for (const command of await commands()) {
    const help = helpOf(command);
    assert.match(help, new RegExp(`\nExamples:\n.*kubewire ${command.name()}`, 's'), command.name());
    assert.match(help, /\nExit codes:\n {2}0 {3}\S.*\n {2}1 {3}\S.*\n {2}2 {3}\S/, command.name());
  }
});

test('every -o lists what it takes', async () => {
  const silent = (await commands()).filter((command) => {
    const output = command.options.find(({ short }) => short === '-o');
    return output !== undefined && (output.argChoices ?? []).length === 0;
  });
  assert.deepEqual(
    silent.map((command) => command.name()),
    [],
  );
});

test('a file, a lab and a namespace have the same flag in every verb', async () => {
  const spelled: Readonly<Record<string, string>> = {
    '-f': '--filename',
    '-n': '--namespace',
    '-A': '--all-namespaces',
  };
  for (const command of await commands()) {
    for (const { short, long } of command.options) {
      if (short && short in spelled) assert.equal(long, spelled[short], `${command.name()} ${short}`);
      assert.notEqual(long, '--lab', command.name());
    }
  }
});
