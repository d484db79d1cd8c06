// narrow.test.ts - tables of what can concern a packet decide as tables of everything do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrontendKind, ReasonNames } from '../../src/abi/abi.gen.js';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import type { Service } from '../../src/model/objects.js';
import { Fleet } from '../../src/observe/fleet.js';
import { Narrower } from '../../src/observe/narrow.js';
import { buildProbe } from '../../src/observe/probe.js';
import { Walker } from '../../src/observe/walk.js';
import { podsOfSlices, type World } from '../../src/observe/world.js';
import { on, service, slice, withIngress } from '../plan/sample.js';
import { world } from './worlds.js';

const digit = fc.integer({ min: 1, max: 4 });
const policy = fc.constantFrom('Cluster' as const, 'Local' as const);
const anyService = fc.record({
  ...{
    ip: digit,
    external: digit,
    balancer: digit,
    nodePort: digit,
    endpoint: digit,
    count: fc.integer({ max: 2, min: 0 }),
  },
  ...{ externalTrafficPolicy: policy, internalTrafficPolicy: policy, ranged: fc.boolean() },
});
type Spec = typeof anyService extends fc.Arbitrary<infer T> ? T : never;

function objectOf(spec: Spec, i: number): Service {
  const { externalTrafficPolicy, internalTrafficPolicy } = spec;
  const ports = [{ name: 'web', port: 80, nodePort: 30_000 + spec.nodePort }];
  const own = service(
    `s${i}`,
    {
      type: 'LoadBalancer',
      clusterIP: `10.8.0.${spec.ip}`,
      externalIPs: [`198.51.100.${spec.external}`],
      ...{ externalTrafficPolicy, internalTrafficPolicy },
      ...(spec.ranged ? { loadBalancerSourceRanges: ['203.0.113.0/28'] } : {}),
    },
    ports,
  );
  return withIngress(own, `203.0.113.20${spec.balancer}`);
}

const endpoints = (spec: Spec) =>
  Array.from({ length: spec.count }, (_, k) => on(k === 0 ? 'n1' : 'n2', `10.9.${k + 1}.${spec.endpoint}`));

/** Names rather than rows, because the rows of the two differ. */
function outcome(given: World, strategy: string, source: string, destination: string, port: number): unknown {
  const fleet = new Fleet(given, strategy, createReferenceEngine);
  const plane = fleet.node(1);
  assert.ok(plane);
  const probe = { source, sourcePort: 40_000, destination, destinationPort: port, protocol: 'TCP' as const };
  const stages = new Walker(fleet).walk(plane, 1, buildProbe(probe), [0]);
  fleet.close();
  return stages.map(({ plane: here, decision, after }) => [
    here.name,
    ReasonNames[decision.reason],
    here.isNode ? here.tables.names.services[decision.service] : null,
    here.tables.FRONTEND[decision.frontend]?.kind === FrontendKind.SPREAD ? null : decision.choices,
    decision.masquerade,
    after?.destination,
  ]);
}

test('a narrowed world decides as the whole one', async () => {
  const source = fc.constantFrom('203.0.113.10', '203.0.113.99', '10.9.1.50', '10.9.1.1');
  const destination = fc.oneof(
    ...['10.8.0.', '198.51.100.', '203.0.113.20', '10.9.1.'].map((prefix) => digit.map((n) => `${prefix}${n}`)),
    fc.constantFrom('192.168.7.1', '192.168.7.2', '192.168.8.1'),
  );
  const port = fc.oneof(
    fc.constantFrom(80, 81, 8080),
    digit.map((n) => 30_000 + n),
  );
  const strategy = fc.constantFrom('nftables', 'iptables', 'ipvs');
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyService, { minLength: 1, maxLength: 6 }),
      fc.array(fc.tuple(source, destination, port), { minLength: 5, maxLength: 15 }),
      strategy,
      async (specs, packets, mode) => {
        const slices = specs.map((spec, i) => slice(`s${i}`, endpoints(spec)));
        const whole = await world([...specs.map(objectOf), ...slices]);
        const narrower = new Narrower(whole);
        const ends = packets.map(([source, destination, destinationPort]) => ({
          ...{ source, destination, destinationPort },
        }));
        const together = narrower.narrow(ends);
        for (const [i, [from, to, at]] of packets.entries()) {
          const part = outcome(narrower.narrow(ends.slice(i, i + 1)), mode, from, to, at);
          assert.deepEqual(outcome(together, mode, from, to, at), part, `with others: ${from} to ${to}:${at}`);
          const all = outcome({ ...whole, pods: podsOfSlices(whole, slices, [from, to]) }, mode, from, to, at);
          assert.deepEqual(part, all, `${from} to ${to}:${at}`);
        }
      },
    ),
    { numRuns: 60 },
  );
});
