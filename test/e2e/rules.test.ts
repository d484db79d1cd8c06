// rules.test.ts - the real iptables and nft take our documents, and list them again as we wrote them.
// Takes turns: namespaces and real firewalls.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { iptablesSave } from '../../src/render/iptables-save.js';
import { nftRuleset } from '../../src/render/nft.js';
import { CONFIGS, featurePlan } from '../render/features.js';
import { programUnavailable } from './harness.js';

/** Runs a shell script in a network namespace of its own. */
function apart(script: string, input: string): { code: number | null; out: string; err: string } {
  const words = ['--net', 'sh', '-ec', script];
  const { status, stdout, stderr } = spawnSync('unshare', words, { input, encoding: 'utf8', timeout: 60_000 });
  return { code: status, out: stdout, err: stderr };
}

function unavailable(...programs: string[]): string | false {
  if (process.getuid?.() !== 0) return 'needs root: rules are loaded into a network namespace';
  return ['unshare', ...programs].map(programUnavailable).find((reason) => reason) ?? false;
}

const uncounted = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('iptables', { skip: unavailable('iptables-restore', 'iptables-save', 'ip6tables-restore') }, () => {
  for (const [name, config] of Object.entries(CONFIGS)) {
    for (const family of ['IPv4', 'IPv6'] as const) {
      test(`takes and lists ${name}, ${family}`, () => {
        const tool = family === 'IPv6' ? 'ip6tables' : 'iptables';
        const document = iptablesSave(featurePlan({ proxyMode: 'iptables', ...config }), family);
        const counting = iptablesSave(featurePlan({ proxyMode: 'iptables', ...config }), family, true);
        for (const text of [document, counting]) {
          const tried = apart(`${tool}-restore --test`, text);
          assert.equal(tried.code, 0, tried.err);
        }
        const { code, out, err } = apart(`${tool}-restore; ${tool}-save`, document);
        assert.equal(code, 0, err);
        // The order of tables and of chain names is the tool's own.
        assert.deepEqual(uncounted(out).sort(), uncounted(document).sort());
        const rules = (text: string): string[] => uncounted(text).filter((line) => line.startsWith('-A KUBE-'));
        assert.deepEqual(rules(out), rules(document));
      });
    }
  }
});

/** Blocks of `nft list ruleset`: head → lines, elements sorted. */
function blocks(text: string): Map<string, string> {
  const found = new Map<string, string>();
  let table = '';
  for (const part of text.split(/\n(?=table |\t(?:set|map|chain) )/)) {
    const head = part.slice(0, part.indexOf('\n'));
    if (head.startsWith('table')) table = head;
    const body = part.replace(/\s+/g, ' ').replace(/[ }]+$/, '');
    const [before = '', elements] = body.split('elements = {');
    const sorted =
      elements === undefined
        ? ''
        : elements
            .split(',')
            .map((one) => one.trim())
            .sort()
            .join(', ');
    found.set(`${table} ${head}`, before + sorted);
  }
  return found;
}

describe('nft', { skip: unavailable('nft') }, () => {
  for (const [name, config] of Object.entries(CONFIGS)) {
    test(`takes and lists ${name}`, () => {
      const document = nftRuleset(featurePlan({ proxyMode: 'nftables', ...config }));
      const tried = apart('nft -c -f -', document);
      assert.equal(tried.code, 0, tried.err);
      const { code, out, err } = apart('nft -f -; nft list ruleset', document);
      assert.equal(code, 0, err);
      assert.deepEqual(blocks(out), blocks(document));
    });
  }
});
