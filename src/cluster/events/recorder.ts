// recorder.ts - writes Events: who did what to which object, and why something does not go on.
import type { KubeObject } from '../../model/objects.js';
import { timestamp } from '../../model/timestamp.js';
import type { Event } from '../columns/cluster.js';
import { StatusError } from '../status.js';
import { Correlator, Recent } from './correlator.js';

/** Who tells: a component of the control plane, or of a node. */
interface Source {
  readonly component: string;
  readonly host?: string;
}

/** An object, or a reference to one. */
type Subject = Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>;

/** The part of the store (store.ts) in which Events are kept. */
interface EventStore {
  get<T extends KubeObject>(kind: string, namespace: string, name: string): T | undefined;
  create(object: KubeObject): KubeObject;
  update(object: KubeObject): KubeObject;
}

/** What one component tells. */
export interface Teller {
  normal(about: Subject, reason: string, message: string, fieldPath?: string): void;
  warn(about: Subject, reason: string, message: string, fieldPath?: string): void;
}

const LONGEST_MESSAGE = 1024;

export class Recorder {
  readonly #store: EventStore;
  readonly #clock: () => Date;
  readonly #enabled: boolean;
  readonly #correlator = new Correlator();
  /** Correlator's id → the Event that counts its repetitions. */
  readonly #written = new Recent<{ namespace: string; name: string }>();
  #lastName = 0n;

  /** @param enabled false = nothing is recorded, as in a state that was recorded elsewhere */
  constructor(store: EventStore, clock: () => Date, enabled: boolean) {
    this.#store = store;
    this.#clock = clock;
    this.#enabled = enabled;
  }

  /** The pen of a component; `host` is the node that it runs on. */
  of(component: string, host?: string): Teller {
    const source = { component, ...(host === undefined ? {} : { host }) };
    return {
      normal: (about, reason, message, fieldPath = '') =>
        this.#tell(source, about, 'Normal', reason, message, fieldPath),
      warn: (about, reason, message, fieldPath = '') =>
        this.#tell(source, about, 'Warning', reason, message, fieldPath),
    };
  }

  #tell(source: Source, about: Subject, type: string, reason: string, text: string, fieldPath: string): void {
    if (!this.#enabled) return;
    const { kind, metadata } = about;
    const now = this.#clock();
    const telling = this.#correlator.correlate(
      {
        component: source.component,
        host: source.host ?? '',
        about: [kind, metadata.namespace, metadata.name, metadata.uid, fieldPath].join('/'),
        type,
        reason,
      },
      text.slice(0, LONGEST_MESSAGE),
      now.getTime(),
    );
    if (!telling) return;
    try {
      if (this.#repeat(telling.id, telling.message, now)) return;
      const made = this.#store.create(this.#event(source, about, type, reason, telling.message, fieldPath, now));
      this.#written.set(telling.id, { namespace: made.metadata.namespace ?? '', name: made.metadata.name });
    } catch (error) {
      // A namespace that is being deleted takes no Events. Nothing depends on one.
      if (!(error instanceof StatusError)) throw error;
    }
  }

  /** Counts one more of an Event that is still there. */
  #repeat(id: string, message: string, now: Date): boolean {
    const place = this.#written.get(id);
    const event = place && this.#store.get<Event>('Event', place.namespace, place.name);
    if (!event) return false;
    const count = (event.count ?? 1) + 1;
    this.#store.update({ ...event, message, count, lastTimestamp: timestamp(now) } as KubeObject);
    return true;
  }

  #event(
    source: Source,
    { apiVersion, kind, metadata }: Subject,
    type: string,
    reason: string,
    message: string,
    fieldPath: string,
    now: Date,
  ): KubeObject {
    const { namespace, name, uid, resourceVersion } = metadata;
    const time = timestamp(now);
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: this.#name(name, now), namespace: namespace ?? 'default' },
      involvedObject: {
        apiVersion,
        kind,
        name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(uid === undefined ? {} : { uid }),
        ...(resourceVersion ? { resourceVersion } : {}),
        ...(fieldPath === '' ? {} : { fieldPath }),
      },
      type,
      reason,
      message,
      source,
      count: 1,
      firstTimestamp: time,
      lastTimestamp: time,
      eventTime: null,
      reportingComponent: source.component,
      reportingInstance: source.host ?? '',
    };
  }

  /** The object's name and the time in nanoseconds, in hexadecimal; no two are the same. */
  #name(name: string, now: Date): string {
    const time = BigInt(now.getTime()) * 1_000_000n;
    this.#lastName = time > this.#lastName ? time : this.#lastName + 1n;
    return `${name}.${this.#lastName.toString(16)}`;
  }
}
