// virtual.tsx - a table of which only the rows in sight are there, however many there are.
import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type VirtualItem,
  Virtualizer,
} from '@tanstack/virtual-core';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface Column<T> {
  readonly name: string;
  readonly text: (row: T) => string;
  /** Shown instead of the text. */
  readonly shown?: (row: T) => ComponentChildren;
  readonly number?: boolean;
  readonly mono?: boolean;
  /** Its text is the button that chooses the row; if no column is, the first one is. */
  readonly opens?: boolean;
}

interface Props<T> {
  readonly label: string;
  readonly rows: readonly T[];
  readonly columns: readonly Column<T>[];
  readonly keyOf: (row: T) => string;
  readonly chosen?: string;
  readonly empty: string;
  readonly onChoose?: (row: T) => void;
}

/** Height of a row in pixels, as in page.css. */
const ROW = 30;
/** Fewer rows are simply all there. */
const SMALL = 60;

interface Sight {
  readonly items: readonly { readonly index: number }[];
  readonly before: number;
  readonly after: number;
}

function sightOf(items: readonly VirtualItem[], total: number): Sight {
  const [first, last] = [items[0], items.at(-1)];
  return { items, before: first?.start ?? 0, after: last ? total - last.end : 0 };
}

/** The rows in sight of an element that scrolls. */
function useSight(scroll: { current: HTMLElement | null }, count: number): Sight {
  const [, again] = useState(0);
  const made = useRef<Virtualizer<HTMLElement, Element> | null>(null);
  const options = {
    count,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW,
    overscan: 12,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => again((turn) => turn + 1),
  };
  made.current ??= new Virtualizer<HTMLElement, Element>(options);
  made.current.setOptions(options);
  useEffect(() => made.current?._didMount(), []);
  useLayoutEffect(() => made.current?._willUpdate());
  if (count <= SMALL) return { items: Array.from({ length: count }, (_, index) => ({ index })), before: 0, after: 0 };
  return sightOf(made.current.getVirtualItems(), made.current.getTotalSize());
}

const Space = ({ height }: { height: number }) => (height > 0 ? <tr style={{ height: `${height}px` }} /> : null);

export function VirtualTable<T>({ label, rows, columns, keyOf, chosen, empty, onChoose }: Props<T>) {
  const scroll = useRef<HTMLElement>(null);
  const { items, before, after } = useSight(scroll, rows.length);
  const cell = (row: T, { name, text, shown, number, mono }: Column<T>, first: boolean) => {
    const kind = [number ? 'n' : '', mono ? 'mono' : ''].join(' ').trim();
    const content = shown ? shown(row) : text(row);
    return (
      <td key={name} class={kind || undefined} title={text(row)}>
        {first && onChoose ? (
          <button type="button" class="link" onClick={() => onChoose(row)}>
            {content}
          </button>
        ) : (
          content
        )}
      </td>
    );
  };
  const opening = Math.max(
    0,
    columns.findIndex(({ opens }) => opens),
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class="scroll rows" ref={scroll} aria-label={label} tabIndex={0}>
      <table aria-rowcount={rows.length}>
        <thead>
          <tr>
            {columns.map(({ name, number }) => (
              <th key={name} scope="col" class={number ? 'n' : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Space height={before} />
          {items.map(({ index }) => {
            const row = rows[index] as T;
            const key = keyOf(row);
            return (
              <tr key={key} aria-selected={key === chosen} aria-rowindex={index + 1}>
                {columns.map((column, i) => cell(row, column, i === opening))}
              </tr>
            );
          })}
          <Space height={after} />
        </tbody>
      </table>
      {rows.length === 0 ? <p class="soft empty">{empty}</p> : null}
    </section>
  );
}
