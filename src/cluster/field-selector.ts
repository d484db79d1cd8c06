// field-selector.ts - the text of a field selector: `metadata.name=a,status.phase!=Running` → terms, or what is wrong with it.
//
// Grammar and sentences are those of fields.ParseSelector (k8s.io/apimachinery/pkg/fields/selector.go); which fields a
// kind can be selected by is a part of its description (pkg/apis/*/v1/conversion.go of Kubernetes 1.36).
import { SelectorError } from './selector-text.js';

interface FieldTerm {
  /** `spec.nodeName` */
  readonly path: string;
  readonly equal: boolean;
  readonly value: string;
}

const EVERY_KIND = ['metadata.name', 'metadata.namespace'];

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

/** The same, of a kind that lists the fields it can be selected by. Throws SelectorError for any other field. */
export function fieldTermsOf({ fields }: { readonly fields: readonly string[] }, text: string): FieldTerm[] {
  const known = [...EVERY_KIND, ...fields];
  const terms = parseFieldSelector(text);
  const foreign = terms.find(({ path }) => !known.includes(path));
  if (foreign) throw new SelectorError(`field label not supported: ${foreign.path}`);
  return terms;
}
