// load.ts - files to objects with places: lists opened, kinds told apart, forms checked; every issue of every document.

import type { Issue, Place } from '../model/issue.js';
import type { KubeObject } from '../model/objects.js';
import { printable } from '../model/printable.js';
import { typeOfObject } from '../schema/types.js';
import { withLineEnds } from './chunks.js';
import { definedKinds, type Scope } from './defined.js';
import { readDocuments, type SourceDocument } from './document.js';
import { GROUP_KINDS, KINDS } from './kinds.js';
import { readSources, type SourceText } from './sources.js';
import { checkForm } from './structure.js';
import { didYouMean } from './suggest.js';

/** One object of a manifest and where its parts stand. */
export interface LoadedObject {
  readonly object: KubeObject;
  /** Path as given, or `<stdin>`. */
  readonly file: string;
  /** Field paths that `object` lacks because they are mistyped or misspelt (their issues are in the result). */
  readonly broken: readonly string[];
  /** Place of the value (or `key`) at a field path, or of the nearest part of the path that is written in the text. */
  place(field: string, part?: 'key'): Place;
}

export interface LoadResult {
  readonly objects: LoadedObject[];
  /** If there is any, nothing of `objects` should be applied. */
  readonly issues: Issue[];
  /** One sentence per kind that was skipped. */
  readonly notices: string[];
  /** How many documents the texts have. */
  readonly documents: number;
  /** The line of the text at a place, for showing it. */
  sourceLine(place: Place): string | undefined;
  /** Which document of its file a place is in, counted from 1. */
  documentAt(place: Place): number;
}

export interface LoadOptions {
  /** Where namespaced objects go that do not say it; `default` if not given. */
  readonly namespace?: string;
  /** Objects with a resourceVersion were read from a cluster: no namespace is filled in for them. */
  readonly keepStored?: boolean;
  /** Objects without any metadata are no manifests, but what reaches validation: nothing is filled in for them. */
  readonly keepBare?: boolean;
  /**
   * The kinds of whoever will get the objects, in addition to those that change what a lab does: these are read, too, and
   * so are the kinds that a CustomResourceDefinition of the same files defines.
   */
  readonly served?: (apiVersion: string, kind: string) => Scope | undefined;
}

const CLUSTER_SCOPED = new Set(['Namespace', 'Node']);

/** One object in a document: the document itself, or an item of a list in it. */
interface Candidate {
  readonly document: SourceDocument;
  readonly value: unknown;
  /** Field path of the object in its document: `` or `items[3]`. */
  readonly path: string;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function join(path: string, field: string): string {
  if (path === '' || field === '') return path + field;
  return field.startsWith('[') ? path + field : `${path}.${field}`;
}

/** A list of lists is opened too; items of a typed list (`ServiceList`) need not say the kind that the list says. */
function candidates(document: SourceDocument, value: unknown, path = '', depth = 0): Candidate[] {
  const of = isObject(value) && typeof value.kind === 'string' ? /^(.*)List$/s.exec(value.kind)?.[1] : undefined;
  if (of === undefined || !isObject(value) || depth > 8) return [{ document, value, path }];
  const items = value.items ?? [];
  if (!Array.isArray(items)) return [{ document, value, path }];
  return items.flatMap((item, i) => {
    const typed = of === '' || !isObject(item) ? item : { ...typeOf(value, of), ...present(item) };
    return candidates(document, typed, join(path, `items[${i}]`), depth + 1);
  });
}

const typeOf = ({ apiVersion }: Record<string, unknown>, kind: string): Record<string, unknown> => ({
  apiVersion,
  kind,
});

/** Without an apiVersion and a kind that say nothing. */
function present(item: Record<string, unknown>): Record<string, unknown> {
  const { apiVersion, kind, ...rest } = item;
  return { ...(apiVersion ? { apiVersion } : {}), ...(kind ? { kind } : {}), ...rest };
}

interface Collected {
  readonly objects: LoadedObject[];
  readonly issues: Issue[];
  readonly skipped: Map<string, number>;
}

/** What is wrong with apiVersion or kind as such, before anything else can be said. */
function headerIssue(value: unknown): Issue | undefined {
  const issue = (type: Issue['type'], field: string, detail: string): Issue => ({
    type,
    field,
    message: field === '' ? detail : `${field}: ${detail}`,
    detail,
  });
  if (!isObject(value)) return issue('FieldValueTypeInvalid', '', 'expected an object with apiVersion and kind');
  for (const key of ['apiVersion', 'kind']) {
    const text = value[key];
    if (text === undefined || text === null || text === '') {
      return issue('FieldValueRequired', key, 'Required value: every object needs apiVersion and kind');
    }
    if (typeof text !== 'string') {
      return issue('FieldValueTypeInvalid', key, `expected string, got ${JSON.stringify(text)}`);
    }
  }
  return kindIssue(String(value.apiVersion), String(value.kind), issue);
}

type MakeIssue = (type: Issue['type'], field: string, detail: string) => Issue;

/** The kinds of a group and version that is known in full. */
const kindsOf = (version: string): string[] | undefined =>
  Object.hasOwn(GROUP_KINDS, version) ? GROUP_KINDS[version]?.split(' ') : undefined;

/** The group and version where a kind is at home. */
const homeOf = (kind: string): string | undefined =>
  Object.keys(GROUP_KINDS).find((version) => kindsOf(version)?.includes(kind));

/** Groups that belong to Kubernetes have a short name or its domain; whose kinds others have are custom resources. */
const isBuiltIn = (version: string): boolean => {
  const [group = '', ...rest] = version.split('/');
  return rest.length === 0 || !group.includes('.') || group.endsWith('.k8s.io');
};

function kindIssue(version: string, kind: string, issue: MakeIssue): Issue | undefined {
  const group = kindsOf(version);
  const home = homeOf(kind);
  const none = `no matches for kind "${kind}" in version "${version}"`;
  if (group) {
    if (group.includes(kind)) return undefined;
    return issue('UnknownKind', 'kind', `${none}${home ? `, it is in "${home}"` : didYouMean(kind, group)}`);
  }
  // A version that is gone (extensions/v1beta1), the wrong group (batch/v1) or a misspelt one (app/v1).
  if (!home || !(isBuiltIn(version) || didYouMean(version, [home]))) return undefined;
  return issue('UnknownKind', 'apiVersion', `${none}, did you mean "${home}"?`);
}

function nameOf(value: unknown, key: 'name' | 'namespace'): string | undefined {
  const metadata = isObject(value) ? value.metadata : undefined;
  const text = isObject(metadata) ? metadata[key] : undefined;
  return typeof text === 'string' ? text : undefined;
}

/** No metadata at all is written. */
function isBare(value: unknown): boolean {
  const metadata = (value as Record<string, unknown>).metadata ?? {};
  return isObject(metadata) && Object.keys(metadata).length === 0;
}

function collect(candidate: Candidate, options: LoadOptions, into: Collected): void {
  const { document, value, path } = candidate;
  const place: LoadedObject['place'] = (field, part) => document.place(join(path, field), part);
  const name = nameOf(value, 'name');
  const header = headerIssue(value);
  const kind = isObject(value) && typeof value.kind === 'string' ? value.kind : undefined;
  const about = { ...(kind ? { kind } : {}), ...(name === undefined ? {} : { name }) };
  if (header) {
    into.issues.push({ ...header, ...about, place: place(header.field) });
    return;
  }
  const { apiVersion = '' } = value as unknown as KubeObject;
  const scope = options.served?.(apiVersion, kind ?? '');
  const entry = KINDS[`${apiVersion}/${kind}`] ?? (scope && typeOfObject(apiVersion, kind ?? '')?.name);
  if (!kind || !(entry || scope)) {
    into.skipped.set(`${kind}`, (into.skipped.get(`${kind}`) ?? 0) + 1);
    return;
  }
  // What has no type in the tables is a custom resource: its definition says what is right, and the server reads that.
  const form = entry ? checkForm(entry, value) : { value: structuredClone(value), issues: [], broken: [] };
  const object = form.value as KubeObject;
  object.metadata ??= {} as KubeObject['metadata'];
  const { metadata } = object;
  const keep = (options.keepStored && metadata.resourceVersion !== undefined) || (options.keepBare && isBare(value));
  if ((scope?.namespaced ?? !CLUSTER_SCOPED.has(kind)) && !keep) metadata.namespace ||= options.namespace ?? 'default';
  const where = metadata.namespace ? { namespace: metadata.namespace } : {};
  for (const issue of form.issues) {
    const part = issue.type === 'UnknownField' ? 'key' : undefined;
    into.issues.push({ ...issue, ...about, ...where, place: place(issue.field, part) });
  }
  into.objects.push({ object, file: document.file, broken: form.broken, place });
}

/** Splits a text when its first line is asked for. */
function lineReader(texts: readonly { file: string; text: string }[]): (place: Place) => string | undefined {
  const lines = new Map<string, string[]>();
  return (place) => {
    if (!lines.has(place.file)) {
      lines.set(place.file, texts.find(({ file }) => file === place.file)?.text.split('\n') ?? []);
    }
    return lines.get(place.file)?.[place.line - 1];
  };
}

/** With the kinds that the manifests themselves define, where others than those of a lab are read. */
function withDefined(options: LoadOptions, found: readonly Candidate[]): LoadOptions {
  const { served } = options;
  if (!served) return options;
  const defined = definedKinds(found.map(({ value }) => value));
  return { ...options, served: (version, kind) => served(version, kind) ?? defined.get(`${version}/${kind}`) };
}

/** Texts that are in memory already; otherwise as `loadManifests`. */
export function loadTexts(given: readonly SourceText[], options: LoadOptions = {}): LoadResult {
  const texts = given.map(({ file, text }) => ({ file, text: withLineEnds(text) }));
  const collected: Collected = { objects: [], issues: [], skipped: new Map() };
  const starts = new Map<string, number[]>();
  let documents = 0;
  const found: Candidate[] = [];
  for (const { file, text } of texts) {
    const reading = readDocuments(file, text);
    starts.set(file, reading.starts);
    documents += reading.documents.length;
    collected.issues.push(...reading.issues);
    found.push(...reading.documents.flatMap((document) => candidates(document, document.value)));
  }
  const known = withDefined(options, found);
  for (const candidate of found) collect(candidate, known, collected);
  // Without a server the objects are for packets alone.
  const why = options.served
    ? 'no such kind is served, and no definition here makes it one'
    : 'no packet depends on it';
  const notices = [...collected.skipped].map(
    ([kind, count]) => `skipped ${count} ${printable(kind)}${count > 1 ? ' objects' : ''}: ${why}`,
  );
  const sourceLine = lineReader(texts);
  const documentAt = ({ file, line }: Place): number =>
    (starts.get(file) ?? []).filter((start) => start <= line).length;
  return { objects: collected.objects, issues: collected.issues, notices, documents, sourceLine, documentAt };
}

/**
 * Objects of files, directories (their *.yaml, *.yml and *.json by name) and `-`. Never throws for what users write;
 * kinds that kubewire does not know are skipped with a notice.
 */
export function loadManifests(paths: readonly string[], options: LoadOptions = {}): LoadResult {
  const sources = readSources(paths);
  const result = loadTexts(sources.texts, options);
  return { ...result, issues: [...sources.issues, ...result.issues] };
}
