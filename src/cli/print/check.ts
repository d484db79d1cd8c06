// check.ts - the table of `check`: rows that tell the same story become one, and whatever is not well says why.
import type { EchoRow } from '../../lab/check/echo.js';
import type { Level, SurveyRow } from '../../lab/check/survey.js';
import { formatEndpoint, isIPv6 } from '../../model/address.js';
import { type Colour, paint } from './colour.js';
import { fitTable, wrap } from './fit.js';

/** Rows that differ only in their family or in the node whose NodePort was asked. */
interface Group {
  readonly rows: SurveyRow[];
  readonly first: SurveyRow;
}

/** Which parts of a check are printed. */
interface Shown {
  /** A line for each row of the survey. */
  readonly wide: boolean;
  /** Only lines of these levels. */
  readonly levels: ReadonlySet<Level>;
  /** Columns of the terminal; Infinity where width does not matter. */
  readonly width: number;
}

const MARKS: Readonly<Record<Level, string>> = { works: '✓', specified: '!', wrong: '✗' };
const COLOURS: Readonly<Record<Level, Colour>> = { works: 'green', specified: 'yellow', wrong: 'red' };

/** What must be equal for rows to share a line. */
function storyOf(row: SurveyRow): string {
  const { frontend } = row;
  const about = [frontend.service, frontend.portName, frontend.servicePort, frontend.protocol, frontend.kind];
  return JSON.stringify([...about, row.role, row.outcome, row.level, row.level === 'wrong' ? row.problem : row.why]);
}

/** The lines of a table of these rows. */
function groupRows(rows: readonly SurveyRow[], wide: boolean): Group[] {
  if (wide) return rows.map((row) => ({ rows: [row], first: row }));
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const known = groups.get(storyOf(row));
    if (known) known.rows.push(row);
    else groups.set(storyOf(row), { rows: [row], first: row });
  }
  return [...groups.values()];
}

const unique = (values: readonly string[]): string[] => [...new Set(values)];

/** More names than these are shortened. */
const NAMED = 3;

/** `node-1,node-2`, `all 50 nodes`, or `node-1,node-2 and 30 more`. */
function nodesText(nodes: readonly string[], all: number): string {
  if (nodes.length <= NAMED) return nodes.join(',');
  if (nodes.length === all) return `all ${all} nodes`;
  return `${nodes.slice(0, 2).join(',')} and ${nodes.length - 2} more`;
}

/** `10.96.4.2:80 v4+v6`, or `30080 v4 on node-1,node-2`. `nodes`: how many nodes there are. */
function frontendText({ rows, first }: Group, wide: boolean, nodes: number): string {
  const { kind, address, port, protocol } = first.frontend;
  const suffix = protocol === 'TCP' ? '' : `/${protocol.toLowerCase()}`;
  if (wide) return `${kind} ${formatEndpoint(address, port)}${suffix}`;
  const families = unique(rows.map(({ frontend }) => (isIPv6(frontend.address) ? 'v6' : 'v4'))).sort();
  const both = families.join('+');
  if (first.frontend.node === null) {
    const shown = rows.find(({ frontend }) => !isIPv6(frontend.address)) ?? first;
    return `${kind} ${formatEndpoint(shown.frontend.address, port)}${suffix} ${both}`;
  }
  const names = unique(rows.map(({ frontend }) => frontend.node ?? ''));
  return `${kind} ${port}${suffix} ${both} on ${nodesText(names, nodes)}`;
}

/**
 * `x2x7q 33% 9kq2l 67%` for all answers of the group; for many pods their number, and the least and most that one got.
 */
function shareText({ rows }: Group): string {
  const totals = new Map<string, number>();
  for (const row of rows)
    for (const [pod, n] of Object.entries(row.shares)) totals.set(pod, (totals.get(pod) ?? 0) + n);
  const all = [...totals.values()].reduce((sum, n) => sum + n, 0);
  if (all === 0) return '-';
  const percent = (n: number): string => `${Math.round((100 * n) / all)}%`;
  if (totals.size > 2 * NAMED) {
    const shares = [...totals.values()];
    return `${totals.size} pods ${percent(Math.min(...shares))} to ${percent(Math.max(...shares))}`;
  }
  return [...totals]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([pod, n]) => `${shortName(pod)} ${percent(n)}`)
    .join(' ');
}

/** The last part of a generated name is enough to tell the pods of one Service apart. */
const shortName = (pod: string): string => pod.split('-').slice(-1).join('-') || pod;

/** Client addresses as pods saw them. */
function clientText({ rows }: Group, wide: boolean): string {
  const seen = unique(rows.flatMap((row) => row.clients));
  const four = seen.filter((address) => !isIPv6(address));
  const shown = !wide && four.length > 0 ? four : seen;
  return shown.length === 0 ? '-' : shown.slice(0, NAMED).join(' ') + (shown.length > NAMED ? ' …' : '');
}

function medianText({ rows }: Group): string {
  const values = rows.flatMap((row) => row.p50 ?? []).sort((a, b) => a - b);
  const middle = values[values.length >> 1];
  return middle === undefined ? '-' : `${middle.toFixed(middle < 10 ? 1 : 0)} ms`;
}

function resultText(group: Group): string {
  const { rows, first } = group;
  const answered = rows.reduce((sum, row) => sum + row.answered, 0);
  const sent = rows.reduce((sum, row) => sum + row.requests, 0);
  if (first.outcome === 'reached') return `reached ${answered}/${sent}`;
  return first.level === 'wrong' ? first.outcome : `${first.outcome} (${first.why})`;
}

/** A Service and a frontend are named on their first line only. */
function blankRepeats(lines: string[][]): void {
  let [service, frontend] = ['', ''];
  for (const cells of lines) {
    const [, nextService = '', nextFrontend = ''] = cells;
    if (nextService === service) {
      cells[1] = '';
      if (nextFrontend === frontend) cells[2] = '';
    }
    [service, frontend] = [nextService, nextFrontend];
  }
}

const COLUMNS = [
  { heading: '' },
  { heading: 'SERVICE', shrinks: true },
  { heading: 'FRONTEND', shrinks: true },
  { heading: 'FROM' },
  { heading: 'RESULT', shrinks: true },
  { heading: 'SHARE', gives: 3 },
  { heading: 'CLIENT SEEN', gives: 2 },
  { heading: 'P50', gives: 1 },
];

function cellsOf(group: Group, wide: boolean, nodes: number): string[] {
  const { frontend, role, source, level } = group.first;
  return [
    MARKS[level],
    frontend.portName === '' ? frontend.service : `${frontend.service}:${frontend.portName}`,
    frontendText(group, wide, nodes),
    wide ? `${role} (${source})` : role,
    resultText(group),
    shareText(group),
    clientText(group, wide),
    medianText(group),
  ];
}

/** Writes the table to `stream`. */
export function printTable(
  rows: readonly SurveyRow[],
  { wide, levels, width }: Shown,
  stream: NodeJS.WriteStream,
): void {
  const groups = groupRows(rows, wide).filter(({ first }) => levels.has(first.level));
  if (groups.length === 0) return;
  const nodes = new Set(rows.flatMap(({ frontend }) => frontend.node ?? [])).size;
  const lines = groups.map((group) => cellsOf(group, wide, nodes));
  if (!wide) blankRepeats(lines);
  const [head = '', ...body] = fitTable(COLUMNS, lines, width);
  stream.write(`${paint(stream, 'bold', head)}\n`);
  for (const [i, line] of body.entries()) {
    const { level = 'works', problem = '' } = groups[i]?.first ?? {};
    stream.write(`${paint(stream, COLOURS[level], line.slice(0, 1))}${line.slice(1)}\n`);
    if (level === 'wrong') stream.write(`${paint(stream, 'red', wrap(problem, width, '   '))}\n`);
  }
}

const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;

/** `default/a and default/b`, or `7 Services`. */
const servicesText = (services: readonly string[]): string =>
  services.length <= NAMED ? services.join(', ') : count(services.length, 'Service');

/** Why rows are marked with `!`: each reason once, with its Services. */
export function printRemedies(rows: readonly SurveyRow[], width: number, stream: NodeJS.WriteStream): void {
  const about = new Map<string, Set<string>>();
  for (const { remedy, frontend, level, outcome } of rows) {
    if (level !== 'specified' || remedy === '') continue;
    const what = `${outcome === 'reached' ? '' : ` (${outcome})`}: ${remedy}`;
    about.set(what, (about.get(what) ?? new Set()).add(frontend.service));
  }
  if (about.size > 0) stream.write('\n');
  for (const [text, services] of about) {
    const line = wrap(`${servicesText([...services])}${text}.`, width, '   ').slice(3);
    stream.write(`${paint(stream, 'yellow', '!')}  ${line}\n`);
  }
}

/** What else there is to know about the Services. */
export function printNotes(notes: readonly string[], width: number, stream: NodeJS.WriteStream): void {
  if (notes.length > 0) stream.write('\n');
  for (const note of notes) stream.write(`·  ${wrap(`${note}.`, width, '   ').slice(3)}\n`);
}

/** The ICMP probes, a line each. */
export function printEchoes(echoes: readonly EchoRow[], width: number, stream: NodeJS.WriteStream): void {
  const lines = echoes.map(({ ok, source, target, address, outcome, expected, p50 }) => [
    ok ? '✓' : '✗',
    source,
    `${target} (${address})`,
    ok ? outcome : `${outcome}, should be ${expected}`,
    p50 === null ? '-' : `${p50.toFixed(1)} ms`,
  ]);
  const columns = [
    { heading: '' },
    { heading: 'PING FROM', shrinks: true },
    { heading: 'TO', shrinks: true },
    { heading: 'RESULT' },
    { heading: 'P50', gives: 1 },
  ];
  const [head = '', ...body] = fitTable(columns, lines, width);
  stream.write(`\n${paint(stream, 'bold', head)}\n`);
  for (const [i, line] of body.entries()) {
    stream.write(`${paint(stream, echoes[i]?.ok === false ? 'red' : 'green', line.slice(0, 1))}${line.slice(1)}\n`);
  }
}

/** `check passed: 2,688 requests …`; counts rows as they are printed. */
export function summaryText(
  rows: readonly SurveyRow[],
  echoes: readonly EchoRow[],
  seconds: number,
  wide: boolean,
): string {
  const groups = groupRows(rows, wide);
  const wrong = groups.filter(({ first }) => first.level === 'wrong').length + echoes.filter(({ ok }) => !ok).length;
  const specified = groups.filter(({ first }) => first.level === 'specified').length;
  const requests = rows.reduce((sum, row) => sum + row.requests, 0);
  const services = new Set(rows.map((row) => row.frontend.service)).size;
  const frontends = new Set(rows.map(({ frontend }) => `${frontend.address} ${frontend.port} ${frontend.protocol}`));
  const what =
    `${count(requests, 'request')} to ${count(frontends.size, 'frontend')} of ${count(services, 'Service')}` +
    ` in ${seconds.toFixed(1)} s`;
  const refused = `${count(specified, 'row')} refused or dropped as Kubernetes specifies (!)`;
  const tail = specified === 0 ? what : `${what}; ${refused}`;
  return wrong === 0
    ? `check passed: ${tail}`
    : `check failed: ${wrong} of ${count(groups.length + echoes.length, 'row')} wrong (✗); ${tail}`;
}
