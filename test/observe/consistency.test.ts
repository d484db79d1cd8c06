// consistency.test.ts - trace, matrix and compare tell the same story of the same packet, on every example.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import { formatEndpoint, sameFamily } from '../../src/model/address.js';
import { type ClassProtocol, type FirstPacket, PacketSpace } from '../../src/observe/classes.js';
import { compareSides, type DifferingClass, type Side } from '../../src/observe/compare.js';
import { Fleet } from '../../src/observe/fleet.js';
import { type ClassOutcome, Judge, sameOutcome } from '../../src/observe/judge.js';
import { MatrixBuilder, type MatrixRow } from '../../src/observe/matrix.js';
import { type TraceResult, Tracer } from '../../src/observe/trace.js';
import type { World } from '../../src/observe/world.js';
import { exampleWorld } from './worlds.js';

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url)).replace('/dist/examples/', '/examples/');
const FOLDERS = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .filter((name) => readdirSync(`${EXAMPLES}${name}`).some((file) => file.endsWith('.yaml')));
const PAIRS = [
  ['iptables', 'nftables'],
  ['ipvs', 'nftables'],
] as const;

const endpointsText = (backends: TraceResult['backends']): string[] =>
  backends.map(({ address, port, masquerade }) => `${formatEndpoint(address, port)}${masquerade ? '*' : ''}`).sort();

/** What both say of a packet: the verdict, the endpoints with their masquerading, and how likely each is. */
function sameAsTrace(outcome: ClassOutcome, result: TraceResult, place: string): void {
  assert.equal(result.verdict, outcome.verdict, place);
  assert.deepEqual(endpointsText(result.backends), endpointsText(outcome.backends), place);
  for (const { address, port, probability } of outcome.backends) {
    const told = result.backends.find((backend) => backend.address === address && backend.port === port);
    assert.ok(Math.abs((told?.probability ?? 0) - probability) < 0.01, `${place}: share of ${address}`);
  }
  if (outcome.verdict !== 'none') assert.equal(result.reason, outcome.reason, place);
}

/** A trace that asks the very node, from a source whose packets come in through that port. */
function retrace(tracer: Tracer, { node, packet }: DifferingClass): TraceResult | null {
  if (packet.protocol === 'OTHER') return null;
  const to =
    packet.protocol === 'ICMP' ? packet.destination : formatEndpoint(packet.destination, packet.destinationPort);
  const result = tracer.trace({ node, from: packet.source, to, proto: packet.protocol });
  return result.node === node ? result : null;
}

for (const folder of FOLDERS) {
  test(`what compare says of a packet of ${folder} is what trace says of it`, async () => {
    const world = await exampleWorld(folder);
    for (const names of PAIRS) {
      const side = (strategy: string): Side => ({
        label: strategy,
        world,
        strategy,
        createEngine: createReferenceEngine,
      });
      const result = await compareSides([side(names[0]), side(names[1])], { nodes: [], all: true, exact: false });
      const tracers = names.map((name) => new Tracer(world, name, createReferenceEngine));
      let traced = 0;
      for (const found of result.groups.flatMap(({ classes }) => classes)) {
        for (const i of [0, 1] as const) {
          const told = retrace(tracers[i] as Tracer, found);
          const first = told?.steps[0];
          // A source may also be made to come through a port that is not its own; no trace does that.
          if (!told || first?.in.replace(/^outside$/, 'uplink') !== found.from) continue;
          sameAsTrace(found.outcomes[i], told, `${names[i]} on ${found.node}: ${JSON.stringify(found.packet)}`);
          traced++;
        }
      }
      assert.ok(traced > 20, `${traced} traces of ${folder}`);
    }
  });

  test(`a row of matrix of ${folder} differs exactly if compare says that its class does`, async () => {
    const world = await exampleWorld(folder);
    for (const names of PAIRS) checkMatrix(world, names);
  });
}

/** The packet of a row as its first node sees it; null when it begins outside, where no Service rules are. */
function packetOf(fleet: Fleet, row: MatrixRow, address: string): { node: string; packet: FirstPacket } | null {
  const [kind, name] = [row.source.split('/')[0], row.source.slice(row.source.indexOf('/') + 1)];
  const pod = fleet.world.pods.find((candidate) => candidate.name === name || candidate.addresses.includes(address));
  const node = kind === 'node' ? name : pod?.node;
  const id = fleet.world.topology.nodes.find((candidate) => candidate.name === node)?.id;
  const plane = id === undefined ? null : fleet.node(id);
  if (!plane || node === undefined) return null;
  const inPort = plane.attachment.ports.findIndex(
    (port) => port.name === (kind === 'node' ? row.source : `pod/${pod?.name}`),
  );
  const protocol = row.protocol as ClassProtocol;
  return { node, packet: { inPort, source: address, destination: row.address, protocol, destinationPort: row.port } };
}

function checkMatrix(world: World, names: readonly [string, string]): void {
  const fleets = names.map((name) => new Fleet(world, name, createReferenceEngine));
  const tracers = names.map((name) => new Tracer(world, name, createReferenceEngine));
  const builder = new MatrixBuilder(world, names, createReferenceEngine);
  const rows = builder.rows(world.snapshot.services);
  let checked = 0;
  for (const row of rows) {
    const address = addressOf(world, row);
    const placed = address === null ? null : packetOf(fleets[0] as Fleet, row, address);
    if (!placed || address === null || placed.packet.inPort < 0) continue;
    const outcomes = tracers.map((tracer, i) => {
      const to = formatEndpoint(row.address, row.port);
      const told = tracer.trace({ from: address, to, proto: row.protocol });
      return { told, outcome: outcomeOf(fleets, i, placed) };
    });
    // What the first node leaves alone is decided on another node: that is another class of packets.
    if (outcomes.some(({ told }) => told.node !== placed.node)) continue;
    const [a, b] = outcomes.map(({ outcome }) => outcome);
    const cells = names.map((name) => row.results[name]);
    for (const [i, { told, outcome }] of outcomes.entries()) {
      sameAsTrace(outcome, told, `${names[i]}: ${JSON.stringify(row)}`);
      assert.equal(cells[i]?.verdict, outcome.verdict);
      // One by one a packet meets the tables of what concerns it alone.
      const backends = told.backends.map((backend) => formatEndpoint(backend.address, backend.port)).sort();
      assert.deepEqual(cells[i]?.backends, backends, JSON.stringify(row));
    }
    if (a && b) assert.equal(row.differs, !sameOutcome(a, b), JSON.stringify(row));
    checked++;
  }
  // Rows from outside begin at the fabric, where no Service rule is: a small example has few others.
  if (world.snapshot.services.length === 0) {
    assert.deepEqual(rows, []);
    return;
  }
  const inside = rows.filter(({ role }) => role !== 'outside').length;
  assert.ok(checked > Math.min(10, inside / 2), `${checked} of ${rows.length} rows`);
}

function addressOf(world: World, row: MatrixRow): string | null {
  const name = row.source.slice(row.source.indexOf('/') + 1);
  const pod = world.pods.find((candidate) => candidate.name === name || `-/${candidate.addresses[0]}` === name);
  const node = world.topology.nodes.find((candidate) => candidate.name === name);
  const addresses = pod?.addresses ?? node?.addresses ?? [];
  return addresses.find((own) => sameFamily(own, row.address)) ?? null;
}

const SPACES = new WeakMap<Fleet, Map<string, Map<string, ClassOutcome[]>>>();

/** What becomes of the example of the packet's class. */
function outcomeOf(
  fleets: readonly Fleet[],
  i: number,
  { node, packet }: { node: string; packet: FirstPacket },
): ClassOutcome {
  const planes = fleets.map((fleet) => {
    const id = fleet.world.topology.nodes.find(({ name }) => name === node)?.id ?? -1;
    const plane = fleet.node(id);
    if (!plane) throw new Error(`no dataplane of ${node}`);
    return plane;
  });
  const first = fleets[0] as Fleet;
  const spaces = SPACES.get(first) ?? new Map<string, Map<string, ClassOutcome[]>>();
  SPACES.set(first, spaces);
  const space = new PacketSpace(planes.map(({ tables }) => tables));
  let outcomes = spaces.get(node);
  if (!outcomes) {
    const judges = planes.map((plane) => new Judge(plane, createReferenceEngine));
    outcomes = new Map([...space.classes()].map((one) => [one.key, judges.map((judge) => judge.judge(one.packet))]));
    spaces.set(node, outcomes);
  }
  const found = outcomes.get(space.keyOf(packet))?.[i];
  if (!found) throw new Error(`no class for ${JSON.stringify(packet)}`);
  return found;
}
