// directory.ts - the DNS directory of the running lab, kept up to date by watches of its API.
import { Directory } from '../../dns/directory.js';
import { Watched } from '../../live/watched.js';
import type { EndpointSlice, Service } from '../../model/objects.js';
import type { Client } from './client.js';

const PATHS = {
  namespaces: ['/api/v1/namespaces'],
  services: ['/api/v1/services'],
  endpointSlices: ['/apis/discovery.k8s.io/v1/endpointslices'],
  pods: ['/api/v1/pods'],
} as const;

type Part = keyof typeof PATHS;

export class LiveDirectory {
  readonly #watched: Watched<Part>;
  #known: { readonly changes: number; readonly directory: Directory } | null = null;

  private constructor(watched: Watched<Part>) {
    this.#watched = watched;
  }

  /** Resolves when everything was read once. Then it follows changes, and calls `ended` when the lab is gone. */
  static async open(client: Client, ended: (error: unknown) => void): Promise<LiveDirectory> {
    return new LiveDirectory(await Watched.open(client, PATHS, ended));
  }

  /** As it is now. */
  get now(): Directory {
    const { changes } = this.#watched;
    if (this.#known?.changes === changes) return this.#known.directory;
    const directory = new Directory({
      namespaces: this.#watched.list('namespaces').map(({ metadata }) => metadata.name),
      services: this.#watched.list<Service>('services'),
      endpointSlices: this.#watched.list<EndpointSlice>('endpointSlices'),
      pods: this.#watched.list('pods'),
    });
    this.#known = { changes, directory };
    return directory;
  }
}
