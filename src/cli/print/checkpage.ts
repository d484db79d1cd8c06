// checkpage.ts - the result of a check as a page, to be handed on.
import type { EchoRow } from '../../lab/check/echo.js';
import type { SurveyRow } from '../../lab/check/survey.js';
import { formatEndpoint } from '../../model/address.js';
import { type Page, type PageSection, typedCommand } from './page.js';

const LEVEL_MARKS = { works: '✓', specified: '!', wrong: '✗' } as const;

function surveySection(service: string, rows: readonly SurveyRow[]): PageSection {
  return {
    title: service,
    text: [...new Set(rows.flatMap(({ remedy }) => (remedy === '' ? [] : [remedy])))],
    table: {
      head: ['FRONTEND', 'FROM', 'RESULT', 'CLIENT SEEN'],
      rows: rows.map((row) => {
        const { kind, address, port, protocol } = row.frontend;
        const result = `${row.outcome} ${row.answered}/${row.requests}`;
        const why = row.ok ? row.why : row.problem;
        return {
          mark: LEVEL_MARKS[row.level],
          cells: [
            `${kind} ${formatEndpoint(address, port)}/${protocol}`,
            `${row.role} (${row.source})`,
            row.outcome === 'reached' && row.ok ? result : `${result}: ${why}`,
            row.clients.join(' '),
          ],
        };
      }),
    },
  };
}

export function checkPage(
  rows: readonly SurveyRow[],
  echoes: readonly EchoRow[],
  notes: readonly string[],
  summary: string,
): Page {
  const services = new Map<string, SurveyRow[]>();
  for (const row of rows) {
    const { service } = row.frontend;
    services.set(service, [...(services.get(service) ?? []), row]);
  }
  const pings = echoes.map(({ ok, source, target, address, outcome, expected }) => ({
    mark: ok ? ('✓' as const) : ('✗' as const),
    cells: [source, `${target} (${address})`, ok ? outcome : `${outcome}, should be ${expected}`],
  }));
  return {
    title: 'Check of a running lab',
    answer: summary,
    well: [...rows, ...echoes].every(({ ok }) => ok),
    sections: [
      ...[...services].map(([service, own]) => surveySection(service, own)),
      ...(pings.length > 0 ? [{ title: 'Pings', table: { head: ['FROM', 'TO', 'RESULT'], rows: pings } }] : []),
      ...(notes.length > 0 ? [{ title: 'Notes', text: notes }] : []),
    ],
    legend: [
      ['✓', 'works'],
      ['!', 'as Kubernetes specifies, but somebody is refused or dropped'],
      ['✗', 'not as specified'],
    ],
    again: typedCommand(),
  };
}
