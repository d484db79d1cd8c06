// lists.ts - which lists of the API are maps in disguise: the fields by which their items are told apart.
//
// From the patchMergeKey tags of the API types (core/v1, apps/v1, meta/v1), Kubernetes 1.36. Lists that are not here are
// replaced as a whole.

type Item = Record<string, unknown>;

const KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  imagePullSecrets: 'name',
  secrets: 'name',
  conditions: 'type',
  ownerReferences: 'uid',
  hostAliases: 'ip',
  podIPs: 'ip',
  hostIPs: 'ip',
  addresses: 'type',
  topologySpreadConstraints: 'topologyKey',
};

/** Lists of words that behave as sets. */
const SETS = new Set(['finalizers', 'podCIDRs']);

export const isItem = (value: unknown): value is Item =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The field that names an item; undefined for lists that are replaced as a whole. */
export function mergeKey(field: string, items: readonly unknown[]): string | undefined {
  const first = items.find(isItem);
  if (!first) return undefined;
  if (field !== 'ports') return KEYS[field] !== undefined && KEYS[field] in first ? KEYS[field] : undefined;
  // Ports of containers and of Services have the same name; those of slices and subsets have a numeric `port` too,
  // but there the list around them is replaced as a whole.
  return 'containerPort' in first ? 'containerPort' : 'port' in first ? 'port' : undefined;
}

export const isSet = (field: string): boolean => SETS.has(field);

/** Equal for items that are the same entry of the list. Ports of both protocols may have the same number. */
export function itemKey(item: Item, key: string): string {
  const protocol = key === 'port' || key === 'containerPort' ? `/${item.protocol ?? 'TCP'}` : '';
  return `${String(item[key])}${protocol}`;
}
