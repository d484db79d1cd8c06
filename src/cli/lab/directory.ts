// directory.ts - the DNS directory of the running lab, kept up to date by watches of its API.
import { Directory } from '../../dns/directory.js';
import type { EndpointSlice, KubeObject, Service } from '../../model/objects.js';
import type { Client } from './client.js';

const PATHS = {
  namespaces: '/api/v1/namespaces',
  services: '/api/v1/services',
  endpointSlices: '/apis/discovery.k8s.io/v1/endpointslices',
  pods: '/api/v1/pods',
} as const;

type Part = keyof typeof PATHS;

interface List {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly KubeObject[];
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/** Pause before an ended watch begins again, in milliseconds. */
const PAUSE_MS = 200;

export class LiveDirectory {
  readonly #client: Client;
  readonly #objects: Record<Part, Map<string, KubeObject>> = {
    namespaces: new Map(),
    services: new Map(),
    endpointSlices: new Map(),
    pods: new Map(),
  };
  #known: Directory | null = null;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** Resolves when everything was read once. Then it follows changes, and calls `ended` when the lab is gone. */
  static async open(client: Client, ended: (error: unknown) => void): Promise<LiveDirectory> {
    const live = new LiveDirectory(client);
    const versions = await Promise.all(
      (Object.keys(PATHS) as Part[]).map(async (part) => [part, await live.#list(part)] as const),
    );
    for (const [part, version] of versions) live.#follow(part, version).catch(ended);
    return live;
  }

  /** As it is now. */
  get now(): Directory {
    const { namespaces, services, endpointSlices, pods } = this.#objects;
    this.#known ??= new Directory({
      namespaces: [...namespaces.values()].map(({ metadata }) => metadata.name),
      services: [...services.values()] as Service[],
      endpointSlices: [...endpointSlices.values()] as EndpointSlice[],
      pods: [...pods.values()],
    });
    return this.#known;
  }

  async #list(part: Part): Promise<string> {
    const { items, metadata } = await this.#client.get<List>(PATHS[part]);
    this.#objects[part] = new Map(items.map((object) => [keyOf(object), object]));
    this.#known = null;
    return metadata.resourceVersion;
  }

  async #follow(part: Part, version: string): Promise<never> {
    for (let resourceVersion = version; ; ) {
      for await (const { type, object } of this.#client.watch(PATHS[part], { resourceVersion })) {
        if (type === 'ERROR') break;
        if (type === 'DELETED') this.#objects[part].delete(keyOf(object));
        else if (type !== 'BOOKMARK') this.#objects[part].set(keyOf(object), object);
        this.#known = null;
        resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
      }
      // The stream ended, or the version is too old: list again.
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      resourceVersion = await this.#list(part);
    }
  }
}
