// paint.ts - draws the map on a canvas: boxes, names, lines to endpoints, traffic.
import type { MapRow, NodeRow, PodRow, ServiceRow } from '../../api/dash/shapes.js';
import type { Camera } from './camera.js';
import { type Colours, FONT } from './colours.js';
import { between, curveOf, type Drawn, hopsOf, placeOf } from './curves.js';
import type { Box } from './layout.js';

export interface Picture extends Drawn {
  /** Name of a node or `fabric` → why it lost frames in the last second, and how many. */
  readonly losing: ReadonlyMap<string, string>;
  readonly selected: string;
  readonly hovered: string;
  /** Way of a packet: ids in order. */
  readonly way: readonly string[];
}

const RADIUS = 6;
/** Lines from every Service to every endpoint are drawn while there are no more than this. */
const MOST_LINES = 160;

function round(pen: CanvasRenderingContext2D, { x, y, width, height }: Box, radius = RADIUS): void {
  pen.beginPath();
  pen.roundRect(x, y, width, height, Math.min(radius, width / 3, height / 3));
}

/** A pod's name: what tells it from its siblings stands at its end. */
function fittedName(pen: CanvasRenderingContext2D, name: string, width: number): string {
  if (pen.measureText(name).width <= width) return name;
  const parts = name.split('-');
  const end = parts.length > 2 ? (parts.pop() ?? '') : '';
  if (parts.length > 1 && /\d/.test(parts.at(-1) ?? '')) parts.pop();
  const head = fitted(pen, parts.join('-'), width - pen.measureText(` …${end}`).width);
  return `${head.replace(/…$/, '')} …${end}`;
}

/** The text, cut to what fits. */
function fitted(pen: CanvasRenderingContext2D, text: string, width: number): string {
  if (pen.measureText(text).width <= width) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pen.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low)}…`;
}

class Painter {
  readonly #pen: CanvasRenderingContext2D;
  readonly #ink: Colours;
  readonly #picture: Picture;
  /** Ids that stand out; empty: none does, and nothing is dimmed. */
  readonly #lit: ReadonlySet<string>;

  constructor(pen: CanvasRenderingContext2D, ink: Colours, picture: Picture) {
    this.#pen = pen;
    this.#ink = ink;
    this.#picture = picture;
    this.#lit = litBy(picture);
  }

  all(): void {
    const { layout, rows } = this.#picture;
    for (const box of layout.boxes.values()) {
      const row = rows.get(box.id);
      if (row?.kind === 'node') this.#node(box, row);
    }
    this.#lines();
    this.#traffic();
    for (const box of layout.boxes.values()) this.#box(box, rows.get(box.id));
    this.#way();
  }

  #box(box: Box, row: MapRow | undefined): void {
    if (row?.kind === 'pod') this.#pod(box, row);
    else if (row?.kind === 'service') this.#service(box, row);
    else if (row?.kind !== 'node') this.#machine(box, row?.name ?? 'load balancer', row?.addresses[0] ?? '');
  }

  #dimmed(id: string): boolean {
    return this.#lit.size > 0 && !this.#lit.has(id);
  }

  #frame(box: Box, fill: string, stroke: string): void {
    const pen = this.#pen;
    round(pen, box);
    pen.fillStyle = fill;
    pen.fill();
    const isChosen = box.id === this.#picture.selected;
    pen.strokeStyle = isChosen ? this.#ink.accent : stroke;
    pen.lineWidth = isChosen ? 2.5 : box.id === this.#picture.hovered ? 2 : 1;
    pen.stroke();
  }

  #text(
    text: string,
    x: number,
    y: number,
    width: number,
    style: { size: number; weight?: number; colour?: string },
  ): void {
    const pen = this.#pen;
    pen.font = `${style.weight ?? 400} ${style.size}px ${FONT}`;
    pen.fillStyle = style.colour ?? this.#ink.ink;
    pen.fillText(fitted(pen, text, width), x, y);
  }

  #node(box: Box, row: NodeRow): void {
    const ink = this.#ink;
    const lost = this.#picture.losing.get(row.name);
    this.#frame(box, ink.panel, lost ? ink.bad : ink.line);
    this.#text(row.name, box.x + 12, box.y + 21, box.width - 170, { size: 13, weight: 600 });
    const more = row.ready ? (row.addresses[0] ?? '') : 'NotReady';
    this.#pen.textAlign = 'right';
    const right = lost ?? more;
    const colour = lost || !row.ready ? ink.bad : ink.soft;
    this.#text(right, box.x + box.width - 12, box.y + 21, 160, { size: 11.5, colour });
    this.#pen.textAlign = 'left';
  }

  #pod(box: Box, row: PodRow): void {
    const ink = this.#ink;
    const pen = this.#pen;
    pen.globalAlpha = this.#dimmed(box.id) ? 0.35 : 1;
    const state = row.phase === 'Running' && row.ready ? ink.accent : row.phase === 'Failed' ? ink.bad : ink.note;
    if (this.#picture.layout.pods === 'named') {
      this.#frame(box, ink.paper, ink.line);
      pen.fillStyle = state;
      pen.beginPath();
      pen.arc(box.x + 12, box.y + box.height / 2, 3.5, 0, 7);
      pen.fill();
      pen.font = `11.5px ${FONT}`;
      const name = fittedName(pen, row.name, box.width - 27);
      this.#text(name, box.x + 21, box.y + box.height / 2 + 4, box.width - 27, { size: 11.5 });
    } else this.#frame(box, state, ink.paper);
    pen.globalAlpha = 1;
  }

  #service(box: Box, row: ServiceRow): void {
    const ink = this.#ink;
    this.#pen.globalAlpha = this.#dimmed(box.id) ? 0.4 : 1;
    this.#frame(box, ink.paper, row.ready === 0 && row.type !== 'ExternalName' ? ink.note : ink.line);
    this.#text(row.name, box.x + 12, box.y + 18, box.width - 24, { size: 13, weight: 600 });
    const about = `${row.ready} ready · ${row.type} · ${row.namespace}`;
    this.#text(about, box.x + 12, box.y + 33, box.width - 24, { size: 11, colour: ink.soft });
    this.#pen.globalAlpha = 1;
  }

  #machine(box: Box, name: string, about: string): void {
    this.#frame(box, this.#ink.paper, this.#ink.line);
    this.#text(name, box.x + 12, box.y + (about ? 20 : 28), box.width - 24, { size: 13, weight: 600 });
    if (about) this.#text(about, box.x + 12, box.y + 35, box.width - 24, { size: 11, colour: this.#ink.soft });
  }

  #curve(from: Box, to: Box, width: number, colour: string): void {
    const pen = this.#pen;
    pen.lineWidth = width;
    pen.strokeStyle = colour;
    pen.stroke(curveOf(from, to));
  }

  /** From Services to their endpoints; where pods are not drawn, to their nodes. */
  #lines(): void {
    const { layout, rows, selected, hovered } = this.#picture;
    const services = [...layout.boxes.keys()].flatMap((id) => {
      const row = rows.get(id);
      return row?.kind === 'service' ? [row] : [];
    });
    const total = services.reduce((sum, { endpoints }) => sum + endpoints.length, 0);
    for (const service of services) {
      const isLit = service.id === selected || service.id === hovered || service.endpoints.includes(selected);
      if (!isLit && total > MOST_LINES) continue;
      const own = layout.boxes.get(service.id) as Box;
      for (const to of this.#targets(service)) {
        this.#pen.globalAlpha = isLit ? 0.9 : this.#lit.size > 0 ? 0.25 : 0.8;
        this.#curve(own, to, isLit ? 1.8 : 1, isLit ? this.#ink.accent : this.#ink.line);
      }
    }
    this.#pen.globalAlpha = 1;
  }

  #targets({ endpoints }: ServiceRow): Set<Box> {
    const found = endpoints.map((id) => placeOf(this.#picture, id));
    return new Set(found.filter((box): box is Box => box !== undefined));
  }

  #traffic(): void {
    this.#pen.globalAlpha = 0.75;
    for (const edge of this.#picture.edges) {
      const width = Math.min(9, 1.5 + Math.log10(1 + edge.packets) * 1.6);
      for (const [from, to] of hopsOf(this.#picture, edge)) this.#curve(from, to, width, this.#ink.traffic);
    }
    this.#pen.globalAlpha = 1;
  }

  #way(): void {
    for (const [from, to] of between(this.#picture, this.#picture.way)) this.#curve(from, to, 3, this.#ink.note);
  }
}

/** What belongs to the row that is selected. */
function litBy({ selected, rows }: Picture): ReadonlySet<string> {
  const row = rows.get(selected);
  if (row?.kind === 'service') return new Set([row.id, ...row.endpoints]);
  if (row?.kind !== 'pod') return new Set();
  const services = [...rows.values()].filter((one) => one.kind === 'service' && one.endpoints.includes(row.id));
  return new Set([row.id, ...services.map(({ id }) => id)]);
}

/** Draws everything anew. @param ratio pixels of the screen for one of CSS */
export function paint(canvas: HTMLCanvasElement, ratio: number, camera: Camera, ink: Colours, picture: Picture): void {
  const pen = canvas.getContext('2d', { alpha: false });
  if (!pen) return;
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.fillStyle = ink.paper;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.setTransform(ratio * camera.scale, 0, 0, ratio * camera.scale, ratio * camera.x, ratio * camera.y);
  new Painter(pen, ink, picture).all();
}
