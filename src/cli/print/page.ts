// page.ts - renders a report for sharing, as one self-contained HTML page or as Markdown.
import { invocation } from '../invocation.js';
import { PAGE_STYLE } from './pagestyle.js';

/** The meaning of a mark before a row or a heading. Only marks that occur are explained. */
type Mark = '✓' | '!' | '✗' | '*' | '';

interface PageTable {
  readonly head: readonly string[];
  readonly rows: readonly { readonly mark: Mark; readonly cells: readonly string[] }[];
}

export interface PageSection {
  /** Empty: it goes on with the one before. */
  readonly title: string;
  readonly text?: readonly string[];
  /** Lines as the program writes them. */
  readonly lines?: readonly string[];
  readonly table?: PageTable;
  /** One of several steps, of which a browser shows one at a time. */
  readonly step?: boolean;
}

export interface Page {
  readonly title: string;
  /** The answer in one sentence. */
  readonly answer: string;
  readonly well: boolean;
  readonly sections: readonly PageSection[];
  /** Sign or word → its meaning. Those that do not occur on the page are left out. */
  readonly legend: readonly (readonly [sign: string, meaning: string])[];
  /** The command that was typed. */
  readonly again: string;
}

const PLAIN_WORD = /^[\w@%+=:,./-]+$/;
const quoted = (word: string): string => (PLAIN_WORD.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** The words of this process, quoted for a shell. */
export const typedCommand = (words: readonly string[] = process.argv.slice(2)): string =>
  [invocation(), ...words.map(quoted)].join(' ');

/** Every text in which a sign of the legend may occur. */
function drawn({ sections }: Page): string[] {
  return sections.flatMap(({ text = [], lines = [], table }) => [
    ...text,
    ...lines,
    ...(table?.rows.flatMap(({ mark, cells }) => [mark, ...cells]) ?? []),
  ]);
}

function legendOf(page: Page): Page['legend'] {
  const words = new Set(drawn(page).flatMap((text) => text.split(/[\s,]+/)));
  return page.legend.filter(([sign]) => words.has(sign));
}

// ---- HTML

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** A name may hold anything, but control characters do not belong on a page. */
const escapeHtml = (text: string): string =>
  text
    .replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');

const tag = (name: string, content: string, more = ''): string => `<${name}${more}>${content}</${name}>`;
const MARKS: Readonly<Record<string, string>> = { '✓': 'good', '!': 'note', '✗': 'bad', '*': 'note' };
const classOf = (mark: Mark): string => (MARKS[mark] ? ` class="${MARKS[mark]}"` : '');

function htmlTable({ head, rows }: PageTable): string {
  const marked = rows.some(({ mark }) => mark !== '');
  const heads = [...(marked ? [''] : []), ...head].map((text) => tag('th', escapeHtml(text))).join('');
  const body = rows.map(({ mark, cells }) => {
    const own = marked ? tag('td', mark, ' class="mark"') : '';
    return tag('tr', own + cells.map((text) => tag('td', escapeHtml(text))).join(''), classOf(mark));
  });
  return tag('div', tag('table', tag('thead', tag('tr', heads)) + tag('tbody', body.join('\n'))), ' class="scroll"');
}

function htmlSection({ title, text = [], lines = [], table }: PageSection): string {
  const head = title === '' ? [] : [tag('h2', escapeHtml(title))];
  const parts = [...head, ...text.map((line) => tag('p', escapeHtml(line)))];
  if (lines.length > 0) parts.push(tag('pre', escapeHtml(lines.join('\n'))));
  if (table && table.rows.length > 0) parts.push(htmlTable(table));
  return tag('section', parts.join('\n'));
}

/** Steps side by side as radio buttons, so that the arrow keys lead from one to the next without a script. */
function htmlSteps(steps: readonly PageSection[], group: number): string {
  const parts = steps.map((step, i) => {
    const id = `step-${group}-${i + 1}`;
    const button = `<input type="radio" name="step-${group}" id="${id}"${i === 0 ? ' checked' : ''}>`;
    return `${button}${tag('label', escapeHtml(step.title), ` for="${id}"`)}\n${htmlSection(step)}`;
  });
  return tag('div', parts.join('\n'), ' class="steps"');
}

/** Sections, of which steps that follow each other are shown as one. */
function htmlSections(sections: readonly PageSection[]): string[] {
  const [first] = sections;
  if (!first) return [];
  const end = sections.findIndex(({ step }) => !step);
  const count = first.step ? (end < 0 ? sections.length : end) : 1;
  const own = count > 1 ? htmlSteps(sections.slice(0, count), sections.length) : htmlSection(first);
  return [own, ...htmlSections(sections.slice(count))];
}

/** A page without scripts that loads nothing. */
export function pageHtml(page: Page): string {
  const legend = legendOf(page).map(([sign, meaning]) => tag('dt', escapeHtml(sign)) + tag('dd', escapeHtml(meaning)));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(page.title)}</title>
<style>
${PAGE_STYLE}
</style>
</head>
<body>
<main>
<h1>${escapeHtml(page.title)}</h1>
${tag('p', escapeHtml(page.answer), ` class="answer ${page.well ? 'good' : 'bad'}"`)}
${htmlSections(page.sections).join('\n')}
${legend.length > 0 ? tag('h2', 'Legend') + tag('dl', legend.join('')) : ''}
<h2>Again</h2>
<pre>${escapeHtml(page.again)}</pre>
</main>
</body>
</html>
`;
}

// ---- Markdown

/** Text stays text: it becomes no HTML, link or mention, and does not end a table cell. */
const escapeMarkdown = (text: string): string =>
  text.replace(/[\\`*_[\]<>|#@~]/g, (sign) => (sign === '@' ? '&#64;' : `\\${sign}`)).replace(/\s+/g, ' ');

/** A fence that is longer than any in the text. */
function fenced(lines: readonly string[]): string {
  const text = lines.join('\n');
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

function markdownTable({ head, rows }: PageTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  const marked = rows.some(({ mark }) => mark !== '');
  const heads = marked ? ['', ...head] : head;
  const body = rows.map(({ mark, cells }) => line(marked ? [mark, ...cells] : cells));
  return [line(heads), `|${heads.map(() => ' --- |').join('')}`, ...body].join('\n');
}

function markdownSection({ title, text = [], lines = [], table }: PageSection): string[] {
  return [
    ...(title === '' ? [] : [`### ${escapeMarkdown(title)}`]),
    ...text.map(escapeMarkdown),
    ...(lines.length > 0 ? [fenced(lines)] : []),
    ...(table && table.rows.length > 0 ? [markdownTable(table)] : []),
  ];
}

/** For a pull request or an issue. */
export function pageMarkdown(page: Page): string {
  const legend = legendOf(page).map(([sign, meaning]) => `- ${escapeMarkdown(sign)} ${escapeMarkdown(meaning)}`);
  return `${[
    `## ${escapeMarkdown(page.title)}`,
    `**${escapeMarkdown(page.answer)}**`,
    ...page.sections.flatMap(markdownSection),
    ...(legend.length > 0 ? [legend.join('\n')] : []),
    `Again:\n\n${fenced([page.again])}`,
  ].join('\n\n')}\n`;
}

/** Formats of `-o` that are pages. */
const PAGE_FORMATS = { html: pageHtml, md: pageMarkdown } as const;

/** The page in a format of PAGE_FORMATS; null for any other. */
export const asPage = (format: string | undefined, page: () => Page): string | null =>
  format === 'html' || format === 'md' ? PAGE_FORMATS[format](page()) : null;
