// serve.ts - captures over the API.
//
// GET /apis/kubewire.dev/v1alpha1/captures/ID?subject=&filter=&format=&snap=&count=&seconds= is a stream that lasts until
// `count` packets, `seconds`, or DELETE of the same path, which tells how many packets there were (CaptureSummary).
import type { Context, Hono } from 'hono';
import type { Cluster } from '../../cluster/cluster.js';
import { BUILT_IN } from '../../cluster/kinds/registry.js';
import { badRequest, noSuchPath, notFound } from '../../cluster/status.js';
import { compileFilter } from '../../lab/host/filter.js';
import { Fault } from '../../model/fault.js';
import type { KubeObject, Node, Pod, Service } from '../../model/objects.js';
import { type Hop, Namer } from '../../observe/capture/hop.js';
import { everything, ofMachine, ofNode, ofService, ofUplink, type Subject } from '../../observe/capture/subject.js';
import type { NodePlan } from '../../plan/plan.js';
import { splitKind } from '../../topology/naming.js';
import type { DataplaneView } from '../dataplane.js';
import { FABRIC, nodeNames } from '../flows.js';
import { numberOf } from '../request.js';
import { Capture, type CaptureOptions, type CaptureSummary } from './capture.js';
import { Tap } from './tap.js';

interface Running {
  /** Resolves when the last byte is in the stream. */
  readonly stop: () => Promise<CaptureSummary>;
}

/** `namespace/name`; the namespace is "default" if it is left out. */
function fullName(text: string): [namespace: string, name: string] {
  const [first = '', second] = text.split('/');
  return second === undefined ? ['default', first] : [first, second];
}

export class Captures {
  readonly #cluster: Cluster;
  readonly #dataplane: DataplaneView | undefined;
  readonly #tap: Tap | null;
  readonly #running = new Map<string, Running>();

  constructor(cluster: Cluster, dataplane: DataplaneView | undefined) {
    this.#cluster = cluster;
    this.#dataplane = dataplane;
    this.#tap = dataplane?.capture ? new Tap(dataplane.capture.tracer) : null;
  }

  serve(app: Hono): void {
    const path = '/apis/kubewire.dev/v1alpha1/captures/:id';
    app.get(path, (c) => this.#start(c));
    app.delete(path, async (c) => {
      const running = this.#running.get(c.req.param('id'));
      if (!running) throw noSuchPath();
      return c.json(await running.stop());
    });
  }

  async #start(c: Context): Promise<Response> {
    const id = c.req.param('id') ?? '';
    const source = this.#dataplane?.capture;
    if (!source || !this.#tap) {
      throw badRequest(
        'the kernel carries the packets of this lab: capture them with tcpdump in a pod, node or client',
      );
    }
    if (this.#running.has(id)) throw badRequest(`there is a capture ${id} already`);
    const options = await this.#options(c);
    const namer = new Namer((node) => source.planeOf(node));
    for (const node of nodeNames(this.#cluster)) namer.learn((await this.#dataplane?.flows(node)) ?? []);
    const capture = this.#begin(id, options, namer, this.#tap);
    const seconds = numberOf(c, 'seconds', 0);
    if (seconds > 0) setTimeout(() => void this.#running.get(id)?.stop(), seconds * 1000).unref();
    await capture.ready;
    const type = options.format === 'json' ? 'application/x-ndjson' : 'application/x-pcapng';
    return c.body(capture.stream, 200, { 'content-type': type });
  }

  #begin(id: string, options: CaptureOptions, namer: Namer, tap: Tap) {
    let stopped: Promise<CaptureSummary> | null = null;
    const stop = (): Promise<CaptureSummary> => {
      stopped ??= end();
      return stopped;
    };
    const capture = new Capture(options, () => void stop());
    const lostBefore = tap.lost;
    const listener = (frame: Hop['frame']): void => capture.take(namer.name(frame));
    const end = async (): Promise<CaptureSummary> => {
      await tap.leave(listener);
      this.#forget(id);
      return capture.close(tap.lost - lostBefore);
    };
    this.#running.set(id, { stop });
    return { stream: capture.stream, ready: tap.listen(listener) };
  }

  /** The summary can be asked for a while after the end. */
  #forget(id: string): void {
    setTimeout(() => this.#running.delete(id), 60_000).unref();
  }

  async #options(c: Context): Promise<CaptureOptions> {
    const subject = this.#subject(c.req.query('subject') ?? '');
    try {
      return {
        subject,
        filter: await compileFilter(c.req.query('filter') ?? ''),
        format: c.req.query('format') === 'json' ? 'json' : 'pcapng',
        snap: numberOf(c, 'snap', 0),
        count: numberOf(c, 'count', Number.POSITIVE_INFINITY),
        epochNs: BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint(),
      };
    } catch (error) {
      if (error instanceof Fault) throw badRequest([error.message, error.remedy].filter(Boolean).join('\n'));
      throw error;
    }
  }

  /** `pod/NS/NAME`, `svc/NS/NAME`, `node/NAME`, `link/NODE`, `client/NAME`; everything if it is empty. */
  #subject(text: string): Subject {
    if (text === '') return everything;
    const isLink = text.startsWith('link/');
    const { kind, rest } = isLink ? { kind: 'node' as const, rest: text.slice('link/'.length) } : splitKind(text);
    const [namespace, name] = fullName(rest);
    if (kind === 'node') {
      if (rest === 'fabric') return ofNode(rest);
      this.#must<Node>('Node', '', rest);
      return isLink ? ofUplink(rest) : ofNode(rest);
    }
    if (kind === 'client') {
      const { spec } = this.#must<KubeObject>('Client', '', rest);
      return ofMachine(`client/${rest}`, (spec as { addresses?: readonly string[] }).addresses ?? []);
    }
    if (kind === 'pod') {
      const { status } = this.#must<Pod>('Pod', namespace, name);
      return ofMachine(
        `pod/${namespace}/${name}`,
        (status?.podIPs ?? []).map(({ ip }) => ip),
      );
    }
    if (kind !== 'service')
      throw badRequest(`"${text}" cannot be captured: it is pod/, svc/, node/, link/ or client/ and a name`);
    this.#must<Service>('Service', namespace, name);
    return ofService(`${namespace}/${name}`, (node) => this.#plansOf(node));
  }

  #plansOf(node: string): NodePlan[] {
    const nodes = node === FABRIC ? nodeNames(this.#cluster) : [node];
    return nodes.flatMap((name) => this.#dataplane?.ruling?.(name)?.plan ?? []);
  }

  #must<T extends KubeObject>(kind: string, namespace: string, name: string): T {
    const object = this.#cluster.store.get<T>(kind, namespace, name);
    if (object) return object;
    const resource = BUILT_IN.named(kind);
    throw resource ? notFound(resource, name) : noSuchPath();
  }
}
