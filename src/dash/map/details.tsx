// details.tsx - what is known of the row that is selected on the map, and where to go from there.
import type { Edge, MapRow, ServiceRow } from '../../api/dash/shapes.js';
import { choose } from '../place.js';
import { Link } from '../shell/controls.js';
import type { Query, View } from '../url.js';

/** More lines than this are better looked at as flows. */
const MOST_TRAFFIC = 12;

interface Props {
  readonly row: MapRow;
  readonly rows: ReadonlyMap<string, MapRow>;
  readonly edges: readonly Edge[];
}

type Fact = readonly [name: string, value: string];

function factsOf(row: MapRow): Fact[] {
  const addresses: Fact = ['Addresses', row.addresses.join('\n') || 'none'];
  switch (row.kind) {
    case 'client':
      return [['Kind', 'client outside the cluster'], addresses];
    case 'node':
      return [['Kind', 'node'], ['Strategy', row.strategy || 'none'], ['Ready', row.ready ? 'yes' : 'no'], addresses];
    case 'pod':
      return [
        ['Kind', `pod of ${row.namespace}`],
        ['Phase', row.phase],
        ['Ready', row.ready ? 'yes' : 'no'],
        ['Node', row.node || 'none'],
        addresses,
      ];
    case 'service':
      return [
        ['Kind', `${row.type} of ${row.namespace}`],
        ['Ports', row.ports.join('\n') || 'none'],
        addresses,
        ...(row.balanced.length > 0 ? [['Balanced', row.balanced.join('\n')] as const] : []),
        ['Endpoints', String(row.endpoints.length)],
      ];
  }
}

const nameOf = (row: MapRow): string => ('namespace' in row ? `${row.namespace}/${row.name}` : row.name);

const targetOf = (row: ServiceRow): string => `svc/${nameOf(row)}:${(row.ports[0] ?? '80').replace(/[:/].*/, '')}`;

/** Where traffic leads: the path of its packets, or its flows if it asks no Service that is known. */
export function trafficPlace({ from, service, to }: Edge, rows: ReadonlyMap<string, MapRow>): [View, Query] {
  const row = service === null ? undefined : rows.get(service);
  return row?.kind === 'service' ? ['path', { from, to: targetOf(row) }] : ['flows', { search: `${from} ${to}` }];
}

/** Where a row leads: the object itself, and questions about its packets. */
function waysOf(row: MapRow): readonly (readonly [text: string, view: View, query: Query])[] {
  const [kinds, ns] = [
    { client: '', node: 'nodes', pod: 'pods', service: 'services' }[row.kind],
    'namespace' in row ? row.namespace : '',
  ];
  const object = kinds === '' ? [] : [['Object', 'objects', { kind: kinds, ns, name: row.name }] as const];
  switch (row.kind) {
    case 'service':
      return [
        ...object,
        ['Path to it', 'path', { to: targetOf(row) }],
        ['Flows', 'flows', { service: nameOf(row) }],
        ['Rules', 'rules', { search: nameOf(row) }],
      ];
    case 'node':
      return [...object, ['Rules', 'rules', { node: row.name }], ['Flows', 'flows', { node: row.name }]];
    case 'pod':
      return [
        ...object,
        ['Path from it', 'path', { from: `pod/${nameOf(row)}` }],
        ['Flows', 'flows', { search: row.addresses[0] ?? '' }],
        ['Shell', 'objects', { kind: 'pods', ns, name: row.name, tab: 'shell' }],
      ];
    case 'client':
      return [['Path from it', 'path', { from: row.id }]];
  }
}

export function Details({ row, rows, edges }: Props) {
  const behind = row.kind === 'service' ? row.endpoints.flatMap((id) => rows.get(id) ?? []) : [];
  const own = edges.filter(({ from, service, to }) => [from, service, to].includes(row.id));
  const packets = own.reduce((sum, edge) => sum + edge.packets, 0);
  return (
    <aside class="details" aria-label={`Details of ${nameOf(row)}`}>
      <h2>{row.name}</h2>
      <dl>
        {factsOf(row).map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
        {packets > 0 ? (
          <>
            <dt>Now</dt>
            <dd>{packets} packets/s</dd>
          </>
        ) : null}
      </dl>
      <p class="ways">
        {waysOf(row).map(([text, view, query]) => (
          <Link key={text} view={view} query={query}>
            {text}
          </Link>
        ))}
      </p>
      {own.length > 0 ? (
        <ul class="plain" aria-label="Traffic now">
          {own.slice(0, MOST_TRAFFIC).map((edge) => {
            const [view, query] = trafficPlace(edge, rows);
            return (
              <li key={`${edge.from} ${edge.service} ${edge.to}`}>
                <Link view={view} query={query}>
                  {edge.from} → {edge.to}
                </Link>
              </li>
            );
          })}
        </ul>
      ) : null}
      {behind.length > 0 ? (
        <ul class="plain">
          {behind.slice(0, 100).map((pod) => (
            <li key={pod.id}>
              <button type="button" class="link" onClick={() => choose({ select: pod.id })}>
                {pod.name}
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      <button type="button" onClick={() => choose({ select: '' })}>
        Close
      </button>
    </aside>
  );
}
