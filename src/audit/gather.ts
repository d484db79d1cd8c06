// gather.ts - makes a visit: its objects are created, the logs of its pods read, and all of it is taken away again.
import type { Changer } from '../live/changer.js';
import type { KubeObject, Pod } from '../model/objects.js';
import { FRAME, VISIT_CONTAINER, VISIT_LABEL, type VisitOptions, visitObjects } from './visit.js';

/** What came of a node: the file of collect.sh, or why there is none. */
export type Gathered =
  | { readonly node: string; readonly bundle: Buffer }
  | { readonly node: string; readonly problem: string };

interface Patience {
  /** Milliseconds for all nodes together. */
  readonly timeoutMs: number;
  readonly clock: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/** Pods are looked for so often, in milliseconds: one list for all nodes. */
const LOOK_MS = 500;
/** Logs that are read at once. */
const AT_ONCE = 16;
/** Characters of a log: the dump of 5,000 Services has 2 million. */
const MOST_LOG = 256 << 20;

type Cluster = Pick<Changer, 'create' | 'remove' | 'get' | 'text'>;

/** The file in a log; null if the log has no end yet. Throws if it is not whole. */
export function bundleIn(log: string): Buffer | null {
  const end = log.indexOf(`${FRAME.end}\n`);
  if (end < 0) return null;
  const begin = log.indexOf(`${FRAME.begin}\n`);
  if (begin < 0) throw new Error('the beginning of its log is lost');
  const text = log.slice(begin + FRAME.begin.length, end).replace(/\s+/g, '');
  if (text === '' || !/^[A-Za-z0-9+/]+=*$/.test(text)) {
    const last = log.slice(0, end).trim().split('\n').at(-1);
    throw new Error(`it gathered nothing: ${last}`);
  }
  return Buffer.from(text, 'base64');
}

/** Follows the log of a pod until the file in it is whole. */
async function bundleOf(cluster: Cluster, namespace: string, { metadata }: Pod): Promise<Buffer> {
  const path = `/api/v1/namespaces/${namespace}/pods/${metadata.name}/log`;
  let log = '';
  for await (const part of cluster.text(path, { container: VISIT_CONTAINER, follow: 'true' })) {
    log += part;
    const bundle = bundleIn(log);
    if (bundle) return bundle;
    if (log.length > MOST_LOG) throw new Error('its log is too long');
  }
  throw new Error(`its pod ended: ${log.trim().split('\n').at(-1) ?? ''}`);
}

interface Waiting {
  readonly reason?: string;
  readonly message?: string;
}

/** Why a pod does not run, as its kubelet says it. */
function waitsFor({ status }: Pod): string {
  const states = (status?.containerStatuses ?? []).map(({ state }) => state as { waiting?: Waiting } | undefined);
  const { reason, message } = states.find((state) => state?.waiting)?.waiting ?? {};
  const why = [reason, message].filter((word) => word !== undefined && word !== '').join(': ');
  return why === '' ? `its pod is ${status?.phase ?? 'Pending'}` : why;
}

/** Reads the log of each pod once it runs, a few at a time, until every node has been heard or time is over. */
class Listening {
  readonly #cluster: Cluster;
  readonly #namespace: string;
  readonly #bundles = new Map<string, Buffer>();
  readonly #problems = new Map<string, string>();
  readonly #open = new Set<string>();

  constructor(cluster: Cluster, namespace: string) {
    this.#cluster = cluster;
    this.#namespace = namespace;
  }

  hears = (node: string): boolean => this.#bundles.has(node);

  see(pods: readonly Pod[]): void {
    for (const pod of pods) {
      const node = pod.spec.nodeName ?? '';
      if (node === '' || this.hears(node) || this.#open.has(node)) continue;
      if (pod.status?.phase !== 'Running') this.#problems.set(node, waitsFor(pod));
      else if (this.#open.size < AT_ONCE) void this.#listen(node, pod);
    }
  }

  of(node: string): Gathered {
    const bundle = this.#bundles.get(node);
    if (bundle) return { node, bundle };
    return { node, problem: this.#problems.get(node) ?? 'no pod came to run there' };
  }

  async #listen(node: string, pod: Pod): Promise<void> {
    this.#open.add(node);
    this.#problems.set(node, 'its pod has not gathered everything yet');
    try {
      this.#bundles.set(node, await bundleOf(this.#cluster, this.#namespace, pod));
    } catch (error) {
      this.#problems.set(node, (error as Error).message);
    }
    this.#open.delete(node);
  }
}

/**
 * What each of the nodes says of itself. Throws what the server answers if the objects cannot be made; whatever was made is
 * taken away in every case.
 */
export async function gather(
  cluster: Cluster,
  options: VisitOptions,
  nodes: readonly string[],
  { timeoutMs, clock, pause }: Patience,
): Promise<Gathered[]> {
  const { namespace, name } = options;
  const made: string[] = [];
  try {
    for (const { path, object } of visitObjects(options)) {
      await cluster.create(path, object);
      made.push(`${path}/${name}`);
    }
    const listening = new Listening(cluster, namespace);
    const end = clock() + timeoutMs;
    while (!nodes.every(listening.hears) && clock() < end) {
      const query = { labelSelector: `${VISIT_LABEL}=${name}` };
      const { items } = await cluster.get<{ items: KubeObject[] }>(`/api/v1/namespaces/${namespace}/pods`, query);
      listening.see(items as Pod[]);
      await pause(LOOK_MS);
    }
    return nodes.map((node) => listening.of(node));
  } finally {
    for (const path of made.reverse()) await cluster.remove(path);
  }
}
