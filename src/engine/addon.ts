// addon.ts - finds and loads kubewire.node, once it is sure that both sides speak of the same layout.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LAYOUT_HASH } from '../abi/abi.gen.js';
import { ABI_VERSION } from '../abi/layout.js';
import { Fault } from '../model/fault.js';

/** native/binding/engine_object.cc: one node's dataplane on the thread that calls it. */
export interface NodeEngine {
  /** Returns an ImageError; the image is copied. */
  load(image: Uint8Array, nowNs: bigint): number;
  /** Returns an ImageError; rows of the image in force change, or nothing does. */
  patch(patch: Uint8Array, nowNs: bigint): number;
  /** Runs `frame[0..length)` in `out`; `offload` (6 words) and `decision` (64 bytes) are filled. Returns bytes in `out`. */
  process(
    frame: Uint8Array,
    length: number,
    port: number,
    offload: Uint32Array,
    nowNs: bigint,
    decision: Uint8Array,
    out: Uint8Array,
  ): number;
  /** Runs frames that lie one behind the other `rounds` times, each restored before it runs; times exclude the restoring. */
  processBatch(
    frames: Uint8Array,
    lengths: Uint32Array,
    ports: Uint32Array,
    rounds: number,
    nowNs: bigint,
  ): { nsPerFrame: number; forwarded: number };
  scriptRandom(draws: Uint32Array): void;
  /** An upper bound for the rows of flows(). */
  flowCount(): number;
  /** Fills `out` with FlowRows; returns how many. */
  flows(out: Uint8Array, nowNs: bigint): number;
  /** Forgets expired flows in the next `places` places. */
  sweep(nowNs: bigint, places: number): void;
  close(): void;
}

/** native/binding/scheduler_object.cc: one virtual server. Addresses have 16 bytes; a wrong argument is a TypeError. */
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

/** Where src/setup/install.mjs leaves what the compiler said when it failed. */
const FAILED = join('build', 'failed.log');

/** The folder of package.json, from wherever this file runs (src/ or dist/src/). */
function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

const hex = (hash: bigint): string => `0x${hash.toString(16).padStart(16, '0')}`;

/** What to type here: a clone has its setup, an installed package is built by npm. */
const remedyIn = (root: string): string =>
  existsSync(join(root, 'test'))
    ? 'run `npm run build:native` (it needs g++, make and python3), or `npm start`, which does'
    : 'install g++, make and python3, then build it: npm rebuild -g --allow-scripts=kubewire kubewire (in a project without -g)';

/** Built here, else prebuilt for this processor and C library. Throws Fault ADDON_MISSING, with the compiler's reason. */
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

/** Throws Fault ADDON_MISMATCH when an addon was built from another contract. */
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

/** The addon. Any thread may load it. Throws Fault ADDON_MISSING or ADDON_MISMATCH. */
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
