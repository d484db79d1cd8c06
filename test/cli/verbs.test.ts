// verbs.test.ts - what every verb must have: a row in the list, formats that help and completion know, an example, exit codes.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { VERBS } from '../../src/cli/verbs.js';
import { startLab } from './lab.js';

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
  assert.equal(new Set(rows).size, rows.length, 'each verb once');
  assert.deepEqual(
    [
      ...files.filter((file) => !rows.includes(file)).map((file) => `verbs/${file}.ts has no row in verbs.ts`),
      ...rows.filter((row) => !files.includes(row)).map((row) => `the row ${row} has no file in verbs/`),
    ],
    [],
  );
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
    const output = command.options.find(({ short, long }) => short === '-o' || long === '--output');
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
      // As in kubectl logs -f.
      if (long === '--follow') continue;
      if (short && short in spelled) assert.equal(long, spelled[short], `${command.name()} ${short}`);
      const [letter] = Object.entries(spelled).find(([, word]) => word === long) ?? [];
      if (letter) assert.equal(short, letter, `${command.name()} ${long}`);
      assert.notEqual(long, '--lab', command.name());
    }
  }
});

test('the flags that matter come first, and those of kube-proxy stand in a group of their own', async () => {
  const first: Readonly<Record<string, readonly string[]>> = {
    trace: ['--filename', '--from', '--to', '--strategy', '--output'],
    matrix: ['--filename', '--strategy', '--output'],
    compare: ['--filename', '--before', '--after', '--output', '--strategy'],
  };
  for (const command of await commands()) {
    const wanted = first[command.name()];
    if (!wanted) continue;
    assert.deepEqual(
      command.options.slice(0, wanted.length).map(({ long }) => long),
      wanted,
      command.name(),
    );
    assert.match(helpOf(command), /\n\nkube-proxy's flags and the cluster's:\n {2}--proxy-mode /);
  }
});

test('what says where stands before or after the verb, and --context says the lab as --name does', async (t) => {
  const { shell } = await startLab(t);
  const after = await shell.run(['get', 'svc', '-n', 'default', '-o', 'name']);
  assert.equal(after.stdout, 'service/kubernetes\n');
  for (const words of [['-n', 'default'], ['--namespace=default'], ['-ndefault'], ['--context', 'default']]) {
    assert.deepEqual(await shell.run([...words, 'get', 'svc', '-o', 'name']), after, words.join(' '));
  }
  assert.match((await shell.run(['-n', 'nowhere', 'get', 'svc'])).stderr, /No resources found in nowhere namespace/);
  for (const words of [
    ['--context', 'b', 'get', 'svc'],
    ['get', 'svc', '--context=b'],
    ['expose', 'pod', 'x', '--context', 'b'],
  ]) {
    assert.match((await shell.run(words)).stderr, /^error: no lab named "b" is running/, words.join(' '));
  }
  assert.deepEqual(await shell.run(['down', '--name', 'b']), {
    code: 0,
    stdout: '',
    stderr: 'No lab named "b" is running.\n',
  });
});

test('numbers and durations that are none are refused with the forms that are', async (t) => {
  const { shell } = await startLab(t);
  const wrong: [string[], RegExp][] = [
    [['delete', 'pod', 'x', '--timeout', '5x'], /invalid duration "5x": write 90, 90s/],
    [['delete', 'pod', 'x', '--grace-period', '1e3'], /must be a whole number of seconds, not "1e3"/],
    [['delete', 'pod', 'x', '--grace-period='], /must be a whole number of seconds, not ""/],
    [['check', '--requests', '1e3'], /invalid value "1e3" for --requests, must be a whole number from 1 to 10000/],
  ];
  for (const [words, message] of wrong) {
    const { code, stderr } = await shell.run(words);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
  const sliced = await shell.run(['get', 'svc', '-o', 'jsonpath={.items[-:]}']);
  assert.match(sliced.stderr, /invalid array index -:/);
});
