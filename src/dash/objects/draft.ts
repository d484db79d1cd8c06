// draft.ts - an object as text that somebody edits: what it says, and where in it a mistake is.
import { type Document, isCollection, parseDocument, stringify } from 'yaml';

/** A mistake at a place of the text. */
export interface Mistake {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** What the server says of a field that it does not take. */
interface Cause {
  readonly field?: string;
  readonly message?: string;
}

interface Draft {
  readonly object: unknown;
  readonly mistakes: readonly Mistake[];
}

interface Shown {
  readonly metadata: { readonly managedFields?: unknown };
}

/** As `kubectl get -o yaml` shows it. */
export function yamlOf(object: Shown): string {
  const { managedFields: _, ...metadata } = object.metadata;
  return stringify({ ...object, metadata }, { lineWidth: 0 });
}

const plain = (message: string): string => message.split('\n')[0] ?? message;

/** Text → object, or the mistakes that keep it from being one. */
export function readDraft(text: string): Draft {
  const document = parseDocument(text, { prettyErrors: false });
  const mistakes = document.errors.map(({ pos: [from, to], message }) => ({ from, to, text: plain(message) }));
  if (mistakes.length > 0) return { object: null, mistakes };
  if (!isCollection(document.contents))
    return { object: null, mistakes: [{ from: 0, to: text.length, text: 'this is no object' }] };
  return { object: document.toJS(), mistakes: [] };
}

/** `spec.ports[0].port` → its steps. */
const stepsOf = (field: string): (string | number)[] =>
  [...field.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, name, index]) =>
    index === undefined ? (name ?? '') : Number(index),
  );

/** The nearest place that the text has: a field that is missing is shown at what should hold it. */
function rangeOf(document: Document, steps: readonly (string | number)[]): readonly [number, number] | null {
  for (let length = steps.length; length > 0; length--) {
    const node = document.getIn(steps.slice(0, length), true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return [node.range[0], node.range[1]];
  }
  return null;
}

/** Where in the text the fields are that the server refused; what has no place is told at the first line. */
export function placed(text: string, causes: readonly Cause[]): Mistake[] {
  const document = parseDocument(text);
  const first = text.indexOf('\n') < 0 ? text.length : text.indexOf('\n');
  return causes.map(({ field = '', message = '' }) => {
    const [from, to] = rangeOf(document, stepsOf(field)) ?? [0, first];
    const end = text.indexOf('\n', from);
    return { from, to: end < 0 ? to : Math.min(to, end), text: field === '' ? message : `${field}: ${message}` };
  });
}
