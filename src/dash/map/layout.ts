// layout.ts - where everything on the map stands: outside | balancer | nodes with their pods | Services.
//
// It follows from the topology alone. Whoever is placed keeps the place: a newcomer takes the first free one, and boxes
// grow by whole rows, so that pods come and go without anything else moving.
import type { MapRow, NodeRow, PodRow, ServiceRow } from '../../api/dash/shapes.js';

export interface Box {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  /** Every id that is drawn → its box; `balancer` and `outside` are boxes, too. */
  readonly boxes: ReadonlyMap<string, Box>;
  readonly width: number;
  readonly height: number;
  /** Pods are written out, small squares, or left away. */
  readonly pods: PodStyle;
}

type PodStyle = 'named' | 'squares' | 'none';

/** Place of everything that was placed before; keys are ids, values numbers from 0 within the node or the column. */
export type Slots = ReadonlyMap<string, number>;

/** More pods than this are not drawn until somebody opens a node. */
export const MOST_PODS = 300;
/** Up to so many have their names on them. */
const MOST_NAMED = 36;

const GAP = 14;
const PAD = 12;
const HEAD = 34;
const COLUMN_GAP = 64;
const ROW_GAP = 34;
const SIDE = { width: 128, height: 46 };
const CHIP = { width: 196, height: 42, gap: 8 };
const POD: Readonly<
  Record<Exclude<PodStyle, 'none'>, { width: number; height: number; gap: number; columns: number }>
> = {
  named: { width: 138, height: 26, gap: 8, columns: 2 },
  squares: { width: 16, height: 16, gap: 5, columns: 16 },
};
const EMPTY_NODE = 44;

/** The first places that nobody has; whoever is known keeps the own. */
function settle(ids: readonly string[], before: Slots): Map<string, number> {
  const kept = new Map(ids.flatMap((id) => (before.has(id) ? [[id, before.get(id) as number] as const] : [])));
  const taken = new Set(kept.values());
  let next = 0;
  for (const id of ids) {
    if (kept.has(id)) continue;
    while (taken.has(next)) next++;
    taken.add(next);
    kept.set(id, next);
  }
  return kept;
}

const podStyle = (pods: readonly PodRow[], open: boolean): PodStyle => {
  if (pods.length <= MOST_NAMED) return 'named';
  return pods.length <= MOST_PODS || open ? 'squares' : 'none';
};

/** Rows that a grid has room for, from its highest place. */
const rowsOf = (slots: Iterable<number>, columns: number): number => Math.ceil((Math.max(-1, ...slots) + 1) / columns);

interface Stacked {
  /** In the middle of what stands beside it. */
  readonly centred?: boolean;
  readonly boxes: Box[];
  readonly width: number;
  readonly height: number;
}

/** A node and its pods, with its corner at 0, 0. */
function nodeBoxes(node: NodeRow, pods: readonly PodRow[], style: PodStyle, slots: Slots): Stacked {
  const { width, height, gap, columns } = POD[style === 'none' ? 'named' : style];
  const inner = columns * width + (columns - 1) * gap;
  const rows =
    style === 'none'
      ? 0
      : rowsOf(
          pods.map(({ id }) => slots.get(id) ?? 0),
          columns,
        );
  const own = {
    id: node.id,
    x: 0,
    y: 0,
    width: inner + 2 * PAD,
    height: HEAD + (rows === 0 ? EMPTY_NODE - HEAD : rows * (height + gap) - gap + PAD),
  };
  const cells =
    style === 'none'
      ? []
      : pods.map(({ id }): Box => {
          const slot = slots.get(id) ?? 0;
          const [column, row] = [slot % columns, Math.floor(slot / columns)];
          return { id, x: PAD + column * (width + gap), y: HEAD + row * (height + gap), width, height };
        });
  return { boxes: [own, ...cells], width: own.width, height: own.height };
}

/** Nodes beside and below each other: about as many columns as make the whole as high as it is wide. */
function nodeGrid(nodes: readonly Stacked[]): Stacked {
  const columns = nodes.length <= 4 ? 1 : Math.ceil(Math.sqrt(nodes.length / 2));
  const bottoms = Array.from({ length: columns }, () => 0);
  const boxes: Box[] = [];
  let width = 0;
  nodes.forEach((node, i) => {
    const column = i % columns;
    const [x, y] = [column * (node.width + GAP), bottoms[column] ?? 0];
    boxes.push(...node.boxes.map((box) => ({ ...box, x: box.x + x, y: box.y + y })));
    bottoms[column] = y + node.height + GAP;
    width = Math.max(width, x + node.width);
  });
  return { boxes, width, height: Math.max(0, ...bottoms) - GAP };
}

function column(ids: readonly string[], slots: Slots, size: typeof CHIP): Stacked {
  const boxes = ids.map((id) => ({
    id,
    x: 0,
    y: (slots.get(id) ?? 0) * (size.height + size.gap),
    width: size.width,
    height: size.height,
  }));
  const height = Math.max(0, ...boxes.map((box) => box.y + box.height));
  return { boxes, width: size.width, height, centred: true };
}

/** Services beyond what fits beside the nodes go on in further columns. */
function serviceColumns(services: readonly ServiceRow[], slots: Slots, height: number, tall: boolean): Stacked {
  const each = tall
    ? rowsOf(
        services.map(({ id }) => slots.get(id) ?? 0),
        2,
      )
    : Math.max(8, Math.floor((height + CHIP.gap) / (CHIP.height + CHIP.gap)));
  const boxes = services.map(({ id }) => {
    const slot = slots.get(id) ?? 0;
    const [at, row] = [Math.floor(slot / each), slot % each];
    return {
      id,
      x: at * (CHIP.width + GAP),
      y: row * (CHIP.height + CHIP.gap),
      width: CHIP.width,
      height: CHIP.height,
    };
  });
  return {
    boxes,
    width: Math.max(CHIP.width, ...boxes.map((box) => box.x + box.width)),
    height: Math.max(0, ...boxes.map((box) => box.y + box.height)),
  };
}

const isKind =
  <K extends MapRow['kind']>(kind: K) =>
  (row: MapRow): row is Extract<MapRow, { kind: K }> =>
    row.kind === kind;
const byName = (a: MapRow, b: MapRow): number => (a.id < b.id ? -1 : 1);
function byNode(pods: readonly PodRow[]): Map<string, PodRow[]> {
  const found = new Map<string, PodRow[]>();
  for (const pod of pods) {
    const list = found.get(pod.node);
    if (list) list.push(pod);
    else found.set(pod.node, [pod]);
  }
  return found;
}

/** node-2 before node-10. */
const byNumber = (a: MapRow, b: MapRow): number => a.name.localeCompare(b.name, 'en', { numeric: true });

interface LayoutOptions {
  /** Draw pods however many there are. */
  readonly open?: boolean;
  /** For a screen that is higher than wide: what stands side by side elsewhere stands below each other. */
  readonly tall?: boolean;
}

/** Puts parts side by side, or below each other, those that are smaller in the middle. */
function arranged(parts: readonly Stacked[], tall: boolean): Pick<Layout, 'boxes' | 'width' | 'height'> {
  const gap = tall ? ROW_GAP : COLUMN_GAP;
  const [width, height] = [
    Math.max(0, ...parts.map((part) => part.width)),
    Math.max(0, ...parts.map((part) => part.height)),
  ];
  const boxes = new Map<string, Box>();
  let along = 0;
  for (const part of parts) {
    const [x, y] = tall ? [(width - part.width) / 2, along] : [along, part.centred ? (height - part.height) / 2 : 0];
    for (const box of part.boxes) boxes.set(box.id, { ...box, x: box.x + x, y: box.y + y });
    along += (tall ? part.height : part.width) + gap;
  }
  const length = Math.max(0, along - gap);
  return { boxes, width: tall ? width : length, height: tall ? length : height };
}

/** Places rows. The second value is to be given back with the next call. */
export function layOut(
  rows: readonly MapRow[],
  before: Slots,
  { open = false, tall = false }: LayoutOptions = {},
): readonly [Layout, Slots] {
  const nodes = rows.filter(isKind('node')).sort(byNumber);
  const pods = rows.filter(isKind('pod')).sort(byName);
  const services = rows.filter(isKind('service')).sort(byName);
  const clients = rows.filter(isKind('client')).sort(byName);
  const style = podStyle(pods, open);
  const slots = new Map<string, number>();
  const keep = (found: ReadonlyMap<string, number>): void => {
    for (const [id, slot] of found) slots.set(id, slot);
  };
  const podsOf = byNode(pods);
  for (const { name } of nodes)
    keep(
      settle(
        (podsOf.get(name) ?? []).map(({ id }) => id),
        before,
      ),
    );
  keep(
    settle(
      services.map(({ id }) => id),
      before,
    ),
  );
  keep(
    settle(
      clients.map(({ id }) => id),
      before,
    ),
  );

  const grid = nodeGrid(nodes.map((node) => nodeBoxes(node, podsOf.get(node.name) ?? [], style, slots)));
  const outside = column(
    clients.map(({ id }) => id),
    slots,
    { ...SIDE, gap: GAP },
  );
  const balanced = services.some((service) => service.balanced.length > 0);
  const balancer = column(balanced ? ['balancer'] : [], new Map(), { ...SIDE, gap: GAP });
  const side = serviceColumns(services, slots, Math.max(grid.height, 480), tall);
  const parts = [outside, balancer, grid, side].filter(({ boxes }) => boxes.length > 0);
  return [{ ...arranged(parts, tall), pods: style }, slots];
}

/** The smallest box at a point: a pod rather than its node. */
export function boxAt({ boxes }: Layout, x: number, y: number): Box | null {
  let found: Box | null = null;
  for (const box of boxes.values()) {
    const inside = x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;
    if (inside && (!found || box.width * box.height < found.width * found.height)) found = box;
  }
  return found;
}
