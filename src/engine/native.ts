// native.ts - createNativeEngine: an Engine on top of the addon's NodeEngine, running on the calling thread.

import { type Decision, type FlowRow, ImageErrorNames, LAYOUT, Verdict } from '../abi/abi.gen.js';
import { COUNTERS } from '../abi/layout.js';
import { readRow } from '../image/decode.js';
import { Fault } from '../model/fault.js';
import { ETHERNET_BYTES, LONGEST_PACKET_BYTES } from '../wire/headers.js';
import { loadAddon } from './addon.js';
import { bytesOf, drawsOf, frameOf, optionsOf, timeOf, wholeNumber } from './arguments.js';
import type { Engine, EngineOptions, FrameIn, Offload, Outcome } from './engine.js';
import { FLOW_CAPACITY, NO_OFFLOAD } from './engine.js';

/** Fits the longest frame of a device; longer frames get a longer buffer. */
const BUFFER_BYTES = LONGEST_PACKET_BYTES + ETHERNET_BYTES;

const MOST_PLACES = 0xffffffff;

function writeOffload(words: Uint32Array, offload: Offload): void {
  words[0] = offload.needsChecksum ? 1 : 0;
  words[1] = offload.gsoType;
  words[2] = offload.gsoSize;
  words[3] = offload.headerLength;
  words[4] = offload.checksumStart;
  words[5] = offload.checksumOffset;
}

function readOffload(words: Uint32Array): Offload {
  const [needs = 0, gsoType = 0, gsoSize = 0, headerLength = 0, checksumStart = 0, checksumOffset = 0] = words;
  return { needsChecksum: needs !== 0, gsoType, gsoSize, headerLength, checksumStart, checksumOffset };
}

/** An engine that can stop and go on elsewhere. */
export interface NativeEngine extends Engine {
  /** Everything that decides about later frames; empty before the first image. */
  save(): Uint8Array;
  /** Goes on where the engine that was saved stood; before anything else. Throws Fault IMAGE_REFUSED for anything else. */
  restore(state: Uint8Array, nowNs: bigint): void;
  /** Forgets expired flows in the next places of the flow table. */
  sweep(nowNs: bigint, places: number): void;
}

/** Throws Fault ADDON_MISSING or ADDON_MISMATCH. */
export function createNativeEngine(given: EngineOptions): NativeEngine {
  const options = optionsOf(given);
  const addon = loadAddon();
  const cells = new BigUint64Array(new SharedArrayBuffer(COUNTERS.cells * 8));
  const node = new addon.NodeEngine(options.seed >>> 0, options.flowCapacity ?? FLOW_CAPACITY, cells);
  let buffer = new Uint8Array(BUFFER_BYTES);
  const offload = new Uint32Array(6);
  const decisionBytes = new Uint8Array(LAYOUT.Decision.size);
  const decisionView = new DataView(decisionBytes.buffer);

  return {
    kind: 'native',
    load(image, nowNs) {
      const error = node.load(bytesOf(image, 'the image'), timeOf(nowNs));
      if (error !== 0) throw new Fault('IMAGE_REFUSED', `table image refused: ${ImageErrorNames[error] ?? error}`);
    },
    patch(patch, nowNs) {
      const error = node.patch(bytesOf(patch, 'the patch'), timeOf(nowNs));
      if (error !== 0) throw new Fault('IMAGE_REFUSED', `patch refused: ${ImageErrorNames[error] ?? error}`);
    },
    process(given: FrameIn, nowNs: bigint): Outcome {
      const frame = frameOf(given);
      timeOf(nowNs);
      writeOffload(offload, frame.offload ?? NO_OFFLOAD);
      if (frame.bytes.length > buffer.length) buffer = new Uint8Array(frame.bytes.length);
      const length = node.process(frame.bytes, frame.bytes.length, frame.port, offload, nowNs, decisionBytes, buffer);
      const decision = readRow(decisionView, 0, LAYOUT.Decision) as unknown as Decision;
      if (decision.verdict === Verdict.DROP) return { decision, out: null };
      const { outPort: port, nextHop } = decision;
      return { decision, out: { port, nextHop, bytes: buffer.slice(0, length), offload: readOffload(offload) } };
    },
    scriptRandom: (draws) => node.scriptRandom(Uint32Array.from(drawsOf(draws))),
    flows(nowNs: bigint): FlowRow[] {
      const stride = LAYOUT.FlowRow.size;
      const rows = new Uint8Array(node.flowCount() * stride);
      const count = node.flows(rows, timeOf(nowNs));
      const view = new DataView(rows.buffer);
      return Array.from({ length: count }, (_, i) => readRow(view, i * stride, LAYOUT.FlowRow) as unknown as FlowRow);
    },
    save: () => node.save(),
    restore(state, nowNs) {
      if (!node.restore(bytesOf(state, 'the state'), timeOf(nowNs))) {
        throw new Fault('IMAGE_REFUSED', 'the state of the node is not what an engine of this build has saved');
      }
    },
    sweep: (nowNs, places) => node.sweep(timeOf(nowNs), wholeNumber(places, MOST_PLACES, 'the number of places')),
    counters: () => Array.from(cells),
    close: () => node.close(),
  };
}
