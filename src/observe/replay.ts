// replay.ts - frames of a capture through the dataplanes of a world, in memory: what each of them made of each frame.

import type { Decision } from '../abi/abi.gen.js';
import { Verdict } from '../abi/abi.gen.js';
import { NONE } from '../abi/layout.js';
import type { FrameOut } from '../engine/engine.js';
import type { TracedFrame } from '../engine/tracering.js';
import { Fault } from '../model/fault.js';
import { nodeNamed } from '../topology/naming.js';
import { FABRIC_ID } from '../topology/topology.js';
import { type Hop, Namer } from './capture/hop.js';
import type { Dataplane, Fleet } from './fleet.js';
import { senderPlace } from './flow.js';
import { uplinkTo } from './walk.js';

/** Where frames come in. */
interface Entrance {
  /** `pod/NAMESPACE/NAME`, `client/NAME`, `node/NAME`, `link/NAME` */
  readonly name: string;
  readonly plane: Dataplane;
  readonly port: number;
}

const LINK = 'link/';
/** More dataplanes than this in a row mean a routing loop. */
const MOST_HOPS = 8;

/** Throws Fault NOT_FOUND or USAGE if nobody is called so. */
export function entranceOf(fleet: Fleet, text: string, namespace: string): Entrance {
  const isLink = text.startsWith(LINK);
  const link = isLink ? nodeNamed(text.slice(LINK.length), fleet.world.topology.nodes) : null;
  const place = link ? { name: `${LINK}${link.name}`, node: link.id } : senderPlace(fleet.world, text, namespace);
  const plane = fleet.node(place.node ?? FABRIC_ID);
  const port = plane?.attachment.ports.findIndex(({ name }) => name === (link ? 'uplink' : place.name)) ?? -1;
  if (plane && port >= 0) return { name: place.name, plane, port };
  throw new Fault('USAGE', `frames cannot come in at ${text}`, 'Use pod/NAME, client/NAME, node/NAME or link/NODE.');
}

const NO_OFFLOADS = {
  ...{ inNeedsChecksum: 0, inGsoType: 0, inGsoSize: 0, inHeaderLength: 0, inChecksumStart: 0, inChecksumOffset: 0 },
  ...{
    outNeedsChecksum: 0,
    outGsoType: 0,
    outGsoSize: 0,
    outHeaderLength: 0,
    outChecksumStart: 0,
    outChecksumOffset: 0,
  },
};

/** As a shard would tell it. */
function traced(
  plane: Dataplane,
  inPort: number,
  atNs: bigint,
  before: Uint8Array,
  decision: Decision,
  out: FrameOut | null,
): TracedFrame {
  const after = out?.bytes ?? null;
  const row = {
    ...decision,
    ...NO_OFFLOADS,
    ...{ bytes: 0, node: plane.id, atNs, clockNs: atNs, inPort, kind: 0, lostTo: 0, sequence: 0n, places: 0 },
    ...{ generation: plane.tables.generation, inLength: before.length, inKept: before.length },
    ...{ outPort: out?.port ?? NONE, outLength: after?.length ?? 0, outKept: after?.length ?? 0 },
  };
  return { row, before, after };
}

export class Replay {
  readonly #fleet: Fleet;
  readonly #entrance: Entrance;
  readonly #namer: Namer;
  #clockNs = 0n;

  constructor(fleet: Fleet, entrance: Entrance) {
    this.#fleet = fleet;
    this.#entrance = entrance;
    this.#namer = new Namer((id) => {
      const plane = fleet.node(id);
      return plane ? { ...plane, strategy: fleet.strategyOn(plane.name) } : undefined;
    });
  }

  /** What becomes of a frame, hop by hop. Time never goes back: a frame with an earlier stamp comes now. */
  run(frame: Uint8Array, atNs: bigint): Hop[] {
    if (atNs > this.#clockNs) this.#clockNs = atNs;
    const hops: Hop[] = [];
    let plane: Dataplane | null = this.#entrance.plane;
    let { port } = this.#entrance;
    let bytes = frame;
    while (plane && hops.length < MOST_HOPS) {
      const { decision, out } = plane.engine.process({ port, bytes }, this.#clockNs);
      hops.push(this.#namer.name(traced(plane, port, this.#clockNs, bytes, decision, out)));
      if (!out) break;
      // An answer goes back where the frame came from; beyond an uplink that is another node.
      const next: Dataplane | null = out.nextHop === NONE ? null : this.#fleet.node(out.nextHop);
      if (!next || (decision.verdict !== Verdict.FORWARD && decision.verdict !== Verdict.REPLY)) break;
      port = uplinkTo(next, plane.id);
      bytes = out.bytes;
      plane = port < 0 ? null : next;
    }
    return hops;
  }
}
