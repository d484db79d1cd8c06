// camera.ts - which part of the map is seen: all of it, or what pan and zoom have chosen.
import type { Layout } from './layout.js';

/** A point of the map is seen at `x + scale * its own`. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** Size of the canvas in pixels of CSS. */
export interface Room {
  readonly width: number;
  readonly height: number;
}

const MARGIN = 20;
const LEAST = 0.08;
const MOST = 4;
/** A small lab is not blown up beyond this. */
const MOST_FITTED = 1.35;

/** All of the map, in the middle. */
export function fit({ width, height }: Pick<Layout, 'width' | 'height'>, room: Room): Camera {
  const across = (room.width - 2 * MARGIN) / Math.max(1, width);
  const down = (room.height - 2 * MARGIN) / Math.max(1, height);
  const scale = Math.max(LEAST, Math.min(MOST_FITTED, across, down));
  return { scale, x: (room.width - width * scale) / 2, y: Math.max(MARGIN, (room.height - height * scale) / 2) };
}

/** Nearer or farther; the point of the screen stays where it is. */
export function zoomed(camera: Camera, factor: number, x: number, y: number): Camera {
  const scale = Math.min(MOST, Math.max(LEAST, camera.scale * factor));
  const by = scale / camera.scale;
  return { scale, x: x - (x - camera.x) * by, y: y - (y - camera.y) * by };
}

/** Key → how far the map moves, in pixels. */
export const MOVES: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [60, 0],
  ArrowRight: [-60, 0],
  ArrowUp: [0, 60],
  ArrowDown: [0, -60],
};
