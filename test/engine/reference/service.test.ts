// service.test.ts - the points in which the proxy modes differ, one flag at a time, and how a router spreads. On both engines.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceModeFlag } from '../../../src/abi/abi.gen.js';
import type { Engine, Outcome } from '../../../src/engine/engine.js';
import { encodeImage } from '../../../src/image/encode.js';
import { nativeEngine, REFERENCE } from '../../support/engines.js';
import { check, dropped, endText, forwarded, masqueraded, onPort, replied, state, to } from '../../support/expect.js';
import { ip } from '../../support/packet.js';
import { makeTables, NODE_1, type ServiceSpec, type TablesSpec } from '../../support/tables.js';

type Mode = keyof typeof ServiceModeFlag;

const LB = '192.168.0.240';
const POD = '10.244.1.5';
const OUTSIDE = '203.0.113.10';

const balanced = (more: Partial<ServiceSpec>): ServiceSpec => ({
  frontends: [
    { kind: 'CLUSTER_IP', address: '10.96.0.10', port: 80 },
    { kind: 'LOAD_BALANCER', address: LB, port: 80, firewall: true },
  ],
  sourceRanges: ['203.0.113.0/24'],
  ...more,
});

const ROUTER: TablesSpec = {
  nodeFlags: ['ROUTER'],
  nodeId: 0,
  address4: '192.168.0.1',
  ports: [{ kind: 'UPLINK', target: 1 }, { kind: 'UPLINK', target: 2 }, { kind: 'UPLINK', target: 3 }, { kind: 'POD' }],
  routes: [
    { prefix: '192.168.0.11/32', port: 0, nextHop: 1 },
    { prefix: '192.168.0.12/32', port: 1, nextHop: 2 },
    { prefix: '192.168.0.13/32', port: 2, nextHop: 3 },
    { prefix: '203.0.113.10/32', port: 3 },
  ],
  services: [
    {
      frontends: [{ kind: 'SPREAD', address: LB, port: 0, protocol: 'ANY' }],
      cluster: ['192.168.0.11:0', '192.168.0.12:0', '192.168.0.13:0'],
    },
  ],
};

for (const kind of [REFERENCE, await nativeEngine()]) {
  const skip = kind.skip;
  const start = (spec: TablesSpec): Engine => {
    const engine = kind.make({ seed: 9 });
    engine.load(encodeImage(makeTables(spec)), 0n);
    return engine;
  };
  const once = (
    mode: readonly Mode[],
    service: ServiceSpec,
    source: string,
    destination: string,
    port = 1,
  ): Outcome => {
    const engine = start({ ...NODE_1, mode, services: [service] });
    const outcome = engine.process(ip(source, destination).tcp(40_000, 80).frame(port), 0n);
    engine.close();
    return outcome;
  };

  test(`FIREWALL_FIRST judges sources before it looks for endpoints (${kind.name})`, { skip }, () => {
    const empty = balanced({ flags: [] });
    check(once(['FIREWALL_FIRST'], empty, '198.51.100.7', LB), dropped('SOURCE_RANGE'));
    check(once([], empty, '198.51.100.7', LB), replied('NO_ENDPOINTS'));
    const full = balanced({ cluster: ['10.244.2.7:8080'] });
    check(once([], full, '198.51.100.7', LB), dropped('SOURCE_RANGE'));
    check(once([], full, OUTSIDE, LB), forwarded('SERVICE'));
  });

  test(`NODE_SKIPS_EXTERNAL_REJECT lets the node's own packets to an external address pass (${kind.name})`, {
    skip,
  }, () => {
    const empty = balanced({ flags: [] });
    const passed = once(['NODE_SKIPS_EXTERNAL_REJECT'], empty, '192.168.0.11', LB, 0);
    check(passed, forwarded('FORWARDED'), to(LB, 80), masqueraded('KEEP'));
    assert.equal(passed.decision.frontend, 1);
    check(once([], empty, '192.168.0.11', LB, 0), replied('NO_ENDPOINTS'));
    check(once(['NODE_SKIPS_EXTERNAL_REJECT'], empty, '192.168.0.11', '10.96.0.10', 0), replied('NO_ENDPOINTS'));
    check(once(['NODE_SKIPS_EXTERNAL_REJECT'], empty, OUTSIDE, LB), replied('NO_ENDPOINTS'));
  });

  test(`LOCAL_FALLS_BACK uses all endpoints when none is local (${kind.name})`, { skip }, () => {
    const local = balanced({
      flags: ['HAS_ENDPOINTS', 'INTERNAL_LOCAL', 'EXTERNAL_LOCAL'],
      cluster: ['10.244.2.7:8080'],
    });
    check(once([], local, POD, '10.96.0.10', 2), dropped('NO_LOCAL_ENDPOINTS'));
    check(once([], local, OUTSIDE, LB), dropped('NO_LOCAL_ENDPOINTS'));
    check(once(['LOCAL_FALLS_BACK'], local, POD, '10.96.0.10', 2), to('10.244.2.7', 8080));
    check(once(['LOCAL_FALLS_BACK'], local, OUTSIDE, LB), to('10.244.2.7', 8080));
  });

  test(`HAIRPIN_LOCAL_ONLY masquerades a hairpin only when the endpoint is here (${kind.name})`, { skip }, () => {
    const here = balanced({ cluster: ['10.244.1.5:8080'], local: ['10.244.1.5:8080'] });
    const elsewhere = balanced({ cluster: ['10.244.1.5:8080'] });
    check(once(['HAIRPIN_LOCAL_ONLY'], here, POD, '10.96.0.10', 2), masqueraded('HAIRPIN'));
    check(once(['HAIRPIN_LOCAL_ONLY'], elsewhere, POD, '10.96.0.10', 2), masqueraded('KEEP'));
    check(once([], elsewhere, POD, '10.96.0.10', 2), masqueraded('HAIRPIN'));
  });

  test(`unknown ports of virtual addresses are rejected as the mode says (${kind.name})`, { skip }, () => {
    type Protocol = 'tcp' | 'udp' | 'ping';
    const run = (mode: readonly Mode[], destination: string, protocol: Protocol, ipvs = false): string => {
      const services = [balanced({ cluster: ['10.244.2.7:8080'] })];
      const engine = start({ ...NODE_1, mode, services, ...(ipvs ? { strategy: 'IPVS' as const } : {}) });
      const layer = ip(POD, destination);
      const frame = protocol === 'ping' ? layer.echo(1) : layer[protocol](40_000, 81);
      const text = endText(engine.process(frame.frame(2), 0n));
      engine.close();
      return text;
    };
    const rejected = 'REPLY UNKNOWN_SERVICE_PORT';
    const passed = 'FORWARD FORWARDED';
    assert.equal(run(['REJECT_UNKNOWN_PORT'], '10.96.0.10', 'udp'), rejected);
    assert.equal(run(['REJECT_UNKNOWN_PORT'], LB, 'tcp'), passed);
    for (const protocol of ['tcp', 'udp', 'ping'] as const) {
      assert.equal(run(['REJECT_UNKNOWN_PORT'], '10.96.0.10', protocol, true), rejected);
      assert.equal(run(['REJECT_UNKNOWN_PORT'], LB, protocol, true), rejected);
    }
    assert.equal(run([], '10.96.0.10', 'tcp'), passed);
    assert.equal(run(['DROP_UNALLOCATED'], '10.96.1.1', 'tcp'), 'DROP UNALLOCATED_SERVICE_ADDRESS');
    assert.equal(run([], '10.96.1.1', 'tcp'), passed);
  });

  test(`a router spreads over all nodes, and a connection always meets the same one (${kind.name})`, { skip }, () => {
    const engine = start(ROUTER);
    const chosen = new Map<number, number>();
    for (let port = 1; port <= 300; port++) {
      const outcome = engine.process(ip(OUTSIDE, LB).tcp(port, 80).frame(3), 0n);
      check(outcome, forwarded('SPREAD'), to(LB, 80), state('NEW'));
      chosen.set(port, outcome.decision.nextHop);
    }
    for (const node of [1, 2, 3]) {
      const share = [...chosen.values()].filter((each) => each === node).length;
      assert.ok(share > 60 && share < 140, `node ${node} got ${share} of 300`);
    }
    const other = start(ROUTER);
    for (const [port, node] of chosen) {
      const later = engine.process(ip(OUTSIDE, LB).tcp(port, 80).frame(3), 1n);
      check(later, state('ORIGINAL'));
      assert.equal(later.decision.nextHop, node);
      assert.equal(other.process(ip(OUTSIDE, LB).tcp(port, 80).frame(3), 0n).decision.nextHop, node);
    }
    engine.close();
    other.close();
  });

  test(`a router passes everything else on untracked, also what a node would call INVALID (${kind.name})`, {
    skip,
  }, () => {
    const engine = start(ROUTER);
    const pass = (port: number, frame = ip(OUTSIDE, '192.168.0.12').tcp(port, 22, { flags: 'RST' })): Outcome =>
      engine.process(frame.frame(3), 0n);
    check(pass(1), forwarded('FORWARDED'), state('UNTRACKED'), onPort(1, 2));
    check(pass(2, ip(OUTSIDE, '192.168.0.12').udp(2, 9)), forwarded('FORWARDED'), state('UNTRACKED'), onPort(1, 2));
    check(pass(3, ip(OUTSIDE, '198.18.0.1').udp(2, 9)), replied('HOST_UNREACHABLE'));
    assert.equal(engine.flows(0n).length, 0);
    engine.close();
  });
}
