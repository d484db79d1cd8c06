// changing-cluster.ts - a random cluster that changes Service by Service; what stays is the same object, as in the store.
import type { ClusterSnapshot, EndpointSlice, Service } from '../../src/model/objects.js';
import { randomCluster } from './random-cluster.js';
import type { Dice } from './seed.js';

const SERVICE_LABEL = 'kubernetes.io/service-name';
const NAMES = Array.from({ length: 12 }, (_, i) => `s${i + 1}`);

const ofService = (slice: EndpointSlice, name: string): boolean => slice.metadata.labels?.[SERVICE_LABEL] === name;

export class ChangingCluster {
  readonly #dice: Dice;
  snapshot: ClusterSnapshot;

  constructor(dice: Dice) {
    this.#dice = dice;
    this.snapshot = randomCluster(dice);
  }

  /** Adds, replaces or removes a Service, or its slices alone; now and then several, or nothing. */
  change(): ClusterSnapshot {
    for (let i = this.#dice.pick([0, 1, 1, 1, 1, 2, 3]); i > 0; i--) this.#changeOne();
    return this.snapshot;
  }

  #changeOne(): void {
    const dice = this.#dice;
    const fresh = randomCluster(dice);
    const name = dice.pick(NAMES);
    const there = this.snapshot.services.find((service) => service.metadata.name === name);
    if (!there) this.#replace(name, dice.pick(fresh.services), fresh);
    else if (dice.chance(30)) this.#remove(name);
    else if (dice.chance(60)) this.#replace(name, there, fresh);
    else this.#replace(name, dice.pick(fresh.services), fresh);
  }

  #remove(name: string): void {
    const { services, endpointSlices } = this.snapshot;
    this.snapshot = {
      ...this.snapshot,
      services: services.filter((service) => service.metadata.name !== name),
      endpointSlices: this.#dice.chance(80)
        ? endpointSlices.filter((slice) => !ofService(slice, name))
        : endpointSlices,
    };
  }

  /** The Service gets this name, and the slices of a Service of the other cluster. */
  #replace(name: string, service: Service | undefined, from: ClusterSnapshot): void {
    if (!service) return;
    const donor = from.services.some(({ metadata }) => metadata.name === service.metadata.name)
      ? service.metadata.name
      : this.#dice.pick(from.services)?.metadata.name;
    const slices = from.endpointSlices
      .filter((slice) => ofService(slice, donor ?? ''))
      .map((slice, i): EndpointSlice => {
        const metadata = { ...slice.metadata, name: `${name}-${i}`, labels: { [SERVICE_LABEL]: name } };
        return { ...slice, metadata };
      });
    const { services, endpointSlices } = this.snapshot;
    const named = service.metadata.name === name ? service : { ...service, metadata: { ...service.metadata, name } };
    const at = services.findIndex(({ metadata }) => metadata.name === name);
    this.snapshot = {
      ...this.snapshot,
      services: at < 0 ? [...services, named] : services.map((service, i) => (i === at ? named : service)),
      endpointSlices: [...endpointSlices.filter((slice) => !ofService(slice, name)), ...slices],
    };
  }
}
