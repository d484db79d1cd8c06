// log.test.ts - the log of a pod: whole lines, within its budget, from where somebody has read before.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PodLog } from '../../../src/lab/pods/log.js';

const textOf = (log: PodLog, offset = 0, unfinished = false): string[] =>
  log.lines(offset, unfinished).map(({ bytes }) => bytes.toString());

test('lines may come in pieces, several at a time, and have the time of their beginning', () => {
  const log = new PodLog();
  log.append(1, Buffer.from('a'));
  log.append(2, Buffer.from('b\ncd\ne'));
  assert.deepEqual(textOf(log), ['ab\n', 'cd\n']);
  assert.deepEqual(textOf(log, 0, true), ['ab\n', 'cd\n', 'e']);
  assert.deepEqual(
    log.lines(0, true).map(({ time }) => time),
    [1, 2, 2],
  );
  const [first] = log.lines(0, false);
  assert.deepEqual(textOf(log, first?.next), ['cd\n']);
});

test('a log keeps its newest bytes, whatever is printed, and no line without its beginning', () => {
  const log = new PodLog(4096);
  for (let i = 0; i < 10_000; i++) log.append(i, Buffer.from(`line ${i}\n`));
  const lines = textOf(log);
  assert.equal(lines.at(-1), 'line 9999\n');
  assert.ok(lines.length > 10 && lines.length < 400, String(lines.length));
  assert.ok(lines.every((line) => /^line \d+\n$/.test(line)));
  log.append(0, Buffer.alloc(100_000, 'x'));
  log.append(0, Buffer.from('\nlast\n'));
  assert.deepEqual(textOf(log), ['last\n']);
});

test('who waits for more is woken by the next byte, by the end of the log, and when he gives up', async () => {
  const log = new PodLog();
  const signal = new AbortController();
  const waits = [log.more(0, signal.signal), log.more(100, signal.signal)];
  log.append(0, Buffer.from('x'));
  await Promise.all(waits);
  const aborted = log.more(1, signal.signal);
  signal.abort();
  await aborted;
  const closed = log.more(1, new AbortController().signal);
  log.close();
  await closed;
  assert.deepEqual(textOf(log), ['x']);
});
