// surroundings.ts - what a program finds in a pod besides its network: variables, files and a host name.
import type { KubeObject, Pod, Service } from '../../model/objects.js';
import type { FileView } from '../host/files.js';
import { containerEnvironment } from '../volumes/environment.js';
import { containerNamed } from '../volumes/mounts.js';
import { hostnameOf, type NamePlace } from '../volumes/network.js';
import { machineNames, PodFiles } from '../volumes/podfiles.js';
import type { TokenSource } from '../volumes/sources.js';

/** The cluster as programs of pods see it. */
export interface PodWorld {
  readonly get: (kind: string, namespace: string, name: string) => KubeObject | undefined;
  /** Services of a namespace. */
  readonly services: (namespace: string) => readonly Service[];
  /** Addresses of Service kube-dns. */
  readonly nameservers: () => readonly string[];
  readonly clusterDomain: string;
  /** Who signs tokens of ServiceAccounts; null: nobody, and pods get none. */
  readonly accounts: {
    readonly certificate: string;
    readonly token: (pod: Pod, source: TokenSource) => Promise<string>;
  } | null;
  readonly clock: () => Date;
  /** Tells the user what a pod has to do without. */
  readonly report: (message: string) => void;
}

export interface Surrounding {
  readonly variables: Readonly<Record<string, string>>;
  readonly hostname: string;
  /** Undefined where the kernel makes none: then the files are those of this machine. */
  readonly view: FileView | undefined;
}

/** Where the pod is. */
type Where = Pick<NamePlace, 'node' | 'addresses'>;

export class Surroundings {
  readonly #world: PodWorld;
  readonly #files: PodFiles;
  #toldNoView = false;

  constructor(world: PodWorld) {
    this.#world = world;
    const { get, accounts, clock, report } = world;
    this.#files = new PodFiles({
      get,
      token: accounts?.token ?? null,
      certificate: accounts?.certificate ?? null,
      clock,
      report,
    });
  }

  /** @param name of the container; the first one if none is given */
  async of(pod: Pod, where: Where, name?: string): Promise<Surrounding> {
    const { nameservers, clusterDomain } = this.#world;
    const container = containerNamed(pod, name) ?? { name: '' };
    const place: NamePlace = { ...where, nameservers: nameservers(), clusterDomain, machine: machineNames() };
    const hostname = hostnameOf(pod, place);
    const { env } = containerEnvironment(pod, container, this.#world);
    const { name: POD_NAME, namespace: POD_NAMESPACE = 'default' } = pod.metadata;
    const variables = { HOSTNAME: hostname, POD_NAME, POD_NAMESPACE, NODE_NAME: where.node, ...env };
    try {
      return { variables, hostname, view: await this.#files.view(pod, container, place, env) };
    } catch (error) {
      if (!this.#toldNoView)
        this.#world.report(`programs of pods see the files of this machine alone: ${(error as Error).message}`);
      this.#toldNoView = true;
      return { variables, hostname, view: undefined };
    }
  }

  /** What pods have of a ConfigMap or a Secret follows it. */
  changed(object: KubeObject): void {
    void this.#files.changed(object);
  }

  updated(pod: Pod): void {
    void this.#files.updated(pod);
  }

  forget(uid: string): void {
    this.#files.forget(uid);
  }

  close(): void {
    this.#files.close();
  }
}
