// correlator.ts - turns what happens again and again into one Event with a count, and stops a source that floods.
//
// The rules and limits of client-go (tools/record/events_cache.go): a source may tell 25 Events about one object at once
// and one more every five minutes; the same Event again raises the count; ten similar ones in ten minutes become one.

/** Everything that makes two Events the same, except their text. */
interface Occasion {
  readonly component: string;
  readonly host: string;
  /** Identifies the object: kind, namespace, name, uid and the part of it. */
  readonly about: string;
  readonly type: string;
  readonly reason: string;
}

/** What to write: a new Event, or one more of an earlier Event. `id` is the same for every repetition. */
interface Telling {
  readonly id: string;
  readonly message: string;
}

/** Objects, sources and messages that are remembered; the longest unused is forgotten first. */
const REMEMBERED = 4096;
const SIMILAR = 10;
const SIMILAR_MS = 600_000;
const BURST = 25;
const REFILL_MS = 300_000;
const COMBINED = '(combined from similar events): ';

/** A map of limited size: what was not used for the longest time goes first. */
export class Recent<T> {
  readonly #entries = new Map<string, T>();

  get(key: string): T | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: T): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= REMEMBERED) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      break;
    }
  }
}

export class Correlator {
  readonly #buckets = new Recent<{ tokens: number; at: number }>();
  readonly #similar = new Recent<{ messages: Set<string>; at: number }>();

  /** Null when the source has told too much about this object. `now` is in milliseconds. */
  correlate(occasion: Occasion, message: string, now: number): Telling | null {
    const { component, host, about, type, reason } = occasion;
    const kin = [component, host, about, type, reason].join('\n');
    const telling = this.#combine(kin, message, now);
    return this.#mayTell([component, host, about].join('\n'), now) ? telling : null;
  }

  #combine(kin: string, message: string, now: number): Telling {
    let group = this.#similar.get(kin);
    if (!group || now - group.at > SIMILAR_MS) group = { messages: new Set(), at: now };
    group.messages.add(message);
    group.at = now;
    this.#similar.set(kin, group);
    if (group.messages.size < SIMILAR) return { id: `${kin}\n${message}`, message };
    for (const oldest of group.messages) {
      group.messages.delete(oldest);
      break;
    }
    return { id: kin, message: `${COMBINED}${message}` };
  }

  #mayTell(source: string, now: number): boolean {
    const bucket = this.#buckets.get(source) ?? { tokens: BURST, at: now };
    const tokens = Math.min(BURST, bucket.tokens + (now - bucket.at) / REFILL_MS);
    const may = tokens >= 1;
    this.#buckets.set(source, { tokens: may ? tokens - 1 : tokens, at: now });
    return may;
  }
}
