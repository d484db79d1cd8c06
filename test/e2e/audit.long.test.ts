// audit.long.test.ts - kubewire audit of a cluster whose nodes have real rules: five faults on three nodes, and nothing else.
// Takes turns: a whole lab.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FleetReport } from '../../src/audit/report.js';
import { until } from '../support/eventually.js';
import { labUnavailable, programUnavailable, root, shop, User } from './harness.js';

/** Node → what is done to it, and what must be found. `HANDLE` is that of the rule of the chain that leads on. */
const FAULTS = [
  ['node-1', 'missing-service', 'nft delete element ip kube-proxy service-ips "{ $DATABASE . tcp . 5432 }"'],
  [
    'node-2',
    'foreign-drop',
    `nft 'add table inet firewall; add chain inet firewall forward { type filter hook forward priority 0; }; add rule inet firewall forward tcp dport 8080 drop'`,
  ],
  [
    'node-2',
    'stale-endpoint',
    `chain=$(nft list chains ip | sed -n 's/^.*chain \\(service-.*shop\\/database\\/.*\\) {$/\\1/p') &&
     nft flush chain ip kube-proxy "$chain" && nft add rule ip kube-proxy "$chain" meta l4proto tcp dnat ip to 10.244.9.9:5432`,
  ],
  [
    'node-3',
    'missing-masquerade',
    `handle=$(nft -a list chain ip kube-proxy masquerading | sed -n 's/^.*meta mark set.*# handle //p') &&
     nft delete rule ip kube-proxy masquerading handle "$handle"`,
  ],
  ['node-3', 'setting', 'sysctl -qw net.ipv4.ip_forward=0'],
] as const;

describe('the audit of a cluster', { skip: labUnavailable() ?? programUnavailable('nft') ?? false }, () => {
  const user = new User();
  let config = '';

  before(async () => {
    await user.up('-f', shop, '--dataplane', 'kernel-nftables');
    config = user.file('config', await user.must('kubeconfig'));
  });

  after(() => user.leave());

  const audit = (...words: string[]) => user.run(['audit', '--kubeconfig', config, ...words]);

  test('finds nothing in a cluster that is well, and leaves nothing there', async () => {
    const { code, stdout, stderr } = await audit();
    assert.deepEqual([code, stdout], [0, '3 nodes audited: nothing is wrong\n'], stderr);
    const names = await user.must('get', 'daemonsets,configmaps', '-n', 'kube-system', '-o', 'name');
    assert.doesNotMatch(names, /audit/);
  });

  test('runs inside the cluster as one of its pods', async () => {
    const [pod = ''] = (await user.must('get', 'pods', '-n', 'shop', '-o', 'name')).split('\n');
    const words = [process.execPath, `${root}/dist/src/cli/main.js`, 'audit'];
    const { stdout, stderr } = await user.run(['exec', '-n', 'shop', pod.replace('pod/', ''), '--', ...words]);
    assert.equal(stdout, '3 nodes audited: nothing is wrong\n', stderr);
  });

  test('passes over a node that keeps pods away, unless all nodes are meant', async () => {
    const taint = (taints: string) => user.must('patch', 'node', 'node-3', '-p', `{"spec":{"taints":${taints}}}`);
    await taint('[{"key":"mine","effect":"NoSchedule"}]');
    const { stdout } = await audit();
    assert.match(
      stdout,
      /^- node-3 was passed over: its taint mine keeps pods away \(--all-nodes\)\n2 nodes audited: nothing/,
    );
    assert.equal((await audit('--all-nodes')).stdout, '3 nodes audited: nothing is wrong\n');
    await taint('[]');
  });

  test('finds five faults on three nodes, each where it is, and nothing else', async () => {
    const address = await user.must('get', 'svc', 'database', '-n', 'shop', '-o', 'jsonpath={.spec.clusterIP}');
    const watching = user.start(['audit', '--kubeconfig', config, '--watch', '--every', '1s']);
    let told = '';
    watching.stdout.on('data', (bytes) => {
      told += String(bytes);
    });
    await until(() => told.includes('3 nodes audited: nothing is wrong\n'));
    for (const [node, , script] of FAULTS) {
      await user.must('exec', `node/${node}`, '--', 'sh', '-c', script.replace('$DATABASE', address));
    }
    await until(() => (told.match(/^\S+Z ✗ new {3}node-\d: /gm) ?? []).length === FAULTS.length);
    const ended = new Promise((resolve) => watching.once('exit', resolve));
    watching.kill('SIGINT');
    assert.equal(await ended, 1);
    const { code, stdout, stderr } = await audit('-o', 'json');
    assert.equal(code, 1, stderr);
    const { findings, disagreements, unheard } = JSON.parse(stdout) as FleetReport;
    const found = findings.map(({ kind, nodes }) => `${nodes.map(({ node }) => node)} ${kind}`);
    assert.deepEqual(found.sort(), FAULTS.map(([node, kind]) => `${node} ${kind}`).sort());
    assert.deepEqual(unheard, []);
    const differing = disagreements.map(({ what }) => what);
    assert.ok(differing.includes('table inet firewall') && differing.includes('setting net.ipv4.ip_forward'));
    const page = await audit('-o', 'html');
    assert.match(page.stdout, /<title>Audit of kubewire/);
  });
});
