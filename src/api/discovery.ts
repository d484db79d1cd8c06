// discovery.ts - describes the server: groups, resources and version, piece by piece or in one aggregated document.
import { createHash } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { groupVersion, type Resource } from '../cluster/kinds/kind.js';
import type { Kinds } from '../cluster/kinds/registry.js';
import { methodNotAllowed } from '../cluster/status.js';

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

const CORE_VERSIONS = {
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [],
};

const CHANGE = ['get', 'patch', 'update'];

const byPlural = (a: Resource, b: Resource): number => (a.plural < b.plural ? -1 : 1);

const ofGroup = (kinds: Kinds, name: string): Resource[] => kinds.all().filter(({ group }) => group === name);
const groupsOf = (kinds: Kinds): string[] => [...new Set(kinds.all().map(({ group }) => group))];
const versionsOf = (resources: readonly Resource[]): string[] => [...new Set(resources.map(({ version }) => version))];

function group(kinds: Kinds, name: string): object {
  const versions = versionsOf(ofGroup(kinds, name));
  const entries = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: entries, preferredVersion: entries[0] };
}

function groupList(kinds: Kinds): object {
  const names = groupsOf(kinds).filter((name) => name !== '');
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: names.map((name) => group(kinds, name)) };
}

/** Bytes of the hash that clients compare. */
const HASH_BYTES = 8;

/** Identifies the storage version, so that clients notice when it changes. */
function storageVersionHash(resource: Resource): string {
  const { group, version, kind } = resource.view?.of ?? resource;
  const hash = createHash('sha256').update(`${group}/${version}/${kind}`).digest();
  return hash.subarray(0, HASH_BYTES).toString('base64');
}

/** How pods were bound before pods/binding existed. */
const BINDINGS = { name: 'bindings', singularName: 'binding', namespaced: true, kind: 'Binding', verbs: ['create'] };

const listsOf = ({ shortNames, categories }: Resource): object => ({
  ...(shortNames.length > 0 ? { shortNames } : {}),
  ...(categories.length > 0 ? { categories } : {}),
});

const subresourcesOf = ({ subresources }: Resource) =>
  subresources.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((one) => ({ verbs: CHANGE, ...one }));

function describe(entry: Resource): object[] {
  const { plural, singular, kind, namespaced, verbs } = entry;
  const hash =
    verbs.includes('get') && verbs.includes('create') ? { storageVersionHash: storageVersionHash(entry) } : {};
  return [
    { name: plural, singularName: singular, namespaced, kind, verbs, ...listsOf(entry), ...hash },
    ...subresourcesOf(entry).map(({ name, of, verbs: own }) => ({
      ...{ name: `${plural}/${name}`, singularName: '', namespaced, kind: of?.kind ?? kind, verbs: own },
      // The group of the resource itself goes without saying.
      ...(of && of.group !== entry.group ? { group: of.group, version: of.version } : {}),
    })),
  ];
}

/** The resources of `v1` or `apps/v1`; undefined if it is not served. */
function resourceList(kinds: Kinds, wanted: string): object | undefined {
  const entries = kinds.all().filter((entry) => groupVersion(entry) === wanted);
  if (entries.length === 0) return undefined;
  const resources = [...(wanted === 'v1' ? [BINDINGS] : []), ...entries.sort(byPlural).flatMap(describe)];
  // The core group is older than the field.
  const apiVersion = wanted === 'v1' ? {} : { apiVersion: 'v1' };
  return { kind: 'APIResourceList', ...apiVersion, groupVersion: wanted, resources };
}

function aggregated(entry: Resource): object {
  const { plural, singular, group, version, kind, namespaced, verbs } = entry;
  const subresources = subresourcesOf(entry).map(({ name, of, verbs: own }) => ({
    subresource: name,
    responseKind: of ?? { group, version, kind },
    verbs: own,
  }));
  return {
    resource: plural,
    responseKind: { group, version, kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...listsOf(entry),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}

/** All of some groups in one document, of apidiscovery.k8s.io. */
function discoveryList(kinds: Kinds, names: readonly string[], apiVersion: string): object {
  const items = names.map((name) => {
    const resources = ofGroup(kinds, name);
    const versions = versionsOf(resources).map((version) => ({
      version,
      resources: resources
        .filter((entry) => entry.version === version)
        .sort(byPlural)
        .map(aggregated),
      freshness: 'Current',
    }));
    return { metadata: { name, creationTimestamp: null }, versions };
  });
  return { kind: 'APIGroupDiscoveryList', apiVersion, metadata: {}, items };
}

/** The version of the aggregated document that the client wants first; undefined when it wants none. */
function aggregatedVersion(c: Context): string | undefined {
  const first = (c.req.header('accept') ?? '').split(',')[0] ?? '';
  if (!first.includes('as=APIGroupDiscoveryList') || !first.includes('g=apidiscovery.k8s.io')) return undefined;
  return /;v=(v2|v2beta1)(;|$)/.exec(first)?.[1];
}

function answer(c: Context, kinds: Kinds, names: (group: string) => boolean, otherwise: object): Response {
  const version = aggregatedVersion(c);
  if (version === undefined) return c.json(otherwise);
  const body = discoveryList(kinds, groupsOf(kinds).filter(names), `apidiscovery.k8s.io/${version}`);
  const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  return c.body(JSON.stringify(body), 200, { 'content-type': type });
}

/** The message of Go's server for an unknown path. */
export const pageNotFound = (c: Context): Response => c.text('404 page not found\n', 404);

/** Serves `/version`, `/api`, `/apis` and what is below them, down to the resources of a version. */
export function serveDiscovery(app: Hono, kinds: Kinds): void {
  const found = (c: Context, body: object | undefined): Response => (body ? c.json(body) : pageNotFound(c));
  app.get('/version', (c) => c.json(VERSION));
  const paths: Readonly<Record<string, (c: Context) => Response>> = {
    '/api': (c) => answer(c, kinds, (name) => name === '', CORE_VERSIONS),
    '/apis': (c) => answer(c, kinds, (name) => name !== '', groupList(kinds)),
    '/api/v1': (c) => found(c, resourceList(kinds, 'v1')),
    '/apis/:group': (c) => {
      const name = c.req.param('group') ?? '';
      const known = ofGroup(kinds, name).length > 0;
      return found(c, known ? { kind: 'APIGroup', apiVersion: 'v1', ...group(kinds, name) } : undefined);
    },
    '/apis/:group/:version': (c) => found(c, resourceList(kinds, `${c.req.param('group')}/${c.req.param('version')}`)),
  };
  for (const [path, serve] of Object.entries(paths))
    for (const written of [path, `${path}/`]) {
      app.get(written, serve);
      app.all(written, () => {
        throw methodNotAllowed();
      });
    }
}
