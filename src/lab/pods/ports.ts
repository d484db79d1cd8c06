// ports.ts - Ports: on which ports pods listen, also those that declare none and follow what Services target.
import type { Pod, Service } from '../../model/objects.js';
import { openPorts, podPorts, portsText } from '../../topology/listening.js';
import { Selection } from '../../topology/selection.js';
import type { Turns } from '../turns.js';
import type { Entry } from './entry.js';
import type { KubeletOptions } from './wiring.js';

interface Doings {
  /** The pod of an entry that may listen; undefined when nobody wants it to any more. */
  readonly current: (entry: Entry) => Pod | undefined;
  /** Its ports were looked at again. */
  readonly moved: (entry: Entry) => void;
}

export class Ports {
  readonly #options: Pick<KubeletOptions, 'clock' | 'report'>;
  readonly #turns: Turns;
  readonly #doings: Doings;
  /** Those whose pods declare no ports, and of whom that has been said. */
  readonly #toldGuesses = new Set<string>();
  /** Whose pods declare no ports. */
  readonly #guessing = new Set<Entry>();
  readonly #selection = new Selection();
  /** Services as they were and are that changed since pods were last looked at; null: none has. */
  #changed: Selection | null = null;

  constructor(
    { store, clock, report }: Pick<KubeletOptions, 'store' | 'clock' | 'report'>,
    turns: Turns,
    doings: Doings,
  ) {
    this.#options = { clock, report };
    this.#turns = turns;
    this.#doings = doings;
    for (const service of store.list<Service>('Service')) this.#selection.add(service);
  }

  /** Opens the ports that the pod should listen on now. Returns what could not be opened, as sentences. */
  listen(entry: Entry, pod: Pod): string[] {
    const wanted = podPorts(pod, this.#selection.of(pod));
    const { guessed } = wanted;
    const ports = openPorts(wanted, pod, entry.down);
    entry.guessed = guessed ? portsText(ports) : '';
    if (guessed) this.#guessing.add(entry);
    this.#tellGuess(entry, pod);
    const listening = portsText(ports) || 'no port';
    if (entry.listening !== listening)
      entry.log.append(this.#options.clock().getTime(), Buffer.from(`listening on ${listening}\n`));
    entry.listening = listening;
    return entry.open?.update(ports) ?? [];
  }

  /** Pods without declared ports listen on what Services target. Many changes in one turn are handled together. */
  see(now: Service | null, before: Service | undefined): void {
    if (before) this.#selection.remove(before);
    if (now) this.#selection.add(now);
    if (!this.#changed) void this.#refresh();
    this.#changed ??= new Selection();
    for (const service of [before, now]) if (service) this.#changed.add(service);
  }

  forget(entry: Entry): void {
    this.#guessing.delete(entry);
  }

  #tellGuess(entry: Entry, { metadata }: Pod): void {
    const owner = metadata.ownerReferences?.find(({ controller }) => controller)?.uid ?? entry.key.uid;
    if (entry.guessed === '' || this.#toldGuesses.has(owner)) return;
    this.#toldGuesses.add(owner);
    const { namespace, name } = entry.key;
    const guess = `it listens on ${entry.guessed}, a guess from what Services target`;
    this.#options.report(`pod ${namespace}/${name} declares no ports: ${guess}`);
  }

  async #refresh(): Promise<void> {
    await this.#turns.next();
    const changed = this.#changed;
    this.#changed = null;
    for (const entry of this.#guessing) {
      const pod = this.#doings.current(entry);
      if (!pod || changed?.of(pod).length === 0) continue;
      await this.#turns.next();
      if (!this.#doings.current(entry)) continue;
      const failures = this.listen(entry, pod);
      this.#doings.moved(entry);
      for (const failure of failures) this.#options.report(`pod ${entry.key.name}: ${failure}`);
    }
  }
}
