// addon.ts - finds and loads kubewire.node, after checking that both sides use the same memory layout.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LAYOUT_HASH } from '../abi/abi.gen.js';
import { ABI_VERSION } from '../abi/layout.js';
import { Fault } from '../model/fault.js';

/** One node's dataplane, running on the calling thread (native/binding/engine_object.cc). */
export interface NodeEngine {
  /** Returns an ImageError; the image is copied. */
  load(image: Uint8Array, nowNs: bigint): number;
  /** Returns an ImageError. Changes rows of the current image: all of them, or none. */
  patch(patch: Uint8Array, nowNs: bigint): number;
  /** Runs `frame[0..length)`, writes `out`, `offload` (6 words) and `decision` (64 bytes). Returns the bytes in `out`. */
  process(
    frame: Uint8Array,
    length: number,
    port: number,
    offload: Uint32Array,
    nowNs: bigint,
    decision: Uint8Array,
    out: Uint8Array,
  ): number;
  /** Runs consecutive frames `rounds` times. Each is restored before it runs; the times exclude the restoring. */
  processBatch(
    frames: Uint8Array,
    lengths: Uint32Array,
    ports: Uint32Array,
    rounds: number,
    nowNs: bigint,
  ): { nsPerFrame: number; forwarded: number };
  scriptRandom(draws: Uint32Array): void;
  /** An upper bound on the number of rows that flows() returns. */
  flowCount(): number;
  /** Fills `out` with FlowRows and returns their number. */
  flows(out: Uint8Array, nowNs: bigint): number;
  /** Everything that decides about later frames; empty before the first image. */
  save(): Uint8Array;
  /** Goes on where an engine that was saved stood; before anything else. If false, the engine may only be closed. */
  restore(state: Uint8Array, nowNs: bigint): boolean;
  /** Drops expired flows from the next `places` places. */
  sweep(nowNs: bigint, places: number): void;
  close(): void;
}

/** One virtual server (native/binding/scheduler_object.cc). Addresses are 16 bytes; a wrong argument is a TypeError. */
export interface IpvsScheduler {
  /** Returns the id: 0, 1, 2 … */
  add(address: Uint8Array, port: number, weight: number): number;
  setWeight(id: number, weight: number): void;
  remove(id: number): void;
  setOverload(id: number, overloaded: 0 | 1): void;
  setConnections(id: number, active: number, inactive: number): void;
  /** Returns an id, or -1. */
  schedule(
    source: Uint8Array,
    sourcePort: number,
    destination: Uint8Array,
    nowNs: bigint,
    firstDraw: number,
    secondDraw: number,
  ): number;
}

export interface Addon {
  readonly NodeEngine: new (seed: number, flowCapacity: number, counters: BigUint64Array) => NodeEngine;
  readonly IpvsScheduler: new (scheduler: number, totalconns: 0 | 1) => IpvsScheduler;
  abi(): { version: number; layoutHash: bigint };
}

/** Where src/setup/install.mjs saves the compiler's output after a failed build. */
const FAILED = join('build', 'failed.log');

/** The folder that holds package.json, wherever this file runs from (src/ or dist/src/). */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

const hex = (hash: bigint): string => `0x${hash.toString(16).padStart(16, '0')}`;

/** The command that fixes it: a clone runs its setup, an installed package is built by npm. */
const remedyIn = (root: string): string =>
  existsSync(join(root, 'test'))
    ? 'run `npm run build:native` (it needs g++, make and python3), or `npm start`, which does'
    : 'install g++, make and python3, then build it: npm rebuild -g --allow-scripts=kubewire kubewire (in a project without -g)';

/** The local build, else a prebuild for this processor and C library. Throws ADDON_MISSING with the compiler's reason. */
export function addonPath(root: string = packageRoot()): string {
  const { path } = createRequire(import.meta.url)('node-gyp-build') as { path(root: string): string };
  try {
    return path(root);
  } catch {
    const log = join(root, FAILED);
    const why = existsSync(log) ? `; the compiler said:\n${readFileSync(log, 'utf8').trimEnd()}` : '';
    throw new Fault(
      'ADDON_MISSING',
      `there is no native dataplane for ${process.platform}-${process.arch} in ${root}${why}`,
      remedyIn(root),
    );
  }
}

/** Throws Fault ADDON_MISMATCH if the addon was built from another contract. */
export function checkAddon(addon: Pick<Addon, 'abi'>, path: string): void {
  const { version, layoutHash } = addon.abi();
  if (version === ABI_VERSION && layoutHash === LAYOUT_HASH) return;
  const theirs = `version ${version}, layout ${hex(layoutHash)}`;
  const ours = `version ${ABI_VERSION}, layout ${hex(LAYOUT_HASH)}`;
  throw new Fault(
    'ADDON_MISMATCH',
    `${path} was built from another contract: it has ${theirs}; this is ${ours}`,
    remedyIn(packageRoot()),
  );
}

/** Loads the addon. Any thread may do so. Throws Fault ADDON_MISSING or ADDON_MISMATCH. */
export function loadAddon(path: string = addonPath()): Addon {
  if (!existsSync(path))
    throw new Fault('ADDON_MISSING', `the native dataplane is not built: ${path} is missing`, remedyIn(packageRoot()));
  let addon: Addon;
  try {
    addon = createRequire(import.meta.url)(path) as Addon;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Fault('ADDON_MISSING', `the native dataplane cannot be loaded: ${path}: ${why}`, remedyIn(packageRoot()));
  }
  checkAddon(addon, path);
  return addon;
}
