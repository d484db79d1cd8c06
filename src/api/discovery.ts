// discovery.ts - what the server says about itself: groups, resources, version.
import { groupVersion, RESOURCES, type Resource } from '../cluster/resources.js';

/** The Kubernetes release whose behaviour is emulated. */
const MINOR = '36';

export const VERSION = {
  major: '1',
  minor: MINOR,
  gitVersion: `v1.${MINOR}.0+kubewire`,
  gitCommit: '',
  gitTreeState: '',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};

export const CORE_VERSIONS = {
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [],
};

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const CHANGE = ['get', 'patch', 'update'];

function group(name: string): object {
  const versions = [...new Set(RESOURCES.filter((entry) => entry.group === name).map((entry) => entry.version))];
  const entries = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: entries, preferredVersion: entries[0] };
}

export function groupList(): object {
  const names = [...new Set(RESOURCES.map((entry) => entry.group))].filter((name) => name !== '');
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: names.map(group) };
}

/** One group; undefined when it is not served. */
export function apiGroup(name: string): object | undefined {
  if (!RESOURCES.some((entry) => entry.group === name && name !== '')) return undefined;
  return { kind: 'APIGroup', apiVersion: 'v1', ...group(name) };
}

function describe(entry: Resource): object[] {
  const { plural, singular, kind, namespaced, shortNames, categories } = entry;
  const lists = {
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
  };
  const subresources = entry.subresources.map(({ name, of }) => ({
    ...{ name: `${plural}/${name}`, singularName: '', namespaced, kind, ...of, verbs: CHANGE },
  }));
  return [{ name: plural, singularName: singular, namespaced, kind, verbs: VERBS, ...lists }, ...subresources];
}

/** The resources of `v1` or `apps/v1`; undefined when it is not served. */
export function resourceList(wanted: string): object | undefined {
  const entries = RESOURCES.filter((entry) => groupVersion(entry) === wanted);
  if (entries.length === 0) return undefined;
  const resources = entries.flatMap(describe);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: wanted, resources };
}
