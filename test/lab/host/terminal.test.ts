// terminal.test.ts - programs with a terminal: they know its size, are typed to, and end with it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNamespace } from '../../../src/lab/host/host.js';
import { sandboxOf } from '../../../src/lab/host/sandbox.js';
import { runCommand } from '../../../src/lab/pods/command.js';
import { PodLog } from '../../../src/lab/pods/log.js';
import { until } from '../../support/eventually.js';
import { noLab } from '../../support/sandbox.js';

const skip = noLab();

function start(...argv: string[]) {
  const sandbox = sandboxOf(createNamespace());
  const place = { sandbox, env: { PATH: process.env.PATH }, log: new PodLog() };
  const command = runCommand(place, argv, { terminal: true, stdin: true });
  let text = '';
  command.stdout.on('data', (bytes) => {
    text += bytes;
  });
  return { command, close: () => sandbox.close(), text: () => text };
}

test('a program in a terminal sees one, hears of its size, and reads what is typed', { skip }, async () => {
  const { command, close, text } = start('sh', '-c', 'tty; read line; stty size; echo "said $line"; exit 4');
  command.resize(132, 43);
  command.stdin?.write('hello\n');
  assert.equal(await command.wait(), 4);
  await until(() => text().includes('said hello'));
  assert.match(text(), /\/dev\/pts\/\d+\r\n/);
  assert.match(text(), /43 132\r\n/);
  close();
});

test('Ctrl-C reaches the program, as from a keyboard', { skip }, async () => {
  const { command, close, text } = start(
    'sh',
    '-c',
    'trap "echo stopped; exit 9" INT; echo ready; while :; do sleep 0.1; done',
  );
  await until(() => text().includes('ready'));
  command.stdin?.write('\u0003');
  assert.equal(await command.wait(), 9);
  close();
});

test('a program that does not read its terminal stops nobody', { skip }, async () => {
  const { command, close } = start('sleep', '60');
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  for (let i = 0; i < 100; i++) command.stdin?.write('x'.repeat(1000));
  await until(() => ticks > 10);
  clearInterval(timer);
  command.end();
  assert.ok((await command.wait()) > 128);
  close();
});
