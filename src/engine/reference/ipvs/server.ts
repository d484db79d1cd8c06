// server.ts - a virtual server of IPVS and its destinations, as a plain list: the slow twin of native/core/ipvs.
import { makeChooser } from './choosers.js';
import type { Chooser, Destination, Question, ServerKind } from './destination.js';

export class VirtualServer {
  readonly list: Destination[] = [];
  kind: ServerKind;
  #chooser: Chooser;

  constructor(kind: ServerKind) {
    this.kind = kind;
    this.#chooser = makeChooser(kind, this.list);
  }

  /** Another scheduler takes over the list. The old scheduler's state is lost. */
  change(kind: ServerKind): void {
    this.kind = kind;
    this.#chooser = makeChooser(kind, this.list);
  }

  /** Adds a destination at the head of the list. */
  add(id: number, address: Uint8Array, port: number, weight: number): Destination {
    const added: Destination = {
      ...{ id, address, port, weight, lastWeight: weight },
      ...{ available: true, overload: false, active: 0, inactive: 0 },
    };
    this.list.unshift(added);
    this.#chooser.changed?.(null, -1);
    return added;
  }

  /** Setting the same weight also counts as a change. */
  setWeight(to: Destination, weight: number): void {
    to.weight = weight;
    if (weight !== 0) to.lastWeight = weight;
    this.#chooser.changed?.(null, -1);
  }

  remove(gone: Destination): void {
    const place = this.list.indexOf(gone);
    this.list.splice(place, 1);
    gone.available = false;
    this.#chooser.changed?.(gone, place);
  }

  schedule(question: Question): Destination | null {
    return this.#chooser.choose(question);
  }
}
