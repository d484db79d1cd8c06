// collect.test.ts - the script that gathers a node's dumps: in a namespace with kube-proxy's rules, by every plain shell.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isBundle, textsOf } from '../../src/dump/read/bundle.js';
import { readDumps } from '../../src/dump/read/dump.js';
import { render } from '../../src/library/tables.js';
import { loadManifests } from '../../src/manifest/load.js';
import { worldFromObjects } from '../../src/observe/objects.js';
import { DIFFERENCES } from '../support/documented-differences.js';
import { noKernelDataplane } from '../support/sandbox.js';

const SCRIPT = fileURLToPath(new URL('../../src/dump/collect.sh', import.meta.url)).replace('/dist/src/', '/src/');
const folder = mkdtempSync(join(tmpdir(), 'kubewire-collect-'));
after(() => rmSync(folder, { recursive: true }));

/** Shells of nodes: Debian's, and that of BusyBox images. */
const SHELLS = [['dash'], ['busybox', 'sh'], ['bash', '--posix']].filter(
  ([program = '', ...words]) => spawnSync(program, [...words, '-c', 'true']).status === 0,
);

async function rulesOf(format: string): Promise<string> {
  const objects = loadManifests([DIFFERENCES]).objects.map(({ object }) => object);
  const text = render(await worldFromObjects(objects, { impliedNode: null, config: {} }), 'n1', format);
  // Their counters would have to be made first.
  return text.replace(/^.*-m nfacct.*\n/gm, '');
}

test('every plain shell takes it, and shellcheck has nothing to say', () => {
  assert.ok(SHELLS.length > 0);
  for (const [program = '', ...words] of SHELLS) {
    const { status, stderr } = spawnSync(program, [...words, '-n', SCRIPT], { encoding: 'utf8' });
    assert.equal(status, 0, `${program}: ${stderr}`);
  }
  const { error, stdout } = spawnSync('shellcheck', [SCRIPT], { encoding: 'utf8' });
  if (!error) assert.equal(stdout, '');
});

const LOOK =
  'iptables-save | grep -v "^#" | sed "s/ \\[.*//"; nft -s list ruleset; ip addr; cat /proc/net/ip_tables_names 2>/dev/null || true';

test('what it gathers from a node is read back whole, and the node is as it was', {
  skip: noKernelDataplane('nftables'),
}, async () => {
  writeFileSync(join(folder, 'rules.v4'), await rulesOf('iptables-save'));
  writeFileSync(join(folder, 'rules.nft'), await rulesOf('nft'));
  for (const shell of SHELLS) {
    const out = join(folder, `${shell[0]}.tgz`);
    const script = [
      'set -e',
      'ip link set lo up',
      `iptables-restore < ${folder}/rules.v4`,
      `nft -f ${folder}/rules.nft`,
      `(${LOOK}) > ${folder}/before`,
      `${shell.join(' ')} ${SCRIPT} ${out}`,
      `(${LOOK}) > ${folder}/after`,
    ].join('\n');
    const { status, stderr } = spawnSync('unshare', ['-n', 'sh', '-c', script], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.equal(readFileSync(join(folder, 'after'), 'utf8'), readFileSync(join(folder, 'before'), 'utf8'));
    assert.match(stderr, /\+ iptables-save\.txt: iptables-save\n/);
    assert.match(stderr, /- conntrack\.txt: not asked for \(--conntrack\)\n/);
    const bytes = readFileSync(out);
    assert.ok(isBundle(bytes));
    const dump = readDumps(textsOf(bytes, 'node.tgz'));
    const names = dump.ruleset.tables.map(({ backend, family, name }) => `${backend} ${family} ${name}`);
    for (const name of ['iptables-nft ip nat', 'iptables-nft ip filter', 'nft ip kube-proxy', 'nft ip6 kube-proxy']) {
      assert.ok(names.includes(name), `${name} of ${names}`);
    }
  }
});

test('what is no bundle is told as that', () => {
  assert.throws(() => textsOf(new Uint8Array([0x1f, 0x8b, 8]), 'a.tgz'), /a\.tgz is no whole \.tgz/);
  const empty = spawnSync('tar', ['-C', folder, '-czf', '-', '--files-from', '/dev/null']).stdout;
  assert.throws(() => textsOf(empty, 'a.tgz'), /a\.tgz holds no dump of a node/);
});
