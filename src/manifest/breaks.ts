// breaks.ts - line ends that the library takes for letters: U+0085, U+2028 and U+2029 end a line for kubectl.
//
// Source: is_break and read_line of go.yaml.in/yaml/v2 (yamlprivateh.go, scannerc.go). U+0085 is a line feed in what is
// read. U+2028 and U+2029 end a line, too, but are not folded to a blank: they stay in the scalar.
import { type Document, parseAllDocuments, parseDocument, Scalar, visit } from 'yaml';

const FOREIGN = /[\u0085\u2028\u2029]/g;

/** Whether a text has such line ends, in which case it takes the full parser. */
export const hasForeignBreaks = (text: string): boolean => text.search(FOREIGN) >= 0;

const isQuoted = ({ type }: Scalar): boolean => type === Scalar.QUOTE_DOUBLE || type === Scalar.QUOTE_SINGLE;

/**
 * The same text, character by character, with a line feed for each. In quotes a slash stands for it, even after a
 * backslash: a line there need not be indented for kubectl, and must be for the library.
 */
export function withLineFeeds(text: string): string {
  if (!hasForeignBreaks(text)) return text;
  const inQuotes = new Set<number>();
  const documents = parseAllDocuments(text, { logLevel: 'silent' });
  for (const document of Array.isArray(documents) ? documents : []) {
    visit(document, {
      Scalar(_, node) {
        const [start, end] = isQuoted(node) && node.range ? node.range : [0, 0];
        for (let at = start; at < end; at++) inQuotes.add(at);
      },
    });
  }
  return text.replace(FOREIGN, (_, at: number) => (inQuotes.has(at) ? '/' : '\n'));
}

/** Blanks around line ends become what they are read as: one line feed is a blank, more of them one less. */
function joined(blanks: string): string {
  const [first = '', ...more] = blanks.replace(/[ \t]/g, '').replaceAll('\u0085', '\n');
  if (first !== '\n') return first + more.join('');
  return more.length === 0 ? ' ' : more.join('');
}

const RUN = /[ \t]*(?:[\n\u0085\u2028\u2029][ \t]*)+/g;
const RUN_OR_ESCAPE = /\\(?:[\n\u0085\u2028\u2029][ \t]*)+|\\.|[ \t]*(?:[\n\u0085\u2028\u2029][ \t]*)+/gs;

/** A text in double quotes as one line that means the same. */
function unfolded(source: string): string {
  return source.replace(RUN_OR_ESCAPE, (part) => {
    if (!part.startsWith('\\')) return joined(part).replaceAll('\n', '\\n');
    // A line end after a backslash is nothing; those that follow it count.
    return hasForeignBreaks(part)
      ? part
          .replace(/[ \t]/g, '')
          .slice(2)
          .replace(/[\n\u0085]/g, '\\n')
      : part;
  });
}

/** A line, and what ends it. */
const LINE = /([^\n\u0085\u2028\u2029]*)([\n\u0085\u2028\u2029]|$)/g;

/** A block scalar, literal or folded (yaml_parser_scan_block_scalar): folding joins only what a line feed parts. */
function block(source: string): string {
  const [[, header = ''] = [], ...lines] = [...source.replaceAll('\u0085', '\n').matchAll(LINE)];
  const indents = lines.filter(([, text = '']) => /[^ ]/.test(text)).map(([, text = '']) => text.search(/[^ ]/));
  const indent = /\d/.test(header) ? Math.min(...indents) : (indents[0] ?? Number.POSITIVE_INFINITY);
  let [value, end, blankEnds, indented] = ['', '', '', false];
  for (const [, text = '', own = ''] of lines) {
    if (/^ *$/.test(text) && text.length <= indent) {
      blankEnds += own;
      continue;
    }
    const more = /^[ \t]/.test(text.slice(indent));
    const folds = header.startsWith('>') && end === '\n' && !indented && !more;
    value += (folds ? (blankEnds === '' ? ' ' : '') : end) + blankEnds + text.slice(indent);
    [end, blankEnds, indented] = [own, '', more];
  }
  if (header.includes('-')) return value;
  return value + end + (header.includes('+') ? blankEnds : '');
}

function textOf(type: Scalar['type'], source: string): string {
  if (type === Scalar.QUOTE_SINGLE) return source.slice(1, -1).replace(RUN, joined).replaceAll("''", "'");
  if (type === Scalar.QUOTE_DOUBLE) return String(parseDocument(unfolded(source)).toJS());
  if (type === Scalar.BLOCK_LITERAL || type === Scalar.BLOCK_FOLDED) return block(source);
  return source.replace(RUN, joined);
}

/** Gives the scalars of a document that was read `withLineFeeds` the line ends that its text has. */
export function restoreBreaks(document: Document.Parsed, text: string): void {
  if (!hasForeignBreaks(text)) return;
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string' || !node.range) return;
      const source = text.slice(node.range[0], node.range[1]);
      if (hasForeignBreaks(source)) node.value = textOf(node.type, source);
    },
  });
}
