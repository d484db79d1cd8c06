// curves.ts - the lines of the map: where they run, and which traffic is at a point.
import type { Edge, MapRow } from '../../api/dash/shapes.js';
import type { Box, Layout } from './layout.js';

/** What lines are drawn between. */
export interface Drawn {
  readonly layout: Layout;
  readonly rows: ReadonlyMap<string, MapRow>;
  readonly edges: readonly Edge[];
}

/** A click this near to a line, in units of the map, has met it. */
const REACH = 12;

/** The box of an id, or of the node that it is on. */
export function placeOf({ layout, rows }: Drawn, id: string): Box | undefined {
  const row = rows.get(id);
  return layout.boxes.get(id) ?? (row?.kind === 'pod' ? layout.boxes.get(`node/${row.node}`) : undefined);
}

/** Pairs of boxes that follow each other; whoever has none is left out. */
export function between(drawn: Drawn, ids: readonly string[]): [from: Box, to: Box][] {
  const boxes = ids.map((id) => placeOf(drawn, id)).filter((box) => box !== undefined);
  return boxes.slice(1).flatMap((box, i): [Box, Box][] => {
    const before = boxes[i] as Box;
    return before === box ? [] : [[before, box]];
  });
}

/** Who comes from outside meets the load balancer or a node; who is inside asks the Service. */
function viaOf({ rows }: Drawn, from: string, service: string): string {
  const row = rows.get(service);
  const balanced = row?.kind === 'service' && row.balanced.length > 0;
  return from.startsWith('client/') && balanced ? 'balancer' : service;
}

/** The lines of a second's traffic between two rows. */
export const hopsOf = (drawn: Drawn, { from, service, to }: Edge): [from: Box, to: Box][] =>
  between(drawn, [from, ...(service === null ? [] : [viaOf(drawn, from, service)]), to]);

/** From edge to edge of two boxes, downwards or sideways. */
export function curveOf(from: Box, to: Box): Path2D {
  const path = new Path2D();
  const isBelow = from.y + from.height < to.y || to.y + to.height < from.y;
  const isBeside = from.x + from.width <= to.x || to.x + to.width <= from.x;
  if (isBelow && !isBeside) {
    const [upper, lower] = from.y < to.y ? [from, to] : [to, from];
    const [x1, y1] = [upper.x + upper.width / 2, upper.y + upper.height];
    const [x2, y2] = [lower.x + lower.width / 2, lower.y];
    const bend = Math.max(12, (y2 - y1) / 2);
    path.moveTo(x1, y1);
    path.bezierCurveTo(x1, y1 + bend, x2, y2 - bend, x2, y2);
    return path;
  }
  const [ahead, y1] = [from.x + from.width <= to.x, from.y + from.height / 2];
  const back = to.x + to.width <= from.x;
  const x1 = ahead || !back ? from.x + from.width : from.x;
  const x2 = ahead || !back ? (ahead ? to.x : to.x + to.width) : to.x + to.width;
  const y2 = to.y + to.height / 2;
  const bend = Math.max(24, Math.abs(x2 - x1) / 2);
  path.moveTo(x1, y1);
  path.bezierCurveTo(x1 + (ahead || !back ? bend : -bend), y1, x2 + (ahead ? -bend : bend), y2, x2, y2);
  return path;
}

/** The traffic whose line is at a point of the map; of several the busiest. @param pen any, for its geometry */
export function edgeAt(pen: CanvasRenderingContext2D, drawn: Drawn, x: number, y: number): Edge | undefined {
  pen.save();
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.lineWidth = REACH;
  const met = drawn.edges.filter((edge) =>
    hopsOf(drawn, edge).some(([from, to]) => pen.isPointInStroke(curveOf(from, to), x, y)),
  );
  pen.restore();
  return met.sort((a, b) => b.packets - a.packets)[0];
}
