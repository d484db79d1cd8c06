// describe.ts - `kubewire describe`: shows an object in full, with what is related to it.

import type { Command } from 'commander';
import type { Event } from '../../cluster/columns/cluster.js';
import { isReason, isStatusFailure } from '../../live/status.js';
import { isPodOver } from '../../model/conditions.js';
import type { EndpointSlice, KubeObject, Node, Pod, Service } from '../../model/objects.js';
import { backingFindings } from '../../topology/backing.js';
import { type Named, readings } from '../../topology/naming.js';
import { serviceLacks } from '../../topology/notes.js';
import { Exit } from '../failure.js';
import {
  allNamespacesOption,
  closing,
  namespaceOf,
  namespaceOption,
  type ScopeFlags,
  selectorOption,
} from '../flags.js';
import { type Client, clientOf } from '../lab/client.js';
import { type Kind, Kinds, objectPath } from '../objects/discovery.js';
import { listObjects } from '../objects/fetch.js';
import { type Selection, selectObjects } from '../objects/select.js';
import { statusText } from '../objects/status.js';
import {
  type BackendService,
  describeEndpointSlice,
  describeEndpoints,
  describeIngress,
  describeService,
  type Ingress,
  type IngressBackend,
} from '../print/describe/network.js';
import { describeNode } from '../print/describe/nodes.js';
import { describeAnything, describeConfigMap, describeNamespace } from '../print/describe/other.js';
import { describePod } from '../print/describe/pods.js';
import {
  describeDaemonSet,
  describeDeployment,
  describeReplicaSet,
  describeStatefulSet,
  type Workload,
} from '../print/describe/workloads.js';

interface DescribeFlags extends ScopeFlags {
  readonly selector?: string;
  readonly showEvents?: string;
}

/** Looks up the objects around an object. */
class Surroundings {
  readonly #client: Client;
  readonly #kinds: Kinds;
  readonly #showEvents: boolean;

  constructor(client: Client, kinds: Kinds, showEvents: boolean) {
    this.#client = client;
    this.#kinds = kinds;
    this.#showEvents = showEvents;
  }

  /** Objects of a kind; none if the lab does not serve it. */
  async list<T extends KubeObject>(
    plural: string,
    namespace: string | undefined,
    labelSelector?: string,
  ): Promise<T[]> {
    const kind = this.#kinds.find(plural);
    if (!kind) return [];
    return (await listObjects(this.#client, kind, { namespace, labelSelector })).objects as T[];
  }

  async owned<T extends KubeObject>(plural: string, owner: KubeObject): Promise<T[]> {
    const all = await this.list<T>(plural, owner.metadata.namespace);
    const { uid } = owner.metadata;
    return all.filter(({ metadata }) => metadata.ownerReferences?.some((ref) => ref.controller && ref.uid === uid));
  }

  async events({ kind, metadata }: KubeObject): Promise<Event[]> {
    if (!this.#showEvents) return [];
    const all = await this.list<Event>('events', metadata.namespace);
    return all.filter(({ involvedObject: about }) => {
      if (about?.kind !== kind || about.name !== metadata.name) return false;
      return about.uid === undefined || about.uid === metadata.uid || about.uid === metadata.name;
    });
  }

  slicesOf(service: KubeObject): Promise<EndpointSlice[]> {
    return this.list(
      'endpointslices',
      service.metadata.namespace,
      `kubernetes.io/service-name=${service.metadata.name}`,
    );
  }

  /** Probable mistakes in a Service, and what the lab does not do for it. */
  async warnings(object: KubeObject): Promise<string[]> {
    const service = { ...object, kind: 'Service' } as Service;
    const pods = await this.list('pods', undefined);
    const findings = backingFindings(
      service,
      pods.map((pod) => ({ ...pod, kind: 'Pod' })),
      'in the lab',
    );
    return [...findings.map(({ field, detail }) => `${field}: ${detail}`), ...serviceLacks(service)];
  }

  /** The Services that the rules of an Ingress name. */
  async backends({ metadata, spec = {} }: Ingress): Promise<Map<string, BackendService>> {
    const paths = (spec.rules ?? []).flatMap(({ http }) => http?.paths.map(({ backend }) => backend) ?? []);
    const all: IngressBackend[] = [...(spec.defaultBackend ? [spec.defaultBackend] : []), ...paths];
    const names = new Set(all.flatMap(({ service }) => (service ? [service.name] : [])));
    const found = new Map<string, BackendService>();
    for (const name of names) {
      try {
        const kind = this.#kinds.resolve('services');
        const service = await this.#client.get<Service>(objectPath(kind, metadata.namespace, name));
        found.set(name, { service, slices: await this.slicesOf(service) });
      } catch (error) {
        if (!isStatusFailure(error)) throw error;
        found.set(name, { error: error.message });
      }
    }
    return found;
  }
}

async function podsOn(around: Surroundings, node: KubeObject): Promise<Pod[]> {
  const pods = await around.list<Pod>('pods', undefined);
  return pods.filter((pod) => pod.spec.nodeName === node.metadata.name && !isPodOver(pod));
}

async function describeObject(object: KubeObject, around: Surroundings, now: number): Promise<string> {
  const events = await around.events(object);
  const workload = object as Workload;
  switch (object.kind) {
    case 'Service':
      return describeService(
        object as Service,
        await around.slicesOf(object),
        await around.warnings(object),
        events,
        now,
      );
    case 'EndpointSlice':
      return describeEndpointSlice(object as EndpointSlice, events, now);
    case 'Endpoints':
      return describeEndpoints(object, events, now);
    case 'Ingress':
      return describeIngress(object as Ingress, await around.backends(object as Ingress), events, now);
    case 'Pod':
      return describePod(object as Pod, events, now);
    case 'Node':
      return describeNode(object as Node, await podsOn(around, object), events, now);
    case 'Deployment':
      return describeDeployment(workload, await around.owned<Workload>('replicasets', object), events, now);
    case 'ReplicaSet':
      return describeReplicaSet(workload, await around.owned<Pod>('pods', object), events, now);
    case 'StatefulSet':
      return describeStatefulSet(workload, await around.owned<Pod>('pods', object), events, now);
    case 'DaemonSet':
      return describeDaemonSet(workload, await around.owned<Pod>('pods', object), events, now);
    case 'Namespace':
      return describeNamespace(object);
    case 'ConfigMap':
      return describeConfigMap(object, events, now);
    default:
      return describeAnything(object, events, now);
  }
}

interface Found {
  readonly objects: readonly KubeObject[];
  /** Objects whose names begin like this, because none has the whole name. */
  readonly byPrefix: boolean;
}

/** The object with this name, as kubectl or as the grammar of all verbs reads it; else those whose names begin so. */
async function named(client: Client, kind: Kind, text: string, flags: DescribeFlags): Promise<Found> {
  const places: readonly Named[] = kind.namespaced
    ? readings(text, flags.namespace ?? 'default')
    : [{ namespace: undefined, name: text }];
  let refusal: unknown;
  for (const { namespace, name } of places) {
    try {
      return { objects: [await client.get<KubeObject>(objectPath(kind, namespace, name))], byPrefix: false };
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
      refusal ??= error;
    }
  }
  for (const { namespace, name } of places) {
    const { objects } = await listObjects(client, kind, { namespace });
    const alike = objects.filter(({ metadata }) => metadata.name.startsWith(name));
    if (alike.length > 0) return { objects: alike, byPrefix: true };
  }
  throw refusal;
}

async function find(
  { kind, names }: Selection,
  client: Client,
  flags: DescribeFlags,
  refused: string[],
): Promise<Found[]> {
  if (names.length === 0) {
    const { objects } = await listObjects(client, kind, {
      namespace: namespaceOf(flags),
      labelSelector: flags.selector,
    });
    return [{ objects, byPrefix: false }];
  }
  const found: Found[] = [];
  for (const name of names) {
    try {
      found.push(await named(client, kind, name, flags));
    } catch (error) {
      if (!isStatusFailure(error)) throw error;
      refused.push(statusText(error.status));
    }
  }
  return found;
}

async function describe(words: string[], flags: DescribeFlags, command: Command): Promise<void> {
  const client = clientOf(command);
  const kinds = await Kinds.load(client);
  const around = new Surroundings(client, kinds, flags.showEvents !== 'false');
  const refused: string[] = [];
  let printed = 0;
  for (const selection of selectObjects(words, 'describe', kinds, true)) {
    for (const { objects, byPrefix } of await find(selection, client, flags, refused)) {
      for (const object of objects) {
        const text = await describeObject({ ...object, kind: selection.kind.kind }, around, Date.now());
        // kubectl puts two line ends before each further object, but one after each that it found by prefix.
        process.stdout.write(byPrefix ? `${text}\n` : printed > 0 ? `\n\n${text}` : text);
        printed++;
      }
    }
  }
  if (refused.length > 0) throw new Exit(1, refused.join('\n'));
  if (printed === 0) {
    process.stderr.write(`No resources found${flags.allNamespaces ? '' : ` in ${flags.namespace} namespace.`}\n`);
  }
}

export function register(program: Command): void {
  const command = program
    .command('describe')
    .description('Show objects in full, with what stands around them.')
    .argument('[TYPE|TYPE/NAME] [NAME...]')
    .option('--show-events <bool>', 'show the events of the object', 'true');
  namespaceOption(allNamespacesOption(selectorOption(command))).action(describe);
  closing(
    command,
    'kubewire describe svc web\nkubewire describe svc shop/web\nkubewire describe endpointslices -l kubernetes.io/service-name=web\nkubewire describe node/node-1',
  );
}
