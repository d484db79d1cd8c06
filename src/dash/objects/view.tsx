// view.tsx - objects: the tables that kubectl prints, and the object that is chosen.
import { type LiveState, useLive, useTurn } from '../live.js';
import { useLoading } from '../loading.js';
import { namespacesOf } from '../map/filter.js';
import { choose, usePlace } from '../place.js';
import { Choice, Head, Link, Problem, Search } from '../shell/controls.js';
import type { Query } from '../url.js';
import { kindNamed, loadKinds } from './kinds.js';
import { ObjectPanel } from './object.js';
import { ObjectsTable } from './table.js';

/** One click away. */
const USUAL = ['pods', 'services', 'endpointslices', 'deployments', 'nodes', 'events'] as const;

const rowsPart = ({ rows }: LiveState) => rows;

function UsualKinds({
  query: { ns = '', search = '', wide = '' },
  current,
}: {
  query: Query;
  current: string | undefined;
}) {
  return (
    <p class="tabs">
      {USUAL.map((one) => (
        <Link key={one} view="objects" query={{ kind: one, ns, search, wide }} current={current === one}>
          {one}
        </Link>
      ))}
    </p>
  );
}

export function ObjectsView() {
  const { query } = usePlace();
  const rows = useLive(rowsPart);
  const { value: kinds = [], error } = useLoading(loadKinds, []);
  const { kind: asked = 'pods', ns = '', search = '', name, in: home = ns, tab = '', wide = '' } = query;
  const kind = kindNamed(kinds, asked);
  const turn = useTurn(kind?.kind);
  return (
    <div class="view">
      <Head title="Objects">
        <Choice
          name="kind"
          label="Kind"
          value={kind?.id ?? asked}
          choices={kinds.map(({ id }) => id)}
          clears={['name', 'in']}
          step
        />
        <Choice name="ns" label="Namespace" all="all namespaces" choices={namespacesOf(rows.values())} />
        <Search name="search" label="Search" />
        <label class="check">
          <input type="checkbox" checked={wide !== ''} onChange={() => choose({ wide: wide === '' ? 'yes' : '' })} />{' '}
          wide
        </label>
      </Head>
      <UsualKinds query={query} current={kind?.plural} />
      {error !== undefined ? <Problem text={error} /> : null}
      {kinds.length > 0 && !kind ? <Problem text={`the lab has no kind "${asked}"`} /> : null}
      {kind ? (
        <div class="split">
          <ObjectsTable
            kind={kind}
            namespace={ns}
            search={search}
            wide={wide !== ''}
            turn={turn}
            chosen={name ? `${home}/${name}` : ''}
          />
          {name ? (
            <ObjectPanel
              key={`${kind.id}/${home}/${name}`}
              kind={kind}
              namespace={home}
              name={name}
              tab={tab}
              turn={turn}
            />
          ) : null}
        </div>
      ) : null}
    </div>
  );
}
