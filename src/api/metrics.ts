// metrics.ts - metrics.k8s.io: what pods and nodes use, made of the kernel's counters when somebody asks (kubectl top).
//
// Programs of a pod are known by its network namespace and counted together. The default application has no process of its
// own: a pod that runs it uses nothing. Without nodes that can be reached there are no samples, as before the first scrape.
import type { Context } from 'hono';
import { NODE_METRICS, POD_METRICS } from '../cluster/kinds/metrics.js';
import { methodNotAllowed, notFound, type StatusError } from '../cluster/status.js';
import type { Usage } from '../lab/host/usage.js';
import type { KubeObject, Node, Pod } from '../model/objects.js';
import { timestamp } from '../model/timestamp.js';
import { checkAccept } from './accept.js';
import { show } from './answer.js';
import { requestFilter } from './filter.js';
import { answerList } from './lists/list.js';
import type { Target } from './request.js';
import type { Parts } from './subresources/place.js';

/** A rate is taken over at least this, so that one tick of the kernel is no peak. */
const LEAST_MS = 1000;
/** And over no more than this: what was before says little of now. */
const MOST_MS = 60_000;

interface Sample {
  readonly at: number;
  readonly used: Usage;
}

/** Of one pod: what it uses now, and over how long that was measured. */
interface Reading {
  readonly pod: Pod;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly windowMs: number;
}

const NOTHING: Usage = { cpuMs: 0, memoryBytes: 0 };

const uidOf = ({ metadata }: KubeObject): string => metadata.uid ?? '';

export class Metrics {
  readonly #parts: Parts;
  /** By uid of the pod: the sample that the next one is compared with. */
  #samples = new Map<string, Sample>();
  /** What was read last: whoever asks again at once is told the same. */
  #last: { readonly at: number; readonly readings: readonly Reading[] } | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Answers a request for metrics; undefined when it is about something else. Throws NotFound for a pod without samples. */
  serve(c: Context, target: Target): Response | undefined {
    const { resource, name, namespace = '' } = target;
    if (resource !== POD_METRICS && resource !== NODE_METRICS) return undefined;
    if (c.req.method !== 'GET') throw methodNotAllowed();
    checkAccept(c, target);
    const readings = this.#readings();
    const all = resource === POD_METRICS ? readings.map((reading) => this.#ofPod(reading)) : this.#ofNodes(readings);
    const objects = all.filter(({ metadata }) => namespace === '' || metadata.namespace === namespace);
    if (name === undefined) return answerList(c, resource, {}, objects.filter(requestFilter(c, resource)));
    const found = objects.find(({ metadata }) => metadata.name === name);
    if (!found) throw missing(target);
    return show(c, target, found);
  }

  /** All of /proc is read for them, so not for every request. */
  #readings(): readonly Reading[] {
    const at = this.#parts.cluster.options.clock().getTime();
    if (!this.#last || at - this.#last.at >= LEAST_MS) this.#last = { at, readings: this.#read(at) };
    return this.#last.readings;
  }

  #read(at: number): Reading[] {
    const { cluster, runtime } = this.#parts;
    if (!runtime) return [];
    const running = cluster.store
      .list<Pod>('Pod')
      .filter(({ status }) => status?.phase === 'Running')
      .flatMap((pod) => {
        const place = runtime.pod(uidOf(pod));
        // Programs of a pod in the network of its node are not told from those of the node.
        return place ? [{ pod, netns: pod.spec.hostNetwork ? 0 : place.netns() }] : [];
      });
    const used = runtime.usage(new Set(running.map(({ netns }) => netns)));
    const samples = new Map<string, Sample>();
    const readings = running.map(({ pod, netns }) => {
      const now = { at, used: used.get(netns) ?? NOTHING };
      samples.set(uidOf(pod), now);
      return readingOf(pod, now, this.#samples.get(uidOf(pod)));
    });
    this.#samples = samples;
    return readings;
  }

  #ofPod({ pod, cores, memoryBytes, windowMs }: Reading): KubeObject {
    const { name, namespace, labels } = pod.metadata;
    const containers = pod.spec.containers.map((container, i) => ({
      name: container.name,
      usage: i === 0 ? amounts(cores, memoryBytes) : amounts(0, 0),
    }));
    return { ...this.#head('PodMetrics', windowMs, { name, namespace, labels }), containers };
  }

  #ofNodes(readings: readonly Reading[]): KubeObject[] {
    if (!this.#parts.runtime) return [];
    return this.#parts.cluster.store.list<Node>('Node').map(({ metadata: { name, labels } }) => {
      const own = readings.filter(({ pod }) => pod.spec.nodeName === name);
      const sum = (of: (reading: Reading) => number): number => own.reduce((total, one) => total + of(one), 0);
      const window = Math.max(LEAST_MS, ...own.map(({ windowMs }) => windowMs));
      const usage = amounts(
        sum(({ cores }) => cores),
        sum(({ memoryBytes }) => memoryBytes),
      );
      return { ...this.#head('NodeMetrics', window, { name, labels }), usage };
    });
  }

  #head(kind: string, windowMs: number, metadata: Readonly<Record<string, unknown>>): KubeObject {
    const now = timestamp(this.#parts.cluster.options.clock());
    const kept = Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== undefined));
    return {
      apiVersion: 'metrics.k8s.io/v1beta1',
      kind,
      metadata: { ...(kept as { name: string }), creationTimestamp: now },
      timestamp: now,
      window: `${(windowMs / 1000).toFixed(3)}s`,
    };
  }
}

/** The words of metrics-server. */
function missing({ resource, namespace, name = '' }: Target): StatusError {
  if (resource === NODE_METRICS) return notFound(resource, name);
  return notFound({ ...resource, plural: 'podmetrics' }, `${namespace}/${name}`);
}

/** What a pod has used since the last sample, or since it began when that is of no use. */
function readingOf(pod: Pod, now: Sample, last: Sample | undefined): Reading {
  const usable = last && now.at - last.at <= MOST_MS && last.used.cpuMs <= now.used.cpuMs;
  const began = Date.parse(String(pod.status?.startTime ?? pod.metadata.creationTimestamp));
  const since = usable ? last : { at: Math.min(began, now.at - LEAST_MS), used: NOTHING };
  const windowMs = now.at - since.at;
  const cores = (now.used.cpuMs - since.used.cpuMs) / windowMs;
  return { pod, cores, memoryBytes: now.used.memoryBytes, windowMs };
}

const amounts = (cores: number, memoryBytes: number) => ({
  cpu: cores === 0 ? '0' : `${Math.round(cores * 1e9)}n`,
  memory: memoryBytes === 0 ? '0' : `${Math.round(memoryBytes / 1024)}Ki`,
});
