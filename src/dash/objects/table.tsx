// table.tsx - objects of one kind as kubectl prints them.
import { useMemo } from 'preact/hooks';
import { ask } from '../api.js';
import { useLoading } from '../loading.js';
import { choose } from '../place.js';
import { Problem } from '../shell/controls.js';
import { type Column, VirtualTable } from '../shell/virtual.js';
import { type Kind, pathOf } from './kinds.js';

interface Row {
  readonly cells: readonly unknown[];
  readonly object: { readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid?: string } };
}

interface Printed {
  readonly columnDefinitions: readonly { readonly name: string; readonly type: string; readonly priority: number }[];
  readonly rows: readonly Row[] | null;
}

const AS_TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

const textOf = (cell: unknown): string => (cell === null || cell === undefined ? '' : String(cell));

function columnsOf({ columnDefinitions }: Printed, wide: boolean, everywhere: boolean): Column<Row>[] {
  const own = columnDefinitions.flatMap(({ name, priority, type }, i): Column<Row>[] =>
    priority === 0 || wide
      ? [
          {
            name,
            text: ({ cells }) => textOf(cells[i]),
            number: type === 'integer' || type === 'number',
            opens: name === 'Name',
          },
        ]
      : [],
  );
  return everywhere ? [{ name: 'Namespace', text: ({ object }) => object.metadata.namespace ?? '' }, ...own] : own;
}

interface ObjectsTableProps {
  readonly kind: Kind;
  readonly namespace: string;
  readonly search: string;
  readonly wide: boolean;
  /** Counts up whenever objects of the kind have changed. */
  readonly turn: number;
  readonly chosen: string;
}

export function ObjectsTable({ kind, namespace, search, wide, turn, chosen }: ObjectsTableProps) {
  const path = pathOf(kind, namespace);
  const { value, error } = useLoading(() => ask<Printed>(path, { accept: AS_TABLE }), [path, turn]);
  const rows = useMemo(() => {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    return (value?.rows ?? []).filter(({ cells, object }) => {
      const text = `${object.metadata.namespace ?? ''} ${cells.map(textOf).join(' ')}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  }, [value, search]);
  if (error !== undefined) return <Problem text={error} />;
  if (!value) return null;
  return (
    <VirtualTable
      label={`${kind.kind} objects`}
      rows={rows}
      columns={columnsOf(value, wide, kind.namespaced && namespace === '')}
      keyOf={({ object: { metadata } }) => `${metadata.namespace ?? ''}/${metadata.name}`}
      chosen={chosen}
      empty={search === '' ? 'There are none.' : 'None of them has all these words.'}
      onChoose={({ object: { metadata } }) =>
        choose({ name: metadata.name, in: metadata.namespace ?? '', tab: '' }, true)
      }
    />
  );
}
