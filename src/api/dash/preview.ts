// preview.ts - what an edited Service would change for packets: its classes now, and as they would be.
//
// The world is that of the Service alone, so that the answer does not depend on how many others there are.
import { isDeepStrictEqual } from 'node:util';
import type { Context } from 'hono';
import type { Cluster } from '../../cluster/cluster.js';
import { badRequest } from '../../cluster/status.js';
import { strategyNamed } from '../../compile/strategy.js';
import type { Service } from '../../model/objects.js';
import { compareSides, packetText } from '../../observe/compare.js';
import { engineFactory } from '../../observe/engines.js';
import { pairTexts } from '../../observe/kinds.js';
import type { World } from '../../observe/world.js';
import { slicesByService } from '../../topology/balancer.js';
import { labOf } from './answers.js';
import type { PreviewAnswer } from './shapes.js';

function serviceOf(body: unknown): Service {
  const service = body as Partial<Service> | null;
  if (service?.kind !== 'Service' || !service.metadata?.name || !service.spec) throw badRequest('a Service is needed');
  return service as Service;
}

const same = (a: Service, b: Service): boolean =>
  a.metadata.name === b.metadata.name && a.metadata.namespace === b.metadata.namespace;

/** The world with this Service alone, and its slices. */
function worldWith(world: World, services: readonly Service[], key: string): World {
  const endpointSlices = slicesByService(world.snapshot.endpointSlices).get(key) ?? [];
  return { ...world, snapshot: { ...world.snapshot, services: [...services], endpointSlices } };
}

const targets = ({ spec }: Service) => ({
  selector: spec.selector,
  targets: (spec.ports ?? []).map(({ name, targetPort }) => [name, targetPort]),
});

/** POST /dash/preview: a Service as the server would keep it (an answer to a dry run) → a PreviewAnswer. */
export async function servePreview(c: Context, cluster: Cluster): Promise<Response> {
  const edited = serviceOf(await c.req.json().catch(() => null));
  const { spec, world } = labOf(cluster);
  const now = world.snapshot.services.filter((one) => same(one, edited));
  const key = `${edited.metadata.namespace ?? 'default'}/${edited.metadata.name}`;
  const createEngine = await engineFactory('auto');
  const common = { strategy: strategyNamed(spec.strategy), createEngine };
  const before = { label: 'before', world: worldWith(world, now, key), ...common };
  const after = { label: 'after', world: worldWith(world, [edited], key), ...common };
  const { classes, differing, groups } = await compareSides([before, after], { nodes: [], all: false, exact: false });
  const answer: PreviewAnswer = {
    classes,
    differing,
    groups: groups.map(({ kind, count, example }) => {
      const [was, becomes] = pairTexts(example.outcomes);
      return { kind, count, packet: packetText(example.packet), before: was, after: becomes };
    }),
    endpointsFollow: now[0] !== undefined && !isDeepStrictEqual(targets(now[0]), targets(edited)),
  };
  return c.json(answer);
}
