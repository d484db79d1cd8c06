// load.ts - files to objects with places: lists opened, kinds told apart, forms checked; every issue of every document.

import type { Issue, Place } from '../model/issue.js';
import type { KubeObject } from '../model/objects.js';
import { readDocuments, type SourceDocument } from './document.js';
import { GROUP_KINDS, KINDS } from './kinds.js';
import { readSources } from './sources.js';
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

/** Opens `List` kinds; a list of lists is opened too. */
function candidates(document: SourceDocument, value: unknown, path = '', depth = 0): Candidate[] {
  const items = isObject(value) && typeof value.kind === 'string' && value.kind.endsWith('List') && value.items;
  if (!Array.isArray(items) || depth > 8) return [{ document, value, path }];
  return items.flatMap((item, i) => candidates(document, item, join(path, `items[${i}]`), depth + 1));
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

function kindIssue(version: string, kind: string, issue: MakeIssue): Issue | undefined {
  const group = GROUP_KINDS[version]?.split(' ');
  if (group) {
    if (group.includes(kind)) return undefined;
    const detail = `no matches for kind "${kind}" in version "${version}"${hint(kind, group)}`;
    return issue('UnknownKind', 'kind', detail);
  }
  // A version of a known group that is gone (apps/v1beta1), or a known kind under a misspelt group (app/v1).
  const home = Object.keys(KINDS).find((known) => known.endsWith(`/${kind}`));
  const right = home?.slice(0, home.lastIndexOf('/'));
  if (!right || !(version.split('/')[0] === right.split('/')[0] || didYouMean(version, [right]))) return undefined;
  const detail = `no matches for kind "${kind}" in version "${version}", did you mean "${right}"?`;
  return issue('UnknownKind', 'apiVersion', detail);
}

/** A near word of the group, else the group where the kind is at home. */
function hint(kind: string, group: readonly string[]): string {
  const home = Object.entries(GROUP_KINDS).find(([, kinds]) => kinds.split(' ').includes(kind))?.[0];
  return home ? `, it is in "${home}"` : didYouMean(kind, group);
}

function nameOf(value: unknown, key: 'name' | 'namespace'): string | undefined {
  const metadata = isObject(value) ? value.metadata : undefined;
  const text = isObject(metadata) ? metadata[key] : undefined;
  return typeof text === 'string' ? text : undefined;
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
  const entry = KINDS[`${apiVersion}/${kind}`];
  if (!entry || !kind) {
    into.skipped.set(`${kind}`, (into.skipped.get(`${kind}`) ?? 0) + 1);
    return;
  }
  const form = checkForm(entry, value);
  const object = form.value as KubeObject;
  object.metadata ??= {} as KubeObject['metadata'];
  const { metadata } = object;
  const keep =
    (options.keepStored && metadata.resourceVersion !== undefined) ||
    (options.keepBare && Object.keys(metadata).length === 0);
  if (!CLUSTER_SCOPED.has(kind) && !keep) metadata.namespace ||= options.namespace ?? 'default';
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

/** Texts that are in memory already; otherwise as `loadManifests`. */
export function loadTexts(texts: readonly { file: string; text: string }[], options: LoadOptions = {}): LoadResult {
  const collected: Collected = { objects: [], issues: [], skipped: new Map() };
  const starts = new Map<string, number[]>();
  let documents = 0;
  for (const { file, text } of texts) {
    const reading = readDocuments(file, text);
    starts.set(file, reading.starts);
    documents += reading.documents.length;
    collected.issues.push(...reading.issues);
    for (const document of reading.documents) {
      for (const candidate of candidates(document, document.value)) {
        collect(candidate, options, collected);
      }
    }
  }
  const notices = [...collected.skipped].map(
    ([kind, count]) => `skipped ${count} ${kind}${count > 1 ? ' objects' : ''}: not a kind that kubewire uses`,
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
