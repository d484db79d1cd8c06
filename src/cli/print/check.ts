// check.ts - the table of `check`: rows that tell the same story become one, and every row that is wrong says why.
import type { EchoRow } from '../../lab/check/echo.js';
import type { SurveyRow } from '../../lab/check/survey.js';
import { paint } from './colour.js';
import { tabulate } from './tabwriter.js';

/** Rows that differ only in family or in whose NodePort was asked. */
interface Group {
  readonly rows: SurveyRow[];
  readonly first: SurveyRow;
}

/** What must be equal for rows to share a line. */
function storyOf(row: SurveyRow): string {
  const { frontend } = row;
  const about = [frontend.service, frontend.portName, frontend.servicePort, frontend.protocol, frontend.kind];
  return JSON.stringify([...about, row.role, row.outcome, row.ok ? row.why : row.problem]);
}

function groupRows(rows: readonly SurveyRow[]): Group[] {
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const known = groups.get(storyOf(row));
    if (known) known.rows.push(row);
    else groups.set(storyOf(row), { rows: [row], first: row });
  }
  return [...groups.values()];
}

const unique = (values: readonly string[]): string[] => [...new Set(values)];
const endpointText = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** `10.96.4.2:80 +v6`, or `:30080 on node-1,node-2`. */
function frontendText({ rows, first }: Group, wide: boolean): string {
  const { kind, address, port, protocol } = first.frontend;
  const suffix = protocol === 'TCP' ? '' : `/${protocol.toLowerCase()}`;
  if (wide) return `${kind} ${endpointText(address, port)}${suffix}`;
  const families = unique(rows.map(({ frontend }) => (frontend.address.includes(':') ? 'v6' : 'v4'))).sort();
  const both = families.join('+');
  if (kind !== 'NodePort') {
    const shown = rows.find(({ frontend }) => !frontend.address.includes(':')) ?? first;
    return `${kind} ${endpointText(shown.frontend.address, port)}${suffix} ${both}`;
  }
  const nodes = unique(rows.map(({ frontend }) => frontend.node ?? ''));
  return `${kind} ${port}${suffix} ${both} on ${nodes.join(',')}`;
}

/** `web-x2x7q 33%, web-9kq2l 67%` of all answers of the group. */
function shareText({ rows }: Group): string {
  const totals = new Map<string, number>();
  for (const row of rows)
    for (const [pod, n] of Object.entries(row.shares)) totals.set(pod, (totals.get(pod) ?? 0) + n);
  const all = [...totals.values()].reduce((sum, n) => sum + n, 0);
  if (all === 0) return '-';
  return [...totals]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([pod, n]) => `${shortName(pod)} ${Math.round((100 * n) / all)}%`)
    .join(' ');
}

/** The last part of a generated name tells the pods of one Service apart. */
const shortName = (pod: string): string => pod.split('-').slice(-1).join('-') || pod;

/** Client addresses as pods saw them. */
function clientText({ rows }: Group, wide: boolean): string {
  const seen = unique(rows.flatMap((row) => row.clients));
  const four = seen.filter((address) => !address.includes(':'));
  const shown = !wide && four.length > 0 ? four : seen;
  return shown.length === 0 ? '-' : shown.slice(0, 3).join(' ') + (shown.length > 3 ? ' …' : '');
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
  const numbers = first.outcome === 'reached' ? ` ${answered}/${sent}` : '';
  const why = first.outcome === 'reached' ? '' : ` (${first.why})`;
  return `${first.outcome}${numbers}${first.ok ? why : ''}`;
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

const HEADINGS = ['', 'SERVICE', 'FRONTEND', 'FROM', 'RESULT', 'SHARE', 'CLIENT SEEN', 'P50'];

/** The table on `stream`; with `wide` one line a row of the survey. */
export function printTable(rows: readonly SurveyRow[], wide: boolean, stream: NodeJS.WriteStream): void {
  const groups = wide ? rows.map((row) => ({ rows: [row], first: row })) : groupRows(rows);
  const lines = groups.map((group) => {
    const { frontend, role, source, ok } = group.first;
    const name = frontend.portName === '' ? frontend.service : `${frontend.service}:${frontend.portName}`;
    const who = wide ? `${role} (${source})` : role;
    const mark = ok ? '✓' : '✗';
    return [
      mark,
      name,
      frontendText(group, wide),
      who,
      resultText(group),
      shareText(group),
      clientText(group, wide),
      medianText(group),
    ];
  });
  if (!wide) blankRepeats(lines);
  const [head = '', ...body] = tabulate([HEADINGS, ...lines], { minimum: 2, padding: 2 }).split(/(?<=\n)/);
  stream.write(`${paint(stream, 'bold', head.trimEnd())}\n`);
  for (const [i, line] of body.entries()) {
    const ok = groups[i]?.first.ok ?? true;
    stream.write(`${paint(stream, ok ? 'green' : 'red', line.slice(0, 1))}${line.slice(1)}`);
    if (!ok) stream.write(`   ${paint(stream, 'red', groups[i]?.first.problem ?? '')}\n`);
  }
}

/** The ICMP probes, one a line. */
export function printEchoes(echoes: readonly EchoRow[], stream: NodeJS.WriteStream): void {
  const lines = echoes.map(({ ok, source, target, address, outcome, expected, p50 }) => [
    ok ? '✓' : '✗',
    source,
    `${target} (${address})`,
    ok ? outcome : `${outcome}, should be ${expected}`,
    p50 === null ? '-' : `${p50.toFixed(1)} ms`,
  ]);
  const table = tabulate([['', 'PING FROM', 'TO', 'RESULT', 'P50'], ...lines], { minimum: 2, padding: 2 });
  const [head = '', ...body] = table.split(/(?<=\n)/);
  stream.write(`\n${paint(stream, 'bold', head.trimEnd())}\n`);
  for (const [i, line] of body.entries()) {
    stream.write(paint(stream, echoes[i]?.ok === false ? 'red' : 'green', line.slice(0, 1)) + line.slice(1));
  }
}

/** `check passed: 2,688 requests …` */
export function summaryText(rows: readonly SurveyRow[], echoes: readonly EchoRow[], seconds: number): string {
  const wrong = [...rows, ...echoes].filter((row) => !row.ok).length;
  const requests = rows.reduce((sum, row) => sum + row.requests, 0);
  const services = new Set(rows.map((row) => row.frontend.service)).size;
  const frontends = new Set(rows.map(({ frontend }) => `${frontend.address} ${frontend.port} ${frontend.protocol}`))
    .size;
  const what = `${requests} requests to ${frontends} frontends of ${services} Services in ${seconds.toFixed(1)} s`;
  return wrong === 0
    ? `check passed: ${what}`
    : `check failed: ${wrong} of ${rows.length + echoes.length} rows wrong; ${what}`;
}
