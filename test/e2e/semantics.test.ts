// semantics.test.ts - what Kubernetes promises of Services, with real clients: the telling ones of its own end-to-end tests.
// Takes turns: whole labs and real clients.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { labUnavailable } from './harness.js';
import { Lab, type Place, Talker } from './lab.js';

const pods = (app: string, more = '', kind = 'DaemonSet'): string => `
apiVersion: apps/v1
kind: ${kind}
metadata: { name: ${app} }
spec:
  selector: { matchLabels: { app: ${app} } }
  template:
    metadata: { labels: { app: ${app} } }
    spec: { containers: [{ name: c, image: x, ports: [{ containerPort: 8080 }, { containerPort: 53, protocol: UDP }] }]${more} }
`;
const service = (name: string, spec: string, labels = ''): string => `
apiVersion: v1
kind: Service
metadata: { name: ${name}${labels} }
spec: { ${spec} }
`;
const slice = (name: string, of: string, port: string, endpoints: readonly string[]): string => `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}, labels: { kubernetes.io/service-name: ${of} } }
addressType: IPv4
ports: [${port}]
endpoints: [${endpoints.join(', ')}]
`;
const join = (...documents: readonly string[]): string => documents.join('---');
const WEB = 'selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }]';

describe('Services as real clients see them', { skip: labUnavailable() ?? false }, () => {
  let lab: Lab;
  /** A client pod on every node. */
  let here: (number: number) => Place & { pod: { status?: { podIP?: string } } };
  const nameOn = (node: number): string => lab.pods('web')[node - 1]?.metadata.name ?? '';

  before(async () => {
    lab = await Lab.start({ count: 3 });
    await lab.apply(join(pods('web'), pods('client')));
    here = (number) => lab.inside('client', `node-${number}`);
  });
  after(() => lab?.close());

  test('a UDP client that keeps its port gets the new pod when the old one is gone', async () => {
    await lab.apply(
      join(
        pods('dns', '', 'Deployment'),
        service('dns', 'type: NodePort, selector: { app: dns }, ports: [{ port: 53, protocol: UDP }]'),
      ),
    );
    const talks = [
      new Talker(here(1), lab.vip('dns'), 53),
      new Talker(lab.machine('node/node-2'), lab.vip('dns'), 53),
      new Talker(lab.machine('client/outside'), '192.168.0.13', lab.nodePort('dns')),
    ];
    const first = lab.pods('dns')[0]?.metadata.name ?? '';
    for (const talk of talks) assert.equal(await talk.hear(), first);
    await lab.delete('Pod', first);
    const second = lab.pods('dns')[0]?.metadata.name ?? '';
    assert.notEqual(second, first);
    for (const talk of talks) assert.equal(await talk.hear(), second);
    for (const talk of talks) talk.close();
  });

  test('a UDP client that was rejected gets an answer as soon as an endpoint is ready', async () => {
    await lab.apply(service('late', 'ports: [{ port: 53, protocol: UDP }]'));
    const talk = new Talker(here(1), lab.vip('late'), 53);
    assert.equal(await talk.hear(4), 'silence');
    const [pod] = lab.pods('web');
    await lab.apply(slice('late', 'late', '{ port: 53, protocol: UDP }', [`{ addresses: [${pod?.status?.podIP}] }`]));
    assert.equal(await talk.hear(), pod?.metadata.name);
    talk.close();
  });

  test('a UDP client follows an endpoint to its new port', async () => {
    const endpoint = [`{ addresses: [${lab.pods('web')[0]?.status?.podIP}] }`];
    await lab.apply(
      join(
        service('moving', 'ports: [{ port: 99, protocol: UDP }]'),
        slice('moving', 'moving', '{ port: 9, protocol: UDP }', endpoint),
      ),
    );
    const talk = new Talker(here(2), lab.vip('moving'), 99);
    assert.equal(await talk.hear(4), 'silence');
    await lab.apply(slice('moving', 'moving', '{ port: 53, protocol: UDP }', endpoint));
    assert.equal(await talk.hear(), nameOn(1));
    talk.close();
  });

  test('session affinity keeps a client at its pod until the timeout, and is switched while the Service runs', async () => {
    await lab.apply(
      service(
        'sticky',
        `type: NodePort, sessionAffinity: ClientIP, sessionAffinityConfig: { clientIP: { timeoutSeconds: 1 } }, ${WEB}`,
      ),
    );
    const from = here(1);
    assert.equal((await lab.everyone(from, lab.vip('sticky'), 80, 16)).length, 1);
    assert.equal(
      (await lab.everyone(lab.machine('client/outside'), '192.168.0.11', lab.nodePort('sticky'), 16)).length,
      1,
    );
    const later = new Set<string>();
    for (let i = 0; i < 8 && later.size < 2; i++) {
      later.add(await lab.ask(from, lab.vip('sticky'), 80));
      await pause(1100);
    }
    assert.ok(later.size > 1, 'another pod after the timeout');
    await lab.change('Service', 'sticky', { sessionAffinity: 'None', sessionAffinityConfig: undefined });
    assert.equal((await lab.everyone(from, lab.vip('sticky'), 80, 24)).length, 3);
    await lab.change('Service', 'sticky', { sessionAffinity: 'ClientIP' });
    assert.equal((await lab.everyone(from, lab.vip('sticky'), 80, 16)).length, 1);
  });

  test('internalTrafficPolicy Local: the pod of the own node or nobody, and the client address is kept', async () => {
    await lab.apply(service('inside', `internalTrafficPolicy: Local, ${WEB}`));
    for (const node of [1, 2, 3])
      assert.deepEqual(await lab.everyone(here(node), lab.vip('inside'), 80, 4), [nameOn(node)]);
    const { answer } = await lab.request(here(2), lab.vip('inside'), 80);
    assert.equal(answer?.client.address, here(2).pod.status?.podIP);
    assert.equal(await lab.ask(lab.machine('node/node-3'), lab.vip('inside'), 80), nameOn(3));
    const [first] = lab.pods('web');
    await lab.apply(
      join(
        service('one', `internalTrafficPolicy: Local, ports: [{ port: 80 }]`),
        slice('one', 'one', '{ port: 8080 }', [`{ addresses: [${first?.status?.podIP}], nodeName: node-1 }`]),
      ),
    );
    assert.equal(await lab.ask(here(1), lab.vip('one'), 80), nameOn(1));
    assert.equal(await lab.ask(here(2), lab.vip('one'), 80), 'timeout');
  });

  test('trafficDistribution keeps traffic in the zone or on the node as long as an endpoint is there', async () => {
    await lab.apply(
      join(
        service('zone', `trafficDistribution: PreferSameZone, ${WEB}`),
        service('near', `trafficDistribution: PreferSameNode, ${WEB}`),
      ),
    );
    for (const name of ['zone', 'near'])
      for (const node of [1, 2, 3])
        assert.deepEqual(await lab.everyone(here(node), lab.vip(name), 80, 4), [nameOn(node)], name);
    // A pod that fails its probe is no endpoint: node-2 has none left, and asks everybody.
    const [, pod] = lab.pods('web');
    const conditions = (ready: string) => ({ conditions: [{ type: 'Ready', status: ready }] });
    await lab.writeStatus('Pod', pod?.metadata.name ?? '', conditions('False'));
    const others = [nameOn(1), nameOn(3)].toSorted();
    assert.deepEqual(await lab.everyone(here(2), lab.vip('zone'), 80, 16), others);
    assert.deepEqual(await lab.everyone(here(2), lab.vip('near'), 80, 16), others);
    assert.deepEqual(await lab.everyone(here(1), lab.vip('near'), 80, 4), [nameOn(1)]);
    await lab.writeStatus('Pod', pod?.metadata.name ?? '', conditions('True'));
    assert.deepEqual(await lab.everyone(here(2), lab.vip('near'), 80, 4), [nameOn(2)]);
  });

  test('a pod that is not ready is reached only where publishNotReadyAddresses says so', async () => {
    await lab.apply(
      join(
        `\napiVersion: v1\nkind: Pod\nmetadata: { name: sick, labels: { app: sick } }\nspec: { containers: [{ name: c, image: x, ports: [{ containerPort: 8080 }] }] }\n`,
        service('sick', 'type: NodePort, selector: { app: sick }, ports: [{ port: 80, targetPort: 8080 }]'),
      ),
    );
    const name = 'sick';
    await lab.writeStatus('Pod', name, { conditions: [{ type: 'Ready', status: 'False' }] });
    const both = async (): Promise<string[]> => [
      await lab.ask(here(1), lab.vip('sick'), 80),
      await lab.ask(lab.machine('client/outside'), '192.168.0.12', lab.nodePort('sick')),
    ];
    assert.deepEqual(await both(), ['refused', 'refused']);
    await lab.change('Service', 'sick', { publishNotReadyAddresses: true });
    assert.deepEqual(await both(), [name, name]);
    await lab.change('Service', 'sick', { publishNotReadyAddresses: false });
    assert.deepEqual(await both(), ['refused', 'refused']);
    // Evicted: it has failed, and is nobody's endpoint whatever the Service publishes.
    await lab.writeStatus('Pod', name, { phase: 'Failed' });
    await lab.change('Service', 'sick', { publishNotReadyAddresses: true });
    assert.deepEqual(await both(), ['refused', 'refused']);
  });

  test('a pod that terminates is used when there is no other, and the health check says that none is ready', async () => {
    const serve =
      'terminationGracePeriodSeconds: 30, containers: [{ name: c, image: x, ports: [{ containerPort: 8080 }], lifecycle: { preStop: { sleep: { seconds: 25 } } } }]';
    const ports = 'selector: { app: old }, ports: [{ port: 80, targetPort: 8080 }]';
    await lab.apply(
      join(
        `\napiVersion: v1\nkind: Pod\nmetadata: { name: old, labels: { app: old } }\nspec: { nodeName: node-1, ${serve} }\n`,
        service('old', `type: LoadBalancer, externalTrafficPolicy: Local, ${ports}`),
        service('oldin', `internalTrafficPolicy: Local, ${ports}`),
      ),
    );
    const [vip = ''] = lab.service('old').status?.loadBalancer?.ingress?.map(({ ip }) => ip ?? '') ?? [];
    const health = async (node: number): Promise<string> =>
      lab.health(lab.machine('client/outside'), `192.168.0.1${node}`, lab.service('old').spec.healthCheckNodePort ?? 0);
    assert.deepEqual([await health(1), await health(2)], ['200 1', '503 0']);
    lab.emulator.cluster.store.delete('Pod', 'default', 'old');
    await lab.inForce();
    assert.deepEqual([await health(1), await health(2)], ['503 0', '503 0']);
    assert.equal(await lab.ask(here(1), lab.vip('oldin'), 80), 'old');
    assert.equal(await lab.ask(here(2), lab.vip('oldin'), 80), 'timeout');
    assert.equal(await lab.ask(here(2), lab.vip('old'), 80), 'old', 'policy Cluster inside: any terminating pod');
    const outside = lab.machine('client/outside');
    const kept = await lab.request(outside, '192.168.0.11', lab.nodePort('old'));
    assert.deepEqual([kept.answer?.pod, kept.answer?.client.address], ['old', '203.0.113.10']);
    assert.equal(await lab.ask(outside, '192.168.0.12', lab.nodePort('old')), 'timeout');
    assert.equal(await lab.ask(here(3), vip, 80), 'old', 'pods are short-circuited to the load balancer address');
    lab.emulator.cluster.store.delete('Pod', 'default', 'old', { gracePeriodSeconds: 0 });
    await lab.emulator.settled();
    assert.equal(await lab.ask(here(2), lab.vip('old'), 80), 'refused');
  });

  test('externalTrafficPolicy is switched: health check port, client address and who answers go with it', async () => {
    const [, second] = lab.pods('web');
    await lab.apply(
      join(
        service(
          'door',
          'type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 32111, ports: [{ port: 80 }]',
        ),
        slice('door', 'door', '{ port: 8080 }', [`{ addresses: [${second?.status?.podIP}], nodeName: node-2 }`]),
      ),
    );
    const outside = lab.machine('client/outside');
    const port = lab.nodePort('door');
    const doors = (): Promise<string[]> => Promise.all([1, 2, 3].map((n) => lab.ask(outside, `192.168.0.1${n}`, port)));
    const health = (): Promise<string[]> =>
      Promise.all([1, 2].map((n) => lab.health(outside, `192.168.0.1${n}`, 32111)));
    const local = async (): Promise<void> => {
      assert.deepEqual(await health(), ['503 0', '200 1']);
      assert.deepEqual(await doors(), ['timeout', nameOn(2), 'timeout']);
      assert.equal((await lab.request(outside, '192.168.0.12', port)).answer?.client.address, '203.0.113.10');
      assert.equal(await lab.ask(here(1), '192.168.0.11', port), nameOn(2), 'pods are short-circuited');
    };
    await local();
    await lab.change('Service', 'door', { externalTrafficPolicy: 'Cluster', healthCheckNodePort: undefined });
    assert.deepEqual(await health(), ['ECONNREFUSED', 'ECONNREFUSED']);
    assert.deepEqual(await doors(), [nameOn(2), nameOn(2), nameOn(2)]);
    assert.equal((await lab.request(outside, '192.168.0.12', port)).answer?.client.address, '192.168.0.12');
    await lab.change('Service', 'door', { externalTrafficPolicy: 'Local', healthCheckNodePort: 32111 });
    await local();
  });

  test('a Service becomes an ExternalName and comes back: what it had is given up', async () => {
    await lab.apply(service('alias', `type: NodePort, ${WEB}`));
    const [vip, port] = [lab.vip('alias'), lab.nodePort('alias')];
    assert.notEqual(await lab.ask(here(1), vip, 80), 'timeout');
    await lab.change('Service', 'alias', { type: 'ExternalName', externalName: 'example.com' });
    const { spec } = lab.service('alias');
    assert.deepEqual([spec.clusterIP, spec.clusterIPs, spec.ports?.[0]?.nodePort], [undefined, undefined, undefined]);
    assert.equal(await lab.ask(here(1), vip, 80), 'timeout', 'nobody has the address: nftables drops');
    assert.equal(await lab.ask(lab.machine('client/outside'), '192.168.0.11', port), 'refused');
    await lab.apply(
      service(
        'taker',
        `type: NodePort, clusterIP: ${vip}, selector: { app: web }, ports: [{ port: 80, targetPort: 8080, nodePort: ${port} }]`,
      ),
    );
    await lab.change('Service', 'alias', { type: 'ClusterIP', externalName: undefined });
    assert.notEqual(lab.vip('alias'), vip);
    for (const name of ['alias', 'taker']) assert.match(await lab.ask(here(2), lab.vip(name), 80), /^web-/);
  });

  test('a load balancer without NodePorts, with several addresses of its own, and with a proxy', async () => {
    const ports = 'selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }]';
    await lab.apply(
      join(
        service('bare', `type: LoadBalancer, allocateLoadBalancerNodePorts: false, ${ports}`),
        service('own', `type: LoadBalancer, loadBalancerClass: example.com/own, ${ports}`),
      ),
    );
    const outside = lab.machine('client/outside');
    assert.equal(lab.nodePort('bare'), 0);
    const [bare = ''] = lab.service('bare').status?.loadBalancer?.ingress?.map(({ ip }) => ip ?? '') ?? [];
    assert.match(await lab.ask(outside, bare, 80), /^web-/);
    await lab.change('Service', 'bare', { allocateLoadBalancerNodePorts: true });
    assert.ok(lab.nodePort('bare') >= 30_000);
    assert.deepEqual(lab.service('own').status?.loadBalancer, {}, 'another class: pending');
    assert.match(await lab.ask(outside, '192.168.0.11', lab.nodePort('own')), /^web-/);
    const ingress = ['198.51.100.1', '198.51.100.2'].map((ip) => ({ ip, ipMode: 'VIP' }));
    await lab.writeStatus('Service', 'own', {
      loadBalancer: { ingress: [...ingress, { ip: '198.51.100.3', ipMode: 'Proxy' }] },
    });
    for (const { ip } of ingress) assert.match(await lab.ask(here(1), ip, 80), /^web-/);
    // The rules leave it alone; the proxy itself ends the connection, and comes back by a NodePort.
    assert.match(await lab.ask(here(1), '198.51.100.3', 80), /^web-/);
  });

  test('source ranges hold for everybody, and for pods too', async () => {
    const [client] = lab.pods('client');
    await lab.apply(
      service('ranges', `type: LoadBalancer, loadBalancerSourceRanges: [${client?.status?.podIP}/32], ${WEB}`),
    );
    const [vip = ''] = lab.service('ranges').status?.loadBalancer?.ingress?.map(({ ip }) => ip ?? '') ?? [];
    assert.match(await lab.ask(here(1), vip, 80), /^web-/);
    assert.deepEqual(await Promise.all([lab.ask(here(2), vip, 80), lab.ask(lab.machine('client/outside'), vip, 80)]), [
      'timeout',
      'timeout',
    ]);
    await lab.change('Service', 'ranges', { loadBalancerSourceRanges: undefined });
    assert.match(await lab.ask(here(2), vip, 80), /^web-/);
  });

  test('an external IP is captured on every node, also for pods', async () => {
    await lab.apply(service('extern', `externalIPs: [198.51.100.77], ${WEB}`));
    for (const from of [here(1), lab.machine('node/node-2')])
      assert.match(await lab.ask(from, '198.51.100.77', 80), /^web-/);
  });

  test('a pod reaches itself through its own Service, over both families', async () => {
    const name = lab.pods('web')[0]?.metadata.name ?? '';
    await lab.apply(service('self', `internalTrafficPolicy: Local, ipFamilyPolicy: RequireDualStack, ${WEB}`));
    const own = lab.inside('web', 'node-1');
    for (const family of ['IPv4', 'IPv6'] as const) {
      const { answer } = await lab.request(own, lab.vip('self', family), 80);
      assert.equal(answer?.pod, name);
      assert.ok(!own.pod.status?.podIPs?.some(({ ip }) => ip === answer?.client.address), 'masqueraded');
    }
  });

  test('ports: two protocols on one number, names that mean different ports, slices with a port each', async () => {
    const named = (pod: string, node: string, port: number): string =>
      `\napiVersion: v1\nkind: Pod\nmetadata: { name: ${pod}, labels: { app: named } }\nspec: { nodeName: ${node}, containers: [{ name: c, image: x, ports: [{ name: http, containerPort: ${port} }] }] }\n`;
    const [a, b] = lab.pods('web').map(({ status }) => status?.podIP);
    await lab.apply(
      join(
        service(
          'both',
          'type: NodePort, selector: { app: web }, ports: [{ name: t, port: 80, targetPort: 8080 }, { name: u, port: 80, protocol: UDP, targetPort: 53 }]',
        ),
        named('named-a', 'node-1', 7001),
        named('named-b', 'node-2', 7002),
        service('named', 'selector: { app: named }, ports: [{ port: 80, targetPort: http }]'),
        service('split', 'ports: [{ name: left, port: 81 }, { name: right, port: 82 }]'),
        slice('split-x', 'split', '{ name: left, port: 8080 }', [`{ addresses: [${a}] }`]),
        slice('split-y', 'split', '{ name: right, port: 8080 }', [`{ addresses: [${b}] }`]),
      ),
    );
    assert.equal(lab.nodePort('both', 0), lab.nodePort('both', 1), 'one number on create');
    const outside = lab.machine('client/outside');
    assert.match(await lab.ask(outside, '192.168.0.11', lab.nodePort('both')), /^web-/);
    assert.match(await lab.ask(outside, '192.168.0.11', lab.nodePort('both'), 'UDP'), /^web-/);
    assert.deepEqual(await lab.everyone(here(3), lab.vip('named'), 80), ['named-a', 'named-b']);
    assert.deepEqual(await lab.everyone(here(3), lab.vip('split'), 81, 3), [nameOn(1)]);
    assert.deepEqual(await lab.everyone(here(3), lab.vip('split'), 82, 3), [nameOn(2)]);
  });

  test('a Service of another proxy is left alone, from the moment that its label says so', async () => {
    await lab.apply(service('ours', WEB));
    const vip = lab.vip('ours');
    assert.match(await lab.ask(here(1), vip, 80), /^web-/);
    await lab.apply(service('ours', WEB, ', labels: { service.kubernetes.io/service-proxy-name: other }'));
    assert.equal(await lab.ask(here(1), vip, 80), 'timeout');
    await lab.apply(service('ours', WEB));
    assert.match(await lab.ask(here(1), vip, 80), /^web-/);
  });

  test('a NodePort on 127.0.0.1 answers by the rules of iptables, and by those of no other mode', async () => {
    await lab.apply(service('home', `type: NodePort, ${WEB}`));
    const [node, port] = [lab.machine('node/node-2'), lab.nodePort('home')];
    const answers: string[] = [];
    for (const strategy of ['iptables', 'ipvs', 'ebpf', 'nftables']) {
      await lab.change('Lab', 'test', { strategy });
      const answer = await lab.ask(node, '127.0.0.1', port);
      answers.push(`${strategy}: ${answer.startsWith('web-') ? 'a pod' : answer}`);
    }
    assert.deepEqual(answers, ['iptables: a pod', 'ipvs: refused', 'ebpf: refused', 'nftables: refused']);
  });

  test('nothing was reported as wrong', () => assert.deepEqual(lab.reports, []));
});
