// canvas.tsx - the map's canvas: pan, zoom, what the pointer is over, and the keys that do the same.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Edge } from '../../api/dash/shapes.js';
import { type Camera, fit, MOVES, type Room, zoomed } from './camera.js';
import { coloursNow, onRecolour } from './colours.js';
import { edgeAt } from './curves.js';
import { boxAt } from './layout.js';
import { type Picture, paint } from './paint.js';

interface Props {
  readonly picture: Omit<Picture, 'hovered'>;
  /** What the map shows, for those who do not see it. */
  readonly label: string;
  readonly onSelect: (id: string) => void;
  /** A line of traffic was clicked. */
  readonly onTraffic: (edge: Edge) => void;
}

const ZOOM = 1.2;

/** Size of the element, kept up to date. */
function useRoom(element: { current: HTMLElement | null }): Room {
  const [room, set] = useState<Room>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const own = element.current;
    if (!own) return;
    const look = new ResizeObserver(() => set({ width: own.clientWidth, height: own.clientHeight }));
    look.observe(own);
    return () => look.disconnect();
  }, []);
  return room;
}

/** Draws on the canvas whenever something that is seen has changed. */
function useDrawing(canvas: { current: HTMLCanvasElement | null }, room: Room, camera: Camera, picture: Picture): void {
  const [shade, setShade] = useState(0);
  useEffect(() => onRecolour(() => setShade((count) => count + 1)), []);
  useLayoutEffect(() => {
    const target = canvas.current;
    if (!target || room.width === 0) return;
    const drawing = requestAnimationFrame(() => {
      const ratio = devicePixelRatio || 1;
      const [width, height] = [Math.round(room.width * ratio), Math.round(room.height * ratio)];
      if (target.width !== width || target.height !== height) Object.assign(target, { width, height });
      paint(target, ratio, camera, coloursNow(), picture);
    });
    return () => cancelAnimationFrame(drawing);
  }, [picture, camera.x, camera.y, camera.scale, room, shade]);
}

export function MapCanvas({ picture, label, onSelect, onTraffic }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const room = useRoom(frame);
  const [own, setOwn] = useState<Camera | null>(null);
  const [hovered, setHovered] = useState('');
  const camera = own ?? fit(picture.layout, room);
  const drawn = useMemo(() => ({ ...picture, hovered }), [picture, hovered]);
  useDrawing(canvas, room, camera, drawn);

  const point = (event: MouseEvent): readonly [x: number, y: number] => {
    const { left = 0, top = 0 } = canvas.current?.getBoundingClientRect() ?? {};
    return [(event.clientX - left - camera.x) / camera.scale, (event.clientY - top - camera.y) / camera.scale];
  };
  const at = (event: MouseEvent): string => boxAt(picture.layout, ...point(event))?.id ?? '';
  const click = (event: MouseEvent): void => {
    const id = at(event);
    const pen = canvas.current?.getContext('2d');
    // A node is the ground on which lines lie; all other boxes cover them.
    const edge = pen && (id === '' || id.startsWith('node/')) ? edgeAt(pen, drawn, ...point(event)) : undefined;
    if (edge) onTraffic(edge);
    else onSelect(id);
  };
  const drag = useDrag(camera, setOwn, click);
  const zoom = (factor: number): void => setOwn(zoomed(camera, factor, room.width / 2, room.height / 2));
  return (
    <div class="map" ref={frame}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={label}
        tabIndex={0}
        data-hovered={hovered}
        onPointerMove={(event) => (drag.move(event) ? undefined : setHovered(at(event)))}
        onPointerDown={drag.down}
        onPointerUp={drag.up}
        onPointerLeave={() => setHovered('')}
        onWheel={(event) => {
          event.preventDefault();
          const edge = event.currentTarget.getBoundingClientRect();
          setOwn(zoomed(camera, Math.exp(-event.deltaY / 400), event.clientX - edge.left, event.clientY - edge.top));
        }}
        onKeyDown={(event) => {
          const step = MOVES[event.key];
          if (event.key === '+' || event.key === '=') zoom(ZOOM);
          else if (event.key === '-') zoom(1 / ZOOM);
          else if (event.key === '0') setOwn(null);
          else if (event.key === 'Escape') onSelect('');
          else if (step) setOwn({ ...camera, x: camera.x + step[0], y: camera.y + step[1] });
          else return;
          event.preventDefault();
        }}
      />
      <ZoomButtons zoom={zoom} all={() => setOwn(null)} />
    </div>
  );
}

const ZoomButtons = ({ zoom, all }: { zoom: (factor: number) => void; all: () => void }) => (
  <div class="zoom">
    <button type="button" onClick={() => zoom(ZOOM)} aria-label="Zoom in" title="Zoom in (+)">
      +
    </button>
    <button type="button" onClick={() => zoom(1 / ZOOM)} aria-label="Zoom out" title="Zoom out (-)">
      −
    </button>
    <button type="button" onClick={all} title="Show all (0)">
      fit
    </button>
  </div>
);

/** A pointer that moves less than this, in pixels, has clicked. */
const STILL = 4;

function useDrag(camera: Camera, move: (camera: Camera) => void, click: (event: PointerEvent) => void) {
  const start = useRef<{ x: number; y: number; camera: Camera; moved: boolean } | null>(null);
  return {
    down(event: PointerEvent): void {
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      start.current = { x: event.clientX, y: event.clientY, camera, moved: false };
    },
    /** True while the map is being dragged. */
    move(event: PointerEvent): boolean {
      const from = start.current;
      if (!from) return false;
      const [x, y] = [event.clientX - from.x, event.clientY - from.y];
      if (!from.moved && Math.hypot(x, y) < STILL) return true;
      from.moved = true;
      move({ ...from.camera, x: from.camera.x + x, y: from.camera.y + y });
      return true;
    },
    up(event: PointerEvent): void {
      if (start.current && !start.current.moved) click(event);
      start.current = null;
    },
  };
}
