// registry.ts - the kinds that a cluster serves: built-in ones, and those from custom definitions.
import { kindKey } from '../../model/kindkey.js';
import { CERTIFICATES, RBAC, REVIEWS } from './access.js';
import { APPS } from './apps.js';
import { BATCH, POLICY } from './batch.js';
import { CORE } from './core.js';
import { EVENTS } from './events.js';
import {
  ADMISSION,
  COORDINATION,
  EXTENSIONS,
  FLOW_CONTROL,
  NODE,
  REGISTRATION,
  RESOURCE,
  SCHEDULING,
} from './extension.js';
import { groupVersion, type Resource } from './kind.js';
import { METRICS } from './metrics.js';
import { DISCOVERY, NETWORKING } from './networking.js';
import { OWN } from './own.js';
import { STORAGE } from './storage.js';

/** A kind by what its key or, if it is built in, its bare name is. */
export type KindName = string;

interface TypeName {
  readonly apiVersion: string;
  readonly kind: string;
}

/** In discovery order: by group, then by name. */
export const RESOURCES: readonly Resource[] = [
  ...CORE,
  ...REGISTRATION,
  ...APPS,
  ...EVENTS,
  ...REVIEWS,
  ...BATCH,
  ...CERTIFICATES,
  ...NETWORKING,
  ...POLICY,
  ...RBAC,
  ...STORAGE,
  ...ADMISSION,
  ...EXTENSIONS,
  ...SCHEDULING,
  ...COORDINATION,
  ...NODE,
  ...DISCOVERY,
  ...RESOURCE,
  ...FLOW_CONTROL,
  ...METRICS,
  ...OWN,
];

export class Kinds {
  readonly #byName = new Map<KindName, Resource>();
  readonly #byType = new Map<string, Resource>();
  readonly #byPath = new Map<string, Resource>();
  readonly #all = new Set<Resource>();

  constructor(resources: readonly Resource[]) {
    for (const resource of resources) {
      this.add(resource);
      if (!resource.view && !this.#byName.has(resource.kind)) this.#byName.set(resource.kind, resource);
    }
  }

  all(): readonly Resource[] {
    return [...this.#all];
  }

  /** Adds a kind, or another version of one. The version added first is the one that is stored. */
  add(resource: Resource): void {
    this.#all.add(resource);
    const key = kindKey(resource.group, resource.kind);
    if (!this.#byName.has(key)) this.#byName.set(key, resource);
    this.#byType.set(`${groupVersion(resource)}/${resource.kind}`, resource);
    this.#byPath.set(`${groupVersion(resource)}/${resource.plural}`, resource);
  }

  remove(resource: Resource): void {
    this.#all.delete(resource);
    const key = kindKey(resource.group, resource.kind);
    if (this.#byName.get(key) === resource) this.#byName.delete(key);
    this.#byType.delete(`${groupVersion(resource)}/${resource.kind}`);
    this.#byPath.delete(`${groupVersion(resource)}/${resource.plural}`);
  }

  /** Looks up by key; a bare kind means the built-in one. Undefined if it is not served. */
  named(name: KindName): Resource | undefined {
    return this.#byName.get(name);
  }

  /** The resource of an object, since a kind can exist in several groups. Undefined if it is not served. */
  ofObject({ apiVersion, kind }: TypeName): Resource | undefined {
    return this.#byType.get(`${apiVersion}/${kind}`);
  }

  /** The resource for a URL; undefined if the path is not served. */
  ofPath(group: string, version: string, plural: string): Resource | undefined {
    return this.#byPath.get(group === '' ? `${version}/${plural}` : `${group}/${version}/${plural}`);
  }
}

/** The kinds that every cluster has. */
export const BUILT_IN = new Kinds(RESOURCES);
