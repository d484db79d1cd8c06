// migration.ts - what a change of kube-proxy's mode or release brings, as text, JSON or a page.

import type { LoadedObject } from '../../manifest/load.js';
import { placeText } from '../../manifest/print.js';
import type { Finding } from '../../migrate/findings.js';
import { IMPACTS, type Impact } from '../../migrate/impact.js';
import { type Difference, isNoticedDifference, type Migration } from '../../migrate/migration.js';
import type { Rehearsed } from '../../migrate/rehearsed.js';
import { releaseText } from '../../migrate/releases.js';
import { packetText } from '../../observe/compare.js';
import { pairTexts } from '../../observe/kinds.js';
import { number, plural } from './comparison.js';
import { type Page, type PageSection, typedCommand } from './page.js';

// ---- words

/** Names of Services or objects that are listed one by one. */
const NAMED = 6;

function several(names: readonly string[]): string {
  const rest = names.length > NAMED ? ` and ${number(names.length - NAMED)} more` : '';
  return `${names.slice(0, NAMED).join(', ')}${rest}`;
}

const HEADINGS: Readonly<Record<Impact, string>> = {
  breaks: 'What breaks: reached an endpoint before, and no longer',
  opens: 'What opens: reaches an endpoint that it did not reach before',
  changes: 'What changes: still works, but is seen or spread differently',
  'fails otherwise': 'What fails in another way: no endpoint was reached before either',
};
const UNMET = 'What differs, and nobody in these manifests can send';

const COUNTED: Readonly<Record<Impact, readonly [one: string, many: string]>> = {
  breaks: ['difference breaks connections', 'differences break connections'],
  opens: ['opens what was closed', 'open what was closed'],
  changes: ['changes how they are seen or spread', 'change how they are seen or spread'],
  'fails otherwise': ['kind of wrong packets fails in another way', 'kinds of wrong packets fail in another way'],
};

const wayOf = ({ from, to, release }: Migration): string =>
  `${from === to ? `${from} stays` : `From ${from} to ${to}`}${release === null ? '' : `, Kubernetes ${releaseText(release)}`}`;

/** The whole report in one sentence. */
function answerOf(migration: Migration): string {
  const { differences, concerned, services, findings } = migration;
  const met = differences.filter(({ group }) => group.met > 0);
  const counts = IMPACTS.flatMap((impact) => {
    const count = met.filter((difference) => difference.impact === impact).length;
    return count === 0 ? [] : [`${count} ${COUNTED[impact][count === 1 ? 0 : 1]}`];
  });
  const musts = findings.filter(({ severity }) => severity === 'must').length;
  const stops = musts === 0 ? [] : [`${plural(musts, 'thing')} must be done first`];
  const packets = counts.length > 0 ? counts : ['every packet is treated alike'];
  const whom =
    met.some(isNoticedDifference) && concerned.length > 0
      ? `. ${number(concerned.length)} of ${plural(services, 'Service')} ${concerned.length === 1 ? 'is' : 'are'} concerned: ${several(concerned)}`
      : '';
  return `${wayOf(migration)}: ${[...stops, ...packets].join(', ')}${whom}.`;
}

const whoOf = ({ group }: Difference): string => {
  const who = group.who.filter((sender) => sender !== 'nobody here');
  return who.length > 0 ? who.join(', ') : 'nobody here';
};

/** The packet that proves it, and what becomes of it on either side. */
function proofLines({ group }: Difference, { from, to }: Migration, withRules: boolean): string[] {
  const { node, from: port, packet, outcomes, rules } = group.example;
  const texts = pairTexts(outcomes);
  const width = Math.max(from.length, to.length) + 1;
  const side = (i: 0 | 1): string[] => [
    `  ${`${[from, to][i]}:`.padEnd(width)} ${texts[i]}`,
    ...(withRules ? (rules?.[i] ?? []).map((rule) => `    ${rule}`) : []),
  ];
  const through = port === 'uplink' ? 'outside the node' : port;
  return [`${node}, from ${through}: ${packetText(packet)}`, ...side(0), ...side(1)];
}

/** Where an object is written; '' if it was read from a cluster. */
const placeOf = ({ place }: LoadedObject): string => placeText(place('metadata.name'));

function nameOf(loaded: LoadedObject): string {
  const { kind, metadata } = loaded.object;
  const name = metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;
  const place = placeOf(loaded);
  return `${kind} ${name}${place === '' ? '' : ` (${place})`}`;
}

const plainText = ({ topic, text, objects }: Finding): string =>
  `${topic}: ${text}${objects.length === 0 ? '' : `: ${several(objects.map(nameOf))}`}`;

/** Differences under their headings, in order. */
function grouped(differences: readonly Difference[]): [heading: string, differences: Difference[]][] {
  const headingOf = ({ impact, group }: Difference): string => (group.met === 0 ? UNMET : HEADINGS[impact]);
  const headings = [...new Set(differences.map(headingOf))];
  return headings.map((heading) => [heading, differences.filter((one) => headingOf(one) === heading)]);
}

function methodOf({ compared, from, to }: Migration): string {
  if (from === to) return 'No packet was sent: the mode stays, so do its rules.';
  return `${plural(compared.classes, 'class', 'classes')} of packets on ${plural(compared.nodes.length, 'node')}: one of each that the rules of the two modes can tell apart went through both, so what is not named here is alike for every first packet of a connection.`;
}

/** What was sent, when a lab was asked. */
type Rehearsal = readonly Rehearsed[] | null;

const REHEARSED = 'What was sent in a lab';

const rehearsedTexts = (rehearsal: Rehearsal, { from, to }: Migration): string[] =>
  (rehearsal ?? []).flatMap(({ kind, packet, sender, met, asForetold }) => [
    `  ${asForetold ? '✓' : '✗'} ${kind}`,
    `    ${sender}: ${packet}`,
    `      ${from}: ${met[0]}`,
    `      ${to}: ${met[1]}${asForetold ? '' : ', which the rules do not foretell'}`,
  ]);

const BESIDE = 'What no packet shows';
const FIRST = 'Before the change';

// ---- text

function differenceText(difference: Difference, migration: Migration): string[] {
  const { group, why } = difference;
  return [
    `  ${group.kind} (${whoOf(difference)}; ${plural(group.count, 'class', 'classes')} of packets)`,
    ...(group.services.length === 0 ? [] : [`    ${several(group.services)}`]),
    `    ${why}`,
    ...proofLines(difference, migration, false).map((line) => `    ${line}`),
    '',
  ];
}

export function migrationText(migration: Migration, rehearsal: Rehearsal): string {
  const { differences, findings, first } = migration;
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [title, ...lines, ''];
  const lines = [
    answerOf(migration),
    '',
    ...section(
      FIRST,
      first.map((step, i) => `  ${i + 1}. ${step}`),
    ),
    ...grouped(differences).flatMap(([heading, own]) => [
      heading,
      ...own.flatMap((difference) => differenceText(difference, migration)),
    ]),
    ...section(
      BESIDE,
      findings.map((finding) => `  ${plainText(finding)}`),
    ),
    ...section(REHEARSED, rehearsedTexts(rehearsal, migration)),
    methodOf(migration),
  ];
  return `${lines.join('\n')}\n`;
}

// ---- JSON, version 1

function differenceJson(difference: Difference): object {
  const { impact, group, why, first } = difference;
  const { kind, who, count, met, services, example } = group;
  const { node, from, packet, outcomes, rules } = example;
  const texts = pairTexts(outcomes);
  const side = (i: 0 | 1): object => {
    const { verdict, reason, backends } = outcomes[i];
    return { verdict, reason, text: texts[i], backends, rules: rules?.[i] ?? [] };
  };
  const { source, destination, destinationPort, protocol } = packet;
  const proof = {
    node,
    from,
    packet: { source, destination, destinationPort, protocol },
    before: side(0),
    after: side(1),
  };
  return {
    kind,
    impact,
    noticed: isNoticedDifference(difference),
    who,
    classes: count,
    met,
    services,
    why,
    first,
    proof,
  };
}

const findingJson = ({ objects, ...finding }: Finding): object => ({
  ...finding,
  objects: objects.map((loaded) => {
    const { kind, metadata } = loaded.object;
    return { kind, namespace: metadata.namespace ?? null, name: metadata.name, place: placeOf(loaded) || null };
  }),
});

export const migrationJson = (migration: Migration, rehearsal: Rehearsal): object => ({
  version: 1,
  from: migration.from,
  to: migration.to,
  kubernetes: migration.release === null ? null : `1.${migration.release}`,
  noticed: migration.noticed,
  answer: answerOf(migration),
  services: migration.services,
  concerned: migration.concerned,
  nodes: migration.compared.nodes,
  classes: migration.compared.classes,
  differing: migration.compared.differing,
  differences: migration.differences.map(differenceJson),
  findings: migration.findings.map(findingJson),
  first: migration.first,
  rehearsal,
});

// ---- a page

const MARKS: Readonly<Record<Impact, '✗' | '!' | '✓'>> = {
  breaks: '✗',
  opens: '!',
  changes: '!',
  'fails otherwise': '✓',
};
const SEVERITY_MARKS = { must: '✗', should: '!', know: '✓' } as const;

const overview = ({ differences }: Migration): PageSection => ({
  title: 'What packets meet',
  table: {
    head: ['DIFFERENCE', 'IMPACT', 'WHO', 'SERVICES'],
    rows: differences.map((difference) => ({
      mark: difference.group.met === 0 ? ('✓' as const) : MARKS[difference.impact],
      cells: [difference.group.kind, difference.impact, whoOf(difference), several(difference.group.services)],
    })),
  },
});

const beside = ({ findings }: Migration): PageSection => ({
  title: BESIDE,
  table: {
    head: ['ABOUT', 'WHAT', 'OBJECTS'],
    rows: findings.map(({ severity, topic, text, objects }) => ({
      mark: SEVERITY_MARKS[severity],
      cells: [topic, text, several(objects.map(nameOf))],
    })),
  },
});

const rehearsedSection = (rehearsal: readonly Rehearsed[], { from, to }: Migration): PageSection => ({
  title: REHEARSED,
  table: {
    head: ['DIFFERENCE', 'FROM', 'PACKET', from.toUpperCase(), to.toUpperCase()],
    rows: rehearsal.map(({ kind, packet, sender, met, asForetold }) => ({
      mark: asForetold ? ('✓' as const) : ('✗' as const),
      cells: [kind, sender, packet, ...met],
    })),
  },
});

export const migrationPage = (migration: Migration, rehearsal: Rehearsal): Page => ({
  title: migration.from === migration.to ? wayOf(migration) : `kube-proxy: ${wayOf(migration).toLowerCase()}`,
  answer: answerOf(migration),
  well: !migration.noticed,
  sections: [
    {
      title: FIRST,
      text:
        migration.first.length === 0
          ? ['Nothing has to be done.']
          : migration.first.map((step, i) => `${i + 1}. ${step}`),
    },
    ...(migration.differences.length === 0 ? [] : [overview(migration)]),
    ...(migration.findings.length === 0 ? [] : [beside(migration)]),
    ...migration.differences.map((difference) => ({
      title: `${difference.group.kind}`,
      text: [difference.why],
      lines: proofLines(difference, migration, true),
    })),
    ...(rehearsal ? [rehearsedSection(rehearsal, migration)] : []),
    { title: 'How this was found', text: [methodOf(migration)] },
  ],
  legend: [
    ['✗', 'breaks, or must be done before'],
    ['!', 'somebody may notice it'],
    ['✓', 'nobody notices who uses the Services as they are meant'],
  ],
  again: typedCommand(),
});
