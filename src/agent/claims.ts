// claims.ts - who runs which node, by the nodes' Leases: claimed, renewed, and given up in time.
//
// A node is never run by two agents. Whoever holds it stops it when its Lease could be taken soon: a third of the Lease's time
// before its end, counted from when the last renewal that succeeded was sent. Others take a Lease only after they have seen it
// unchanged for its whole time, by their own clock, and with the version that they have seen: a renewal meanwhile refuses them.
import type { Changer } from '../live/changer.js';
import { isReason } from '../live/status.js';
import type { KubeObject } from '../model/objects.js';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

interface Lease extends KubeObject {
  spec?: { holderIdentity?: string; leaseDurationSeconds?: number; renewTime?: string; acquireTime?: string };
}

interface ClaimOptions {
  readonly cluster: Pick<Changer, 'create' | 'replace' | 'get'>;
  /** Of this process: another one of the same name must wait until the Lease is over. */
  readonly holder: string;
  readonly leaseMs: number;
  /** What others read on the Leases: where the holder is reached. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Milliseconds of a clock that only goes on. */
  readonly monotonic: () => number;
  readonly now: () => Date;
  /** 0 to 1. */
  readonly random: () => number;
  /** What came of a renewal: '' = it succeeded, else why the API did not take it. */
  readonly answered: (problem: string) => void;
  /** The node is no longer ours: it must be stopped at once. */
  readonly lost: (name: string) => void;
}

/** The part of a Lease's time, at its end, in which a node is stopped that could not renew it. */
const MARGIN = 1 / 3;
/** Requests at once. */
const AT_ONCE = 32;

interface Own {
  lease: Lease;
  /** The node is stopped then, on the monotonic clock. */
  until: number;
}

/** MicroTime of meta/v1. */
const microTime = (date: Date): string => date.toISOString().replace('Z', '000Z');

async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const turn = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, turn));
}

export class Claims {
  readonly #options: ClaimOptions;
  readonly #own = new Map<string, Own>();
  /** What is known of Leases, and since when it has been so. */
  readonly #seen = new Map<string, { readonly lease: Lease; readonly at: number }>();

  constructor(options: ClaimOptions) {
    this.#options = options;
  }

  get names(): readonly string[] {
    return [...this.#own.keys()];
  }

  /** A Lease came or changed. */
  see(lease: Lease): void {
    const known = this.#seen.get(lease.metadata.name);
    if (known?.lease.metadata.resourceVersion === lease.metadata.resourceVersion) return;
    this.#seen.set(lease.metadata.name, { lease, at: this.#options.monotonic() });
  }

  forget(name: string): void {
    this.#seen.delete(name);
  }

  /** What the Lease of a node says; undefined: it has none. */
  leaseOf = (name: string): Lease | undefined => this.#seen.get(name)?.lease;

  holds = (name: string): boolean => this.#own.has(name);

  /** Renews every Lease that is ours. */
  renew(): Promise<void> {
    return inTurns(this.names, (name) => this.#renew(name));
  }

  /** Claims free nodes, in an order of its own, until it has so many. Resolves with those that it got. */
  async claim(names: readonly string[], most: number): Promise<string[]> {
    const { random } = this.#options;
    const free = names
      .filter((name) => !this.#own.has(name) && this.#isFree(name))
      .map((name) => ({ name, order: random() }))
      .sort((a, b) => a.order - b.order)
      .map(({ name }) => name)
      .slice(0, Math.max(0, most - this.#own.size));
    await inTurns(free, (name) => this.#take(name));
    return free.filter((name) => this.#own.has(name));
  }

  /** Gives up what could not be renewed in time. To be called often. */
  fence(): void {
    const now = this.#options.monotonic();
    for (const [name, { until }] of this.#own) if (now >= until) this.#lose(name);
  }

  /** Lets others have a node at once. It must have been stopped before. */
  async release(name: string): Promise<void> {
    const own = this.#own.get(name);
    this.#own.delete(name);
    if (own)
      await this.#write({ ...own.lease, spec: { ...own.lease.spec, holderIdentity: '' } }).catch(() => undefined);
  }

  #lose(name: string): void {
    if (this.#own.delete(name)) this.#options.lost(name);
  }

  /** Nobody has it, or who had it has been silent for the whole time. */
  #isFree(name: string): boolean {
    const seen = this.#seen.get(name);
    if (!seen) return true;
    const { holderIdentity = '', leaseDurationSeconds = 0 } = seen.lease.spec ?? {};
    return holderIdentity === '' || this.#options.monotonic() >= seen.at + leaseDurationSeconds * 1000;
  }

  #spec(acquired: boolean): NonNullable<Lease['spec']> {
    const { holder, leaseMs, now } = this.#options;
    const time = microTime(now());
    const spec = { holderIdentity: holder, leaseDurationSeconds: Math.ceil(leaseMs / 1000), renewTime: time };
    return acquired ? { ...spec, acquireTime: time } : spec;
  }

  #write(lease: Lease): Promise<Lease> {
    return this.#options.cluster.replace(`${LEASES}/${lease.metadata.name}`, lease);
  }

  #until = (start: number): number => start + this.#options.leaseMs * (1 - MARGIN);

  async #take(name: string): Promise<void> {
    const { cluster, monotonic } = this.#options;
    const known = this.#seen.get(name)?.lease;
    const start = monotonic();
    const fresh: Lease = {
      ...{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
      metadata: { name, namespace: 'kube-node-lease' },
    };
    try {
      const { metadata } = known ?? fresh;
      const annotations = { ...metadata.annotations, ...this.#options.annotations };
      const wanted: Lease = { ...(known ?? fresh), metadata: { ...metadata, annotations }, spec: this.#spec(true) };
      const lease = known ? await this.#write(wanted) : await cluster.create(LEASES, wanted);
      this.#own.set(name, { lease, until: this.#until(start) });
      this.see(lease);
    } catch {
      // Somebody else was faster, or the API does not answer. The next round tries again.
    }
  }

  async #renew(name: string): Promise<void> {
    const { cluster, holder, monotonic, answered } = this.#options;
    const own = this.#own.get(name);
    if (!own) return;
    const start = monotonic();
    try {
      own.lease = await this.#write({ ...own.lease, spec: { ...own.lease.spec, ...this.#spec(false) } });
      own.until = this.#until(start);
      this.see(own.lease);
      answered('');
    } catch (error) {
      answered((error as Error).message);
      if (isReason(error, 'NotFound')) this.#lose(name);
      if (!isReason(error, 'Conflict')) return;
      const lease = await cluster.get<Lease>(`${LEASES}/${name}`).catch(() => null);
      if (lease === null) return;
      if (lease.spec?.holderIdentity === holder) own.lease = lease;
      else this.#lose(name);
    }
  }
}
