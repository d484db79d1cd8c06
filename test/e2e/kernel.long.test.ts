// kernel.long.test.ts - the kernel as the dataplane: the same checks as ours, with the rules of kube-proxy's modes.
// Takes turns: whole labs and real clients.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { labUnavailable, programUnavailable, shop, User } from './harness.js';

const STICKY = `apiVersion: v1
kind: Service
metadata: {name: sticky, namespace: shop}
spec:
  type: NodePort
  sessionAffinity: ClientIP
  ipFamilyPolicy: PreferDualStack
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: http, nodePort: 30500}]
---
apiVersion: v1
kind: Service
metadata: {name: ranged, namespace: shop}
spec:
  type: LoadBalancer
  loadBalancerSourceRanges: [10.244.0.0/16, 192.168.0.12/32]
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: http}]
---
apiVersion: v1
kind: Service
metadata: {name: proxied, namespace: shop, annotations: {kubewire.dev/ip-mode: Proxy, kubewire.dev/external-route: all}}
spec:
  type: LoadBalancer
  ipFamilyPolicy: PreferDualStack
  externalIPs: [198.51.100.7]
  loadBalancerSourceRanges: [192.168.0.0/24, 203.0.113.0/24, '2001:db8::/32', 'fd00:192:168::/64']
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: http}]
---
apiVersion: v1
kind: Service
metadata: {name: nobody, namespace: shop}
spec:
  type: LoadBalancer
  selector: {app: nobody}
  ports: [{name: http, port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: ghost, namespace: shop}
spec: {ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: ghost-1, namespace: shop, labels: {kubernetes.io/service-name: ghost}}
addressType: IPv4
ports: [{port: 80}]
endpoints: [{addresses: [10.244.1.1]}]
`;

/** The lab's own nodes, but that the first has a second address of its family. */
const NODES = [1, 2, 3].map(
  (n) => `apiVersion: v1
kind: Node
metadata: {name: node-${n}}
spec: {podCIDRs: [10.244.${n}.0/24, 'fd00:10:244:${n}::/64']}
status:
  addresses:
  - {type: InternalIP, address: 192.168.0.${10 + n}}
  - {type: InternalIP, address: 'fd00:192:168::${10 + n}'}
${n === 1 ? '  - {type: InternalIP, address: 192.168.1.11}' : ''}
`,
);

const missing = ['ip', 'nft', 'iptables-restore', 'curl'].map(programUnavailable).find((reason) => reason);

for (const mode of ['nftables', 'iptables'] as const) {
  describe(`the kernel with the rules of ${mode}`, { skip: labUnavailable() ?? missing ?? false }, () => {
    const user = new User();
    before(() =>
      user.up(
        '-f',
        shop,
        '-f',
        user.file('more.yaml', [STICKY, ...NODES].join('---\n')),
        '--dataplane',
        `kernel-${mode}`,
      ),
    );
    after(() => user.leave());

    const answering = async (): Promise<string> => {
      const { stdout } = await user.exec('client/outside', 'curl', '-s', '-m', '5', 'http://192.168.0.11:30500/');
      const name = /web-[0-9a-z]+-[0-9a-z]{5}/.exec(stdout)?.[0];
      assert.ok(name, stdout);
      return name;
    };

    test('every source reaches what it should, and is refused where it should be', async () => {
      const { code, stdout, stderr } = await user.run(['check']);
      assert.equal(code, 0, stdout + stderr);
    });

    test('conntrack lists what the kernel tracks, with the Service that rewrote it', async () => {
      await answering();
      const stdout = await user.must('conntrack', '--service', 'shop/sticky', '-p', 'tcp');
      assert.match(
        stdout,
        /^tcp +6 \d+ [A-Z_]+ src=203\.0\.113\.10 dst=192\.168\.0\.11 sport=\d+ dport=30500 src=10\.244\..* node=node-1 service=shop\/sticky:http nat=dnat,snat$/m,
      );
      const [flow] = JSON.parse(await user.must('conntrack', '--service', 'shop/sticky', '-o', 'json'));
      assert.ok(flow.packets > 4 && flow.bytes > 200, JSON.stringify(flow));
    });

    test('a client keeps its endpoint when the rules change', async () => {
      const name = await answering();
      await user.must('scale', '-n', 'shop', 'deployment/web', '--replicas', '6');
      await user.must('check', 'shop/sticky');
      for (let i = 0; i < 8; i++) assert.equal(await answering(), name);
    });

    test('a node has the rules that "kubewire rules" prints', async () => {
      const tool = mode === 'nftables' ? ['nft', 'list', 'ruleset'] : ['iptables-save'];
      const { stdout } = await user.exec('node/node-2', ...tool);
      const format = mode === 'nftables' ? 'nft' : 'iptables-save';
      const printed = await user.must('rules', '--node', 'node-2', '-o', format, '--no-nfacct');
      // Elements of a map stand in the order of its hash, the first behind `elements = {`, the last before a brace.
      const own = (text: string): string[] => {
        const lines = text.split('\n').filter((line) => /dnat (ip6? )?to|goto|^-A KUBE-/.test(line));
        const bare = lines.map((line) => line.replace(/^\s*(elements = \{)?\s*/, '').replace(/(,| \})$/, ''));
        return [...new Set(bare)].sort();
      };
      assert.ok(own(printed).length > 20);
      assert.deepEqual(own(stdout), own(printed));
    });

    test('status says who carries packets', async () => {
      assert.match(await user.must('status'), new RegExp(`Dataplane: +the kernel, with the rules of ${mode}`));
    });
  });
}

test('a dataplane of the kernel has the rules of its own mode', async (t) => {
  if (labUnavailable()) return t.skip(labUnavailable() ?? '');
  const user = new User();
  const wrong = await user.run(['up', '--dataplane', 'kernel-iptables', '--strategy', 'ipvs']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /--dataplane kernel-iptables has the rules of strategy iptables, not of ipvs/);
  const unknown = await user.run(['up', '--dataplane', 'xdp']);
  assert.match(unknown.stderr, /unknown --dataplane "xdp", use kubewire, kernel-nftables, kernel-iptables/);
  await user.leave();
});
