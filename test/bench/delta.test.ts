// delta.test.ts - partial updates as kube-proxy sends them lead the kernel to the same rules as the whole document does.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { CHANGES, ChangingCluster } from '../../bench/changes.js';
import { makeBench } from '../../bench/cluster.js';
import { iptablesDelta, nftDelta } from '../../bench/delta.js';
import { createNamespace, type Namespace } from '../../src/lab/host/host.js';
import { labAccess, runInNamespace } from '../../src/lab/host/process.js';
import type { ClusterSnapshot } from '../../src/model/objects.js';
import { iptablesSave } from '../../src/render/iptables-save.js';
import { nftRuleset } from '../../src/render/nft.js';

function obstacle(program: string): string | undefined {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
  } catch {
    return `needs ${program}`;
  }
  try {
    return labAccess() === 'direct' ? undefined : 'needs root';
  } catch (error) {
    return `needs root: ${(error as Error).message}`;
  }
}

async function run(ns: Namespace, argv: readonly string[], input = ''): Promise<string> {
  const { code, stdout, stderr } = await runInNamespace(ns, argv, { input, timeoutMs: 30_000 });
  assert.equal(code, 0, `${argv.join(' ')}: ${stderr}`);
  return stdout;
}

/** What the kernel has, without what differs between two histories of the same rules: order of chains, counters. */
const lines = (listing: string): string[] =>
  listing
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .flatMap((line) => line.split(/, /))
    .map((line) => line.replace(/\[\d+:\d+\]|^\s*elements = |[{},]/g, '').trim())
    .filter((line) => line !== '')
    .sort();

interface Tool {
  readonly program: string;
  readonly list: readonly string[];
  readonly full: readonly string[];
  readonly part: readonly string[];
  render(snapshot: ClusterSnapshot): string;
  delta(before: string, after: string): string;
}

const bench = makeBench();
const TOOLS: readonly Tool[] = [
  {
    program: 'nft',
    list: ['nft', 'list', 'ruleset'],
    full: ['nft', '-f', '-'],
    part: ['nft', '-f', '-'],
    render: (snapshot) => nftRuleset(bench.plan(snapshot, 'nftables'), ['IPv4']),
    delta: nftDelta,
  },
  {
    program: 'iptables-restore',
    list: ['iptables-save', '-t', 'nat'],
    full: ['iptables-restore'],
    part: ['iptables-restore', '--noflush'],
    render: (snapshot) => iptablesSave(bench.plan(snapshot, 'iptables'), 'IPv4'),
    delta: iptablesDelta,
  },
];

for (const { program, list, full, part, render, delta } of TOOLS) {
  test(`changes sent to ${program} in part end where the whole document does`, async (t) => {
    const why = obstacle(program);
    if (why !== undefined) return t.skip(why);
    const cluster = new ChangingCluster(12);
    const partial = createNamespace();
    t.after(() => partial.close());
    let before = render(cluster.snapshot());
    await run(partial, full, before);
    for (const change of CHANGES) {
      if (change === 'full sync') continue;
      const after = render(cluster.change(change));
      assert.notEqual(after, before);
      await run(partial, part, delta(before, after));
      const whole = createNamespace();
      await run(whole, full, after);
      assert.deepEqual(lines(await run(partial, list)), lines(await run(whole, list)), change);
      whole.close();
      before = after;
    }
  });
}

test('nothing changed is nothing sent to nft', () => {
  const document = nftRuleset(bench.plan(new ChangingCluster(3).snapshot(), 'nftables'), ['IPv4']);
  assert.equal(nftDelta(document, document).trim(), '');
});
