// discovery.ts - which kinds the running lab serves, and which of them a word on the command line means.

import { didYouMean } from '../../manifest/suggest.js';
import { Exit } from '../failure.js';
import type { Client } from '../lab/client.js';

export interface Kind {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  /** `Service` */
  readonly kind: string;
  /** `services`, the word in URLs. */
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  readonly categories: readonly string[];
}

interface ResourceList {
  readonly resources: readonly {
    readonly name: string;
    readonly singularName?: string;
    readonly namespaced: boolean;
    readonly kind: string;
    readonly shortNames?: readonly string[];
    readonly categories?: readonly string[];
  }[];
}

interface GroupList {
  readonly groups: readonly { readonly preferredVersion: { readonly groupVersion: string } }[];
}

const rootOf = (groupVersion: string): string =>
  groupVersion.includes('/') ? `/apis/${groupVersion}` : `/api/${groupVersion}`;

/** `v1` or `apps/v1`. */
export const groupVersion = ({ group, version }: Kind): string => (group === '' ? version : `${group}/${version}`);

/** `service` or `deployment.apps`: how messages name a kind. */
export const kindText = ({ kind, group }: Kind): string =>
  group === '' ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`;

/** URL of all objects of a kind: of one namespace, or of all when none is given. */
export function collectionPath(kind: Kind, namespace?: string): string {
  const scope = kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${rootOf(groupVersion(kind))}${scope}/${kind.plural}`;
}

export const objectPath = (kind: Kind, namespace: string | undefined, name: string): string =>
  `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`;

async function kindsOfGroup(client: Client, groupVersionText: string): Promise<Kind[]> {
  const [group = '', version = ''] = groupVersionText.includes('/')
    ? groupVersionText.split('/')
    : ['', groupVersionText];
  const { resources } = await client.get<ResourceList>(rootOf(groupVersionText));
  // A name with a slash is a subresource (`pods/status`), which nobody types.
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map((entry) => ({
      group,
      version,
      kind: entry.kind,
      plural: entry.name,
      singular: entry.singularName || entry.kind.toLowerCase(),
      shortNames: entry.shortNames ?? [],
      namespaced: entry.namespaced,
      categories: entry.categories ?? [],
    }));
}

/** The kinds of one lab. */
export class Kinds {
  readonly all: readonly Kind[];

  constructor(all: readonly Kind[]) {
    this.all = all;
  }

  /** Asks the lab; core kinds first, then group by group in the server's order. */
  static async load(client: Client): Promise<Kinds> {
    const { groups } = await client.get<GroupList>('/apis');
    const versions = ['v1', ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
    const lists = await Promise.all(versions.map((version) => kindsOfGroup(client, version)));
    return new Kinds(lists.flat());
  }

  /** `svc`, `service`, `services`, `deployments.apps`, `deployments.v1.apps`, any case; undefined when not served. */
  find(word: string): Kind | undefined {
    const [name = '', ...rest] = word.toLowerCase().split('.');
    const group = rest.join('.');
    const fits = (kind: Kind): boolean =>
      group === '' || kind.group === group || `${kind.version}.${kind.group}`.replace(/\.$/, '') === group;
    const exact = this.all.find((kind) => fits(kind) && (kind.plural === name || kind.singular === name));
    return exact ?? this.all.find((kind) => fits(kind) && kind.shortNames.includes(name));
  }

  /** As find, but throws what kubectl prints for a word that is no kind, with the nearest one. */
  resolve(word: string): Kind {
    const kind = this.find(word);
    if (kind) return kind;
    const names = this.all.flatMap(({ plural, singular, shortNames }) => [plural, singular, ...shortNames]);
    throw new Exit(1, `error: the server doesn't have a resource type "${word}"${didYouMean(word, names)}`);
  }

  /** The kind of an object of a manifest. */
  ofObject(apiVersion: string, kind: string): Kind | undefined {
    return this.all.find((one) => one.kind === kind && groupVersion(one) === apiVersion);
  }
}
