// discovery.ts - what the server says about itself: groups, resources, version.
import { groupVersion, type Resource } from '../cluster/kinds/kind.js';
import type { Kinds } from '../cluster/kinds/registry.js';

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

const CHANGE = ['get', 'patch', 'update'];

function group(kinds: Kinds, name: string): object {
  const versions = [
    ...new Set(
      kinds
        .all()
        .filter((entry) => entry.group === name)
        .map((entry) => entry.version),
    ),
  ];
  const entries = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: entries, preferredVersion: entries[0] };
}

export function groupList(kinds: Kinds): object {
  const names = [...new Set(kinds.all().map((entry) => entry.group))].filter((name) => name !== '');
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: names.map((name) => group(kinds, name)) };
}

/** One group; undefined when it is not served. */
export function apiGroup(kinds: Kinds, name: string): object | undefined {
  if (!kinds.all().some((entry) => entry.group === name && name !== '')) return undefined;
  return { kind: 'APIGroup', apiVersion: 'v1', ...group(kinds, name) };
}

/** The way to bind a pod before pods/binding was. */
const BINDINGS = { name: 'bindings', singularName: 'binding', namespaced: true, kind: 'Binding', verbs: ['create'] };

function describe(entry: Resource): object[] {
  const { plural, singular, kind, namespaced, shortNames, categories, verbs } = entry;
  const lists = {
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
  };
  const subresources = entry.subresources.map(({ name, of, verbs = CHANGE }) => ({
    ...{ name: `${plural}/${name}`, singularName: '', namespaced, kind: of?.kind ?? kind, verbs },
    // The group of the resource itself goes without saying.
    ...(of && of.group !== entry.group ? { group: of.group, version: of.version } : {}),
  }));
  return [{ name: plural, singularName: singular, namespaced, kind, verbs, ...lists }, ...subresources];
}

/** The resources of `v1` or `apps/v1`; undefined when it is not served. */
export function resourceList(kinds: Kinds, wanted: string): object | undefined {
  const entries = kinds.all().filter((entry) => groupVersion(entry) === wanted);
  if (entries.length === 0) return undefined;
  const resources = [...entries.flatMap(describe), ...(wanted === 'v1' ? [BINDINGS] : [])];
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: wanted, resources };
}
