// conflicts.ts - what objects of the same manifests take from each other: node ports, cluster addresses, names.
//
// The sentences are those of the API server's allocators (pkg/registry/core/service/storage/alloc.go): a node port belongs to
// one Service, whatever the protocol; the ports of one Service may share it.
import type { Issue } from '../model/issue.js';
import type { KubeObject, Service } from '../model/objects.js';
import { finding, warning } from './check.js';
import type { LoadedObject } from './load.js';
import { placeText } from './print.js';

const keyOf = ({ kind, metadata }: KubeObject): string =>
  `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`;

/** Something of which there is one in a cluster, as a Service asks for it. */
interface Wish {
  /** `port 30080`, `address 10.96.0.1` */
  readonly what: string;
  readonly field: string;
  /** The API server's sentence without the field. */
  readonly refusal: string;
}

function portWishes({ spec }: Service): Wish[] {
  const taken = 'provided port is already allocated';
  const wishes = (spec.ports ?? []).flatMap(({ nodePort }, i): Wish[] => {
    const refusal = `Invalid value: ${nodePort}: ${taken}`;
    return nodePort ? [{ what: `port ${nodePort}`, field: `spec.ports[${i}].nodePort`, refusal }] : [];
  });
  const health = spec.healthCheckNodePort;
  const refusal = `failed to allocate requested HealthCheck NodePort ${health}: ${taken}`;
  return health ? [...wishes, { what: `port ${health}`, field: 'spec.healthCheckNodePort', refusal }] : wishes;
}

function addressWishes({ spec }: Service): Wish[] {
  const addresses = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
  return addresses
    .filter((address) => address !== '' && address !== 'None')
    .map((address) => ({
      what: `address ${address}`,
      field: spec.clusterIPs ? 'spec.clusterIPs' : 'spec.clusterIP',
      refusal: `Invalid value: ${JSON.stringify(addresses)}: failed to allocate IP ${address}: provided IP is already allocated`,
    }));
}

/** The last object of each name: the one that is there when all are applied; and a warning for those before. */
function lastOfEach(objects: readonly LoadedObject[]): { last: LoadedObject[]; issues: Issue[] } {
  const last = new Map<string, LoadedObject>();
  const issues: Issue[] = [];
  for (const loaded of objects) {
    const { object } = loaded;
    if (!object.metadata.name) continue;
    const before = last.get(keyOf(object));
    if (before) {
      const there = placeText(before.place('metadata.name'));
      issues.push(
        warning(loaded, 'metadata.name', `${keyOf(object)} is written twice, first at ${there}: the last one counts`),
      );
    }
    last.set(keyOf(object), loaded);
  }
  return { last: [...last.values()], issues };
}

/** Errors for what an API server would refuse to the second of two objects, warnings for names that stand twice. */
export function conflictIssues(objects: readonly LoadedObject[]): Issue[] {
  const { last, issues } = lastOfEach(objects);
  const owners = new Map<string, LoadedObject>();
  for (const loaded of last) {
    if (loaded.object.kind !== 'Service') continue;
    const service = loaded.object as Service;
    if (!service.spec || service.spec.type === 'ExternalName') continue;
    for (const { what, field, refusal } of [...portWishes(service), ...addressWishes(service)]) {
      const owner = owners.get(what);
      if (!owner) owners.set(what, loaded);
      else if (owner !== loaded) {
        const by = `${keyOf(owner.object)} at ${placeText(owner.place('metadata.name'))}`;
        issues.push(finding(loaded, 'FieldValueInvalid', field, `${refusal} (to ${by})`));
      }
    }
  }
  return issues;
}
