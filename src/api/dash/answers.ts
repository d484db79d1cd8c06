// answers.ts - questions of the page that the API has no resource for: the path of a packet, the tables of a node.
//
// Both are asked of the lab as it is now, by the same code as `kubewire trace` and `kubewire rules`.
import type { Context } from 'hono';
import type { Cluster } from '../../cluster/cluster.js';
import { badRequest } from '../../cluster/status.js';
import { strategyNamed } from '../../compile/strategy.js';
import type { LabSpec } from '../../lab/registration.js';
import { Fault } from '../../model/fault.js';
import type { EndpointSlice, Node, Pod, Service } from '../../model/objects.js';
import { advise } from '../../observe/advice.js';
import { engineFactory } from '../../observe/engines.js';
import { planOf } from '../../observe/fleet.js';
import { because } from '../../observe/story.js';
import { type Followed, Tracer } from '../../observe/trace.js';
import { type World, worldOfLab } from '../../observe/world.js';
import { formatOf } from '../../render/formats.js';
import { FAMILIES } from '../../render/reach.js';
import { nodeNamed } from '../../topology/naming.js';
import type { PathAnswer, PathQuestion, PathStep, RulesAnswer } from './shapes.js';

/** Bytes of a packet that are shown: all headers, and what is left of a probe. */
const SHOWN_BYTES = 96;

interface Lab {
  readonly spec: LabSpec;
  readonly world: World;
}

/** The lab that runs here, as its objects are now. Throws BadRequest where there is none. */
export function labOf({ store }: Cluster): Lab {
  const [lab] = store.list('Lab');
  if (!lab) throw badRequest('no lab runs here, only the API: there are no packets');
  const spec = lab.spec as LabSpec;
  const world = worldOfLab(spec, {
    services: store.list<Service>('Service'),
    endpointSlices: store.list<EndpointSlice>('EndpointSlice'),
    nodes: store.list<Node>('Node'),
    pods: store.list<Pod>('Pod'),
  });
  return { spec, world };
}

/** What the asker has got wrong is told in the words of the command line. */
function told(error: unknown): Error {
  if (!(error instanceof Fault)) return error as Error;
  return badRequest(error.remedy ? `${error.message}\n${error.remedy}` : error.message);
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, SHOWN_BYTES)).toString('hex');

const isId = (name: string | null): name is string => name !== null && /^(pod|node|client)\//.test(name);

/** Rows of the map that the packet meets: its sender, dataplanes, who gets it. */
function wayOf({ result, flow }: Followed): string[] {
  const places = result.steps.map(({ node, frontend }) =>
    node === 'fabric' ? (frontend === 'LoadBalancer' ? 'balancer' : '') : `node/${node}`,
  );
  const way = [flow.fromName, ...places, result.steps.at(-1)?.out ?? ''];
  return way.filter((id, i) => (isId(id) || id === 'balancer') && id !== way[i - 1]);
}

function answerOf(followed: Followed, world: World): PathAnswer {
  const { steps, ...result } = followed.result;
  const advice = advise(world, followed);
  const { stages } = followed.told;
  const shown = steps.map((step, i): PathStep => {
    const stage = stages[i];
    const after = stage?.after && stage.out ? hex(stage.out.bytes) : null;
    return { ...step, bytes: { before: stage ? hex(stage.frame) : '', after } };
  });
  return { result, steps: shown, ending: because(followed.result), advice, way: wayOf(followed) };
}

function questionOf(body: unknown): PathQuestion {
  const { from, to, proto = 'tcp', node, strategies = [] } = (body ?? {}) as Partial<Record<string, unknown>>;
  const texts = Array.isArray(strategies) ? strategies.map(String) : [];
  if (typeof from !== 'string' || from === '') throw badRequest('say who sends the packet');
  if (typeof to !== 'string' || to === '') throw badRequest('say where the packet goes');
  return { from, to, proto: String(proto), strategies: texts, ...(node ? { node: String(node) } : {}) };
}

/** POST /dash/path: a PathQuestion → an array of PathAnswer, one a strategy. */
export async function servePath(c: Context, cluster: Cluster): Promise<Response> {
  const { from, to, proto, node, strategies } = questionOf(await c.req.json().catch(() => null));
  const { spec, world } = labOf(cluster);
  const createEngine = await engineFactory('auto');
  try {
    const asked = strategies.length > 0 ? strategies : [null];
    const answers = asked.map((name) => {
      const own = name === null ? world.strategies : undefined;
      const tracer = new Tracer(world, strategyNamed(name ?? spec.strategy), createEngine, own);
      return answerOf(tracer.follow({ node, from, to, proto }), world);
    });
    return c.json(answers satisfies PathAnswer[]);
  } catch (error) {
    throw told(error);
  }
}

/** GET /dash/rules?node=&strategy= → a RulesAnswer. */
export function serveRules(c: Context, cluster: Cluster): Response {
  const { spec, world } = labOf(cluster);
  try {
    const [first] = world.topology.nodes;
    const node = nodeNamed(c.req.query('node') || (first?.name ?? ''), world.topology.nodes);
    const strategy = c.req.query('strategy') || (world.strategies?.get(node.name) ?? spec.strategy);
    const { name, format } = formatOf(strategy);
    const plan = planOf(world, node, strategyNamed(strategy).mode);
    const lines = FAMILIES_APART.has(name)
      ? FAMILIES.flatMap((family) => format.print(plan, strategy, [family], true).trimEnd().split('\n'))
      : format.print(plan, strategy, FAMILIES, true).trimEnd().split('\n');
    return c.json({ node: node.name, strategy, format: name, lines } satisfies RulesAnswer);
  } catch (error) {
    throw told(error);
  }
}

/** Notations of which one text holds one family. */
const FAMILIES_APART = new Set(['iptables-save']);
