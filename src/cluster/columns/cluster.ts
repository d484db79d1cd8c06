// cluster.ts - tables of the cluster itself: Nodes, clients outside, Namespaces, configuration, Events.
import type { KubeObject, Node } from '../../model/objects.js';
import { age } from './age.js';
import { ageOf, type Columns, headings } from './columns.js';

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

function nodeStatus(node: Node): string {
  const ready = (node.status?.conditions ?? []).find(({ type }) => type === 'Ready');
  const words = [ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown'];
  if (node.spec?.unschedulable) words.push('SchedulingDisabled');
  return words.join(',');
}

/** Roles by label, sorted; `<none>` when there are none. */
export function nodeRoles(node: Node): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length) roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === ROLE_LABEL && value !== '') roles.add(value);
  }
  return [...roles].sort().join(',') || '<none>';
}

const nodes: Columns = {
  columns: headings(
    'Name Status Roles Age Version | Internal-IP External-IP OS-Image Kernel-Version Container-Runtime',
  ),
  row(object, now) {
    const node = object as Node;
    const address = (type: string): string =>
      (node.status?.addresses ?? []).find((one) => one.type === type)?.address ?? '<none>';
    const info = (field: string): string => String(node.status?.nodeInfo?.[field] ?? '');
    return [
      node.metadata.name,
      nodeStatus(node),
      nodeRoles(node),
      ageOf(node, now),
      info('kubeletVersion'),
      address('InternalIP'),
      address('ExternalIP'),
      info('osImage') || '<unknown>',
      info('kernelVersion') || '<unknown>',
      info('containerRuntimeVersion') || '<unknown>',
    ];
  },
};

/** kubewire.dev: somebody outside the cluster. */
const clients: Columns = {
  columns: headings('Name Addresses Age'),
  row(object, now) {
    const { addresses = [] } = (object.spec ?? {}) as { addresses?: string[] };
    return [object.metadata.name, addresses.join(',') || '<none>', ageOf(object, now)];
  },
};

/** kubewire.dev: a link that misbehaves. */
const links: Columns = {
  columns: headings('Name From To Effects Age'),
  row(object, now) {
    const { from = 'any', to = 'any', ...effects } = (object.spec ?? {}) as Record<string, unknown>;
    const words = Object.entries(effects).map(([key, value]) => (value === true ? key : `${key} ${value}`));
    return [object.metadata.name, String(from), String(to), words.join(', ') || '<none>', ageOf(object, now)];
  },
};

/** kubewire.dev: the lab itself. */
const labs: Columns = {
  columns: headings('Name Status Strategy Age | Shards Offloads PID'),
  row(object, now) {
    const { strategy = '', shards = '', offloads = '' } = (object.spec ?? {}) as Record<string, unknown>;
    const { phase = '', pid = '' } = (object.status ?? {}) as Record<string, unknown>;
    return [
      object.metadata.name,
      String(phase),
      String(strategy),
      ageOf(object, now),
      String(shards),
      String(offloads),
      String(pid),
    ];
  },
};

const namespaces: Columns = {
  columns: headings('Name Status Age'),
  row(object, now) {
    const phase = ((object.status ?? {}) as { phase?: string }).phase ?? '';
    return [object.metadata.name, phase, ageOf(object, now)];
  },
};

const size = (value: unknown): number => Object.keys((value ?? {}) as object).length;

const configMaps: Columns = {
  columns: headings('Name Data Age'),
  row: (object, now) => [object.metadata.name, size(object.data) + size(object.binaryData), ageOf(object, now)],
};

const secrets: Columns = {
  columns: headings('Name Type Data Age'),
  row: (object, now) => [object.metadata.name, String(object.type ?? ''), size(object.data), ageOf(object, now)],
};

const serviceAccounts: Columns = {
  columns: headings('Name Secrets Age'),
  row: (object, now) => [object.metadata.name, size(object.secrets), ageOf(object, now)],
};

export interface Event extends KubeObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly firstTimestamp?: string;
  readonly lastTimestamp?: string;
  readonly eventTime?: string;
  /** Repetitions, as newer clients count them. */
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
  readonly reportingComponent?: string;
  readonly source?: { readonly component?: string; readonly host?: string };
  readonly involvedObject?: {
    readonly kind?: string;
    readonly name?: string;
    readonly uid?: string;
    readonly fieldPath?: string;
  };
}

/** `component, host`, as far as they are known. */
export function eventSource(event: Event): string {
  const component = event.source?.component || event.reportingComponent || '';
  return [component, event.source?.host ?? ''].filter((part) => part !== '').join(', ');
}

/** How often it happened, and when first and last: newer clients keep that in other fields than older ones. */
export function occurrences({ count, series, firstTimestamp, lastTimestamp, eventTime }: Event) {
  const first = firstTimestamp ?? eventTime ?? undefined;
  if (series) return { count: series.count ?? 1, first, last: series.lastObservedTime ?? first };
  return { count: count || 1, first, last: lastTimestamp ?? first };
}

const events: Columns = {
  columns: [
    ...headings('Last_Seen Type Reason Object | Subobject Source'),
    ...headings('Message | First_Seen Count Name'),
  ],
  row(object, now) {
    const event = object as Event;
    const { count, first, last } = occurrences(event);
    const { kind = '', name = '', fieldPath = '' } = event.involvedObject ?? {};
    return [
      age(last, now),
      event.type ?? '',
      event.reason ?? '',
      name === '' ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`,
      fieldPath,
      eventSource(event),
      (event.message ?? '').trim(),
      age(first, now),
      count,
      event.metadata.name,
    ];
  },
};

export const CLUSTER_COLUMNS = {
  Node: nodes,
  Client: clients,
  Lab: labs,
  Link: links,
  Namespace: namespaces,
  ConfigMap: configMaps,
  Secret: secrets,
  ServiceAccount: serviceAccounts,
  Event: events,
} as const satisfies Readonly<Record<string, Columns>>;
