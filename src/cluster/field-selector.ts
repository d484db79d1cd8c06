// field-selector.ts - the text of a field selector: `metadata.name=a,status.phase!=Running` → terms, or what is wrong with it.
//
// Grammar and sentences are those of fields.ParseSelector (k8s.io/apimachinery/pkg/fields/selector.go); which fields a
// kind can be selected by is a part of its description (pkg/apis/*/v1/conversion.go of Kubernetes 1.36).
import type { KubeObject } from '../model/objects.js';
import type { Resource } from './kinds/kind.js';
import { SelectorError } from './selector-text.js';

interface FieldTerm {
  /** `spec.nodeName` */
  readonly path: string;
  readonly equal: boolean;
  readonly value: string;
}

/** A backslash takes the meaning from `,`, `=` and itself. */
const TERM = /(?:\\[\s\S]|[^,\\])*\\?/y;

function termTexts(text: string): string[] {
  const terms: string[] = [];
  for (let at = 0; at <= text.length; at = TERM.lastIndex + 1) {
    TERM.lastIndex = at;
    terms.push(TERM.exec(text)?.[0] ?? '');
    TERM.lastIndex = at + (terms.at(-1)?.length ?? 0);
  }
  return terms;
}

function unescaped(text: string): string {
  return text.replace(/\\([\s\S]?)|[,=]/g, (all: string, escaped: string | undefined) => {
    if (escaped === undefined) {
      throw new SelectorError(`invalid field selector: unescaped character in value: ${all.charCodeAt(0)}`);
    }
    if (!/^[\\,=]$/.test(escaped)) {
      throw new SelectorError(`invalid field selector: invalid escape sequence: ${all}`);
    }
    return escaped;
  });
}

/** Terms of a field selector; an empty text has none and selects everything. Throws SelectorError. */
export function parseFieldSelector(text: string): FieldTerm[] {
  return termTexts(text)
    .filter((term) => term !== '')
    .map((term) => {
      const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term);
      if (!match) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
      const [, path = '', operator, value = ''] = match;
      return { path, equal: operator !== '!=', value: unescaped(value) };
    });
}

/** What of a kind's description says by which fields its objects are selected. */
type Selectable = Pick<Resource, 'kind' | 'namespaced' | 'fields'>;

/** Fields by which objects of a kind can be selected. A kind with a list of its own has a namespace only if it is in one. */
function fieldsOf({ fields, namespaced }: Selectable): string[] {
  if (fields === undefined) return ['metadata.name', 'metadata.namespace'];
  return ['metadata.name', ...(namespaced ? ['metadata.namespace'] : []), ...fields];
}

/** The API server's words, which depend on who refuses: the kind's own list, that of Jobs, or what all others share. */
function unknownField({ kind, fields }: Selectable, path: string): string {
  if (fields === undefined) {
    return `${JSON.stringify(path)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
  }
  if (kind === 'Job') return `field label ${JSON.stringify(path)} not supported for batchv1.Job`;
  return `field label not supported: ${path}`;
}

/** The same, of a kind: a field by which its objects cannot be selected is refused. Throws SelectorError. */
export function fieldTermsOf(resource: Selectable, text: string): FieldTerm[] {
  const terms = parseFieldSelector(text);
  const known = fieldsOf(resource);
  const foreign = terms.find(({ path }) => !known.includes(path));
  if (foreign) throw new SelectorError(unknownField(resource, foreign.path));
  return terms;
}

/** A missing field has the zero value of its Go type, and is selected as that. */
const UNWRITTEN: Readonly<Record<string, string>> = {
  'spec.hostNetwork': 'false',
  'spec.unschedulable': 'false',
  'status.replicas': '0',
  'status.successful': '0',
};

function valueAt(object: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, part) => (value as Record<string, unknown> | null | undefined)?.[part], object);
}

/** Fields that are not where their name points (EventToSelectableFields and JobToSelectableFields of Kubernetes). */
const DERIVED: Readonly<Record<string, (object: KubeObject) => unknown>> = {
  'v1 Event source': (object) => valueAt(object, 'source.component') || valueAt(object, 'reportingComponent'),
  'batch/v1 Job status.successful': (object) => valueAt(object, 'status.succeeded'),
};

/** The text of a field that a kind can be selected by. */
export function fieldText(object: KubeObject, path: string): string {
  const derived = DERIVED[`${object.apiVersion} ${object.kind} ${path}`];
  const value = derived === undefined ? valueAt(object, path) : derived(object);
  return value === undefined || value === null ? (UNWRITTEN[path] ?? '') : String(value);
}
