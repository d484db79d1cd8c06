// feed.test.ts - the lines that clients of watches share: one copy for all, a place for each, and a budget.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Feed, type FeedClient, type Reader } from '../../../src/api/watches/feed.js';

const line = (text: string): Buffer => Buffer.from(`${text}\n`);

const idle: FeedClient = { give: () => undefined, lost: () => undefined };

function all(reader: Reader): string {
  const pieces: Buffer[] = [];
  for (let piece = reader.take(); piece; piece = reader.take()) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

test('clients at the same place are given the same bytes, and each is told all that happens after it has come', () => {
  const feed = new Feed();
  const [first, second] = [feed.join(idle), feed.join(idle)];
  feed.add(line('a'));
  feed.add(line('b'));
  const piece = first.take();
  assert.equal(piece?.toString(), 'a\nb\n');
  assert.equal(second.take()?.buffer, piece?.buffer);
  const third = feed.join(idle);
  feed.add(line('c'));
  assert.deepEqual([all(first), all(second), all(third)], ['c\n', 'c\n', 'c\n']);
});

test('a line that is larger than any budget is given in small pieces', () => {
  const feed = new Feed(undefined, 1_000_000);
  const reader = feed.join(idle);
  feed.add(Buffer.alloc(3_000_000, 'x'));
  let bytes = 0;
  for (let piece = reader.take(); piece; piece = reader.take()) {
    assert.ok(piece.length <= 512 * 1024);
    bytes += piece.length;
  }
  assert.equal(bytes, 3_000_000);
});

test('who is further behind than the budget is let go, in the middle of nothing; others go on, and memory is bounded', () => {
  const lost: string[] = [];
  const feed = new Feed(undefined, 10_000);
  const slow = feed.join({
    give: () => undefined,
    lost: () => {
      lost.push('slow');
      slow.abandon(line('gone'));
    },
  });
  const quick = feed.join({ give: () => undefined, lost: () => lost.push('quick') });
  let told = '';
  for (let i = 0; i < 1000; i++) {
    feed.add(line(String(i).padStart(100, '0')));
    told += all(quick);
    assert.ok(feed.bytes <= 11_000, `${feed.bytes} bytes`);
  }
  assert.deepEqual(lost, ['slow']);
  assert.equal(told.split('\n').length, 1001);
  assert.equal(all(slow), 'gone\n');
});

test('who leaves is still given what waits, and who is refused ends the line that it has the beginning of', () => {
  const feed = new Feed();
  const [leaver, refused] = [feed.join(idle), feed.join(idle)];
  feed.add(line('a'.repeat(2_000_000)));
  feed.add(line('b'));
  const begun = refused.take();
  refused.abandon(line('refused'));
  leaver.finish();
  feed.add(line('c'));
  assert.equal(all(leaver), `${'a'.repeat(2_000_000)}\nb\n`);
  assert.equal(`${begun}${all(refused)}`, `${'a'.repeat(2_000_000)}\nrefused\n`);
});

test('a feed that nobody reads says so, and keeps nothing', () => {
  let empty = 0;
  const feed = new Feed(() => empty++);
  feed.join(idle).finish();
  feed.add(line('a'));
  assert.deepEqual([empty, feed.bytes], [1, 0]);
});
