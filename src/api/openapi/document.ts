// document.ts - the OpenAPI documents of the server: of v3 an index, and one for each group and version; of v2 one for all.
//
// Without them kubectl can neither explain a kind nor leave the checking of fields to the server (`--validate=strict`).
import { createHash } from 'node:crypto';
import { groupVersion, type Resource } from '../../cluster/kinds/kind.js';
import { Turns } from '../../lab/turns.js';
import { typeOfKind } from '../../schema/types.js';
import { customSchemas } from './custom.js';
import { patchPath, pathsOf } from './paths.js';
import { swaggerBytes } from './protobuf.js';
import { type Dialect, type Schema, schemasOf } from './schemas.js';

/** What every document has beside its own kinds. */
const COMMON = ['meta.v1.DeleteOptions', 'meta.v1.Status', 'meta.v1.ListMeta', 'meta.v1.WatchEvent'];

interface Document {
  readonly text: string;
  /** Changes with the text: clients keep what they read under it. */
  readonly hash: string;
}

/** `v1` → `api/v1`, `apps/v1` → `apis/apps/v1`. */
const pathOf = (version: string): string => (version.includes('/') ? `apis/${version}` : `api/${version}`);

/** The types of some resources and of their lists, as far as the tables have them. */
const typesOf = (resources: readonly Resource[]): string[] =>
  resources.flatMap(({ group, version, kind }) => {
    const type = typeOfKind(group, version, kind)?.name;
    return type === undefined ? [] : [type, `${type}List`];
  });

/** Types that are anything at all. */
const ANYTHING: Readonly<Record<string, Schema>> = {
  'io.k8s.apimachinery.pkg.apis.meta.v1.Patch': { type: 'object' },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': { type: 'object' },
};

/** All schemas that the resources need. */
function schemasFor(resources: readonly Resource[], dialect: Dialect): Record<string, Schema> {
  const custom = resources.filter(({ schema }) => schema !== undefined);
  const metadata = custom.length > 0 ? ['meta.v1.ObjectMeta'] : [];
  return Object.assign(
    schemasOf([...typesOf(resources), ...COMMON, ...metadata], dialect),
    ...custom.map((resource) => customSchemas(resource, dialect)),
    ANYTHING,
  );
}

function documentOf(version: string, resources: readonly Resource[], title: string): Document {
  const schemas = schemasFor(resources, 'v3');
  const text = JSON.stringify({
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: title },
    paths: Object.assign({}, ...resources.map((resource) => pathsOf(resource, `/${pathOf(version)}`))),
    components: { schemas },
  });
  return { text, hash: createHash('sha256').update(text).digest('hex').toUpperCase() };
}

const sameResources = (some: readonly Resource[], others: readonly Resource[]): boolean =>
  some.length === others.length && some.every((resource, i) => resource === others[i]);

interface Swagger {
  readonly text: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Old clients learn from the paths whether a kind has dry runs, and find everything else by discovery. */
async function swaggerOf(resources: readonly Resource[], version: string, turns: Turns): Promise<Swagger> {
  await turns.next();
  const document = {
    swagger: '2.0',
    info: { title: 'Kubernetes', version },
    paths: Object.fromEntries(resources.flatMap((resource) => patchPath(resource, pathOf(groupVersion(resource))))),
    definitions: schemasFor(resources, 'v2'),
  };
  await turns.next();
  const text = JSON.stringify(document);
  return { text, bytes: await swaggerBytes(document, turns) };
}

/** The documents of some resources. Each is written once, when it is first asked for, piece by piece between other requests. */
export class OpenApi {
  readonly #resources: () => readonly Resource[];
  readonly #version: string;
  readonly #turns = new Turns();
  #swagger: { readonly of: readonly Resource[]; readonly document: Promise<Swagger> } | null = null;
  readonly #made = new Map<string, { readonly of: readonly Resource[]; readonly document: Document }>();

  /**
   * @param resources what is served now
   * @param version of the server, as its documents tell it
   */
  constructor(resources: () => readonly Resource[], version: string) {
    this.#resources = resources;
    this.#version = version;
  }

  /** The body of `/openapi/v3`. */
  async index(): Promise<object> {
    const versions = [...new Set(this.#resources().map(groupVersion))].sort();
    const entries: [string, object][] = [];
    for (const version of versions) {
      await this.#turns.next();
      const hash = this.#document(version)?.hash ?? '';
      entries.push([pathOf(version), { serverRelativeURL: `/openapi/v3/${pathOf(version)}?hash=${hash}` }]);
    }
    return { paths: Object.fromEntries(entries) };
  }

  /** The text behind `/openapi/v3/PATH` (`api/v1`, `apis/apps/v1`); undefined for what is not served. */
  text(path: string): string | undefined {
    const version = /^(?:api\/([^/]+)|apis\/([^/]+\/[^/]+))$/.exec(path);
    return version ? this.#document(version[1] ?? version[2] ?? '')?.text : undefined;
  }

  /** The body of `/openapi/v2`, as JSON and as protobuf: the types of everything that is served. */
  swagger(): Promise<Swagger> {
    const resources = this.#resources();
    if (!this.#swagger || !sameResources(this.#swagger.of, resources))
      this.#swagger = { of: resources, document: swaggerOf(resources, this.#version, this.#turns) };
    return this.#swagger.document;
  }

  #document(version: string): Document | undefined {
    const own = this.#resources().filter((resource) => groupVersion(resource) === version);
    if (own.length === 0) return undefined;
    const known = this.#made.get(version);
    if (known && sameResources(known.of, own)) return known.document;
    const document = documentOf(version, own, this.#version);
    this.#made.set(version, { of: own, document });
    return document;
  }
}
