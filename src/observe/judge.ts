// judge.ts - what tables do with the first packet of a class: the verdict, and every endpoint that can be chosen.
import { type BackendRow, type Decision, EndpointList, PortKind, PortKindNames, Verdict } from '../abi/abi.gen.js';
import { reasonSpec } from '../abi/reasons.js';
import { type StrategySpec, strategySpec } from '../abi/strategies.js';
import type { Outcome } from '../engine/engine.js';
import { formatBytes } from '../model/address.js';
import { swap16 } from '../wire/bytes.js';
import type { FirstPacket } from './classes.js';
import { buildFirst } from './first.js';
import type { CreateEngine, Dataplane } from './fleet.js';
import { SOURCE_PORT } from './flow.js';
import { readTuple } from './probe.js';
import { Runner } from './runner.js';
import { isDrawn, type MemberList, sharesOf, withDraws } from './shares.js';
import { isMasqueraded, mergeBackends, type TraceBackend, type TraceVerdict, verdictOf } from './trace.js';
import { frontendKindName, reasonName, type Stage } from './walk.js';

/** What happens to the packets of a class under one set of tables. */
export interface ClassOutcome {
  readonly verdict: TraceVerdict;
  /** Name of the Reason. */
  readonly reason: string;
  /** Sorted by address and port. */
  readonly backends: readonly TraceBackend[];
  /**
   * Where a packet that keeps its destination ends: the kind of the port it leaves through, with `*` if masqueraded. ''
   * for `dnat`, where it depends on the endpoint, and so on draws and hashes.
   */
  readonly end: string;
  /** All endpoints are on the node itself. */
  readonly list: 'cluster' | 'local' | null;
  readonly choices: number;
  /** Kind of the frontend that it met (a name of FrontendKind), and its Service port. */
  readonly frontend: string | null;
  readonly service: string | null;
  /** Every decision and every frame, byte for byte; '' unless asked for. */
  readonly trail: string;
}

/** A draw that no rule of a cascade takes, and one that any rule takes. */
const MISS = 0x7fffffff;
const HIT = 0;

/** Smallest 32-bit draw that selects member i of n: (draw · n) >> 32 = i (native/law/choose.md). */
const uniformDraw = (i: number, n: number): number => Number((BigInt(i) * 2n ** 32n + BigInt(n) - 1n) / BigInt(n));

/** Draws that may select member i of n: one scaled draw, or one per rule. A last draw is for the source port. */
const SCRIPTS = {
  scaled: (i: number, n: number): number[] => [uniformDraw(i, n), 0],
  cascade: (i: number, n: number): number[] => [...new Array<number>(i).fill(MISS), ...(i < n - 1 ? [HIT] : []), 0],
};
type Style = keyof typeof SCRIPTS;

/** The ring has no draws: it is judged by tables without rings. */
const STYLES: Readonly<Record<StrategySpec['choice'], Style>> = {
  random: 'scaled',
  cascade: 'cascade',
  ring: 'scaled',
};

/** Runs first packets through the tables of one dataplane. */
export class Judge {
  readonly plane: Dataplane;
  readonly #runner: Runner;
  /** The same tables with every choice left to draws; the runner itself when that changes nothing. */
  readonly #drawn: Runner;
  #style: Style;
  readonly #exact: boolean;
  #trail: string[] = [];
  readonly #endpoints = new Map<number, { address: string; port: number }>();

  /** @param exact judge the engine itself: every byte counts */
  constructor(plane: Dataplane, create: CreateEngine, exact = false) {
    const { tables } = plane;
    this.plane = plane;
    this.#exact = exact;
    this.#style = STYLES[strategySpec(tables.strategy).choice];
    this.#runner = new Runner(tables, create);
    this.#drawn = tables.SERVICE.every(isDrawn) ? this.#runner : new Runner(withDraws(tables), create);
  }

  /** @param frame the packet, from buildFirst */
  judge(packet: FirstPacket, frame = buildFirst(packet)): ClassOutcome {
    this.#trail = [];
    const outcome = this.#run(packet, frame);
    this.#note(outcome);
    const { decision } = outcome;
    const stage = { plane: this.plane, decision };
    const verdict = verdictOf(stage);
    const backends = verdict === 'dnat' ? this.#backends(packet, frame, decision) : [];
    return {
      verdict,
      reason: reasonName(decision),
      backends,
      end: verdict === 'dnat' ? '' : this.#end(decision),
      list: listName(decision),
      choices: decision.choices,
      frontend: frontendKindName(stage),
      service: this.plane.tables.names.services[decision.service] ?? null,
      trail: this.#trail.join('\n'),
    };
  }

  /**
   * What the packet meets. IPVS can hash one client to a destination without weight, which refuses it
   * (ip_vs_sh_schedule); the class is told by a client that is served, if there is one.
   */
  #run(packet: FirstPacket, frame: Uint8Array): ReturnType<Runner['run']> {
    const outcome = this.#runner.run(packet.inPort, frame, [0, 0]);
    const { decision } = outcome;
    const { BACKEND } = this.plane.tables;
    const isRefused = verdictOf({ plane: this.plane, decision }) === 'reject' && decision.choices > 0;
    const isServed = isRefused && this.#members(decision).some((row) => (BACKEND[row]?.weight ?? 0) > 0);
    return isServed ? this.#drawn.run(packet.inPort, frame, [0, 0]) : outcome;
  }

  /** The packet's stage for a renderer, with that endpoint as the choice if it can be chosen, else with the first. */
  stage(packet: FirstPacket, wanted?: Pick<TraceBackend, 'address' | 'port'>): Stage {
    const frame = buildFirst(packet);
    const first = this.#runner.run(packet.inPort, frame, [0, 0]);
    const rows = this.#members(first.decision);
    const at = rows.findIndex((row) => {
      const backend = this.plane.tables.BACKEND[row];
      return backend && formatBytes(backend.address) === wanted?.address && swap16(backend.port_be) === wanted.port;
    });
    if (rows.length === 0) return stageOf(this.plane, packet, frame, first);
    const script = SCRIPTS[this.#style](Math.max(0, at), rows.length);
    return stageOf(this.plane, packet, frame, this.#drawn.run(packet.inPort, frame, script));
  }

  close(): void {
    this.#runner.close();
    this.#drawn.close();
  }

  #end(decision: Decision): string {
    if (decision.verdict !== Verdict.FORWARD) return '';
    const kind = PortKindNames[this.plane.tables.PORT[decision.outPort]?.kind ?? PortKind.HOST] ?? '';
    return `${kind}${decision.masquerade === 0 ? '' : '*'}`;
  }

  /** The BACKEND rows from which the choice was made. */
  #members({ service: row, list, choices }: Decision): number[] {
    const { tables } = this.plane;
    const service = tables.SERVICE[row];
    if (!service) return [];
    const from = list === EndpointList.LOCAL ? service.localFirst : service.clusterFirst;
    return tables.MEMBER.slice(from, from + choices).map(({ index }) => index);
  }

  #backends(packet: FirstPacket, frame: Uint8Array, first: Decision): TraceBackend[] {
    const { tables } = this.plane;
    const service = tables.SERVICE[first.service];
    if (!service) return [];
    const rows = this.#members(first);
    const list: MemberList = { isLocal: first.list === EndpointList.LOCAL, rows };
    const shares = sharesOf(tables, service, list);
    // Rules ask two things of an endpoint: is it the client, and is it on this node? One of each sort will do.
    const bySort = new Map<string, boolean>();
    const found: TraceBackend[] = [];
    for (const [i, row] of rows.entries()) {
      const backend = tables.BACKEND[row];
      const probability = shares[i] ?? 0;
      if (!backend || probability === 0) continue;
      const { address, port } = this.#endpoint(row, backend);
      const sort = this.#exact ? String(i) : `${address === packet.source} ${backend.flags}`;
      let masquerade = bySort.get(sort);
      if (masquerade === undefined) {
        masquerade = isMasqueraded({ decision: this.#steer(packet, frame, i, list, first) });
        bySort.set(sort, masquerade);
      }
      found.push({ address, port, probability, masquerade });
    }
    if (found.length < 2) return found;
    return mergeBackends(found).sort((x, y) =>
      x.address < y.address || (x.address === y.address && x.port < y.port) ? -1 : 1,
    );
  }

  /** An endpoint's address as text, and its port. Cached because it is needed again and again. */
  #endpoint(row: number, backend: BackendRow): { address: string; port: number } {
    let known = this.#endpoints.get(row);
    if (!known) {
      known = { address: formatBytes(backend.address), port: swap16(backend.port_be) };
      this.#endpoints.set(row, known);
    }
    return known;
  }

  /** The decision that chooses member i. */
  #steer(packet: FirstPacket, frame: Uint8Array, i: number, list: MemberList, first: Decision): Decision {
    if (first.backend === list.rows[i]) return first;
    for (const style of [this.#style, this.#style === 'cascade' ? 'scaled' : 'cascade'] as const) {
      const outcome = this.#drawn.run(packet.inPort, frame, SCRIPTS[style](i, list.rows.length));
      this.#note(outcome);
      const { decision } = outcome;
      if (decision.backend !== list.rows[i]) continue;
      this.#style = style;
      return decision;
    }
    throw new Error(`no draw makes member ${i} of ${list.rows.length} the choice at ${packet.destination}`);
  }

  #note(outcome: Outcome): void {
    if (this.#exact) this.#trail.push(textOf(outcome));
  }
}

const textOf = ({ decision, out }: Outcome): string =>
  JSON.stringify([decision, out && { ...out, bytes: Buffer.from(out.bytes).toString('hex') }]);

const listName = (decision: Decision): 'cluster' | 'local' | null =>
  decision.list === EndpointList.CLUSTER ? 'cluster' : decision.list === EndpointList.LOCAL ? 'local' : null;

function stageOf(plane: Dataplane, packet: FirstPacket, frame: Uint8Array, { decision, out }: Outcome): Stage {
  const forwarded = decision.verdict === Verdict.FORWARD && out !== null;
  const before = {
    source: packet.source,
    sourcePort: SOURCE_PORT,
    destination: packet.destination,
    destinationPort: packet.destinationPort,
  };
  return {
    plane,
    inPort: packet.inPort,
    frame,
    decision,
    out,
    before,
    after: forwarded && packet.protocol !== 'OTHER' ? readTuple(out.bytes) : null,
  };
}

/** Shares closer to each other than this count as equal: a Maglev ring is not exactly even. */
const SHARE_TOLERANCE = 0.01;

export const sameShare = (a: number, b: number): boolean => Math.abs(a - b) < SHARE_TOLERANCE;

/** True if the engines did the same to the last bit. */
export const sameTrail = (a: ClassOutcome, b: ClassOutcome): boolean => a.trail === b.trail;

/** True if nobody who sends and receives packets could tell the two apart. */
export function sameOutcome(a: ClassOutcome, b: ClassOutcome): boolean {
  if (a.verdict !== b.verdict) return false;
  if (a.verdict === 'drop' || a.verdict === 'reject') return true;
  if (a.verdict !== 'dnat') {
    // A packet that went nowhere has a reason; all others left through a port.
    const wentOn = (one: ClassOutcome): boolean => (reasonSpec(one.reason)?.class ?? 'deliver') === 'deliver';
    const ending = (one: ClassOutcome): string => (wentOn(one) ? one.end : one.reason);
    return ending(a) === ending(b);
  }
  return (
    a.backends.length === b.backends.length &&
    a.backends.every((backend, i) => {
      const other = b.backends[i];
      return (
        other !== undefined &&
        backend.address === other.address &&
        backend.port === other.port &&
        backend.masquerade === other.masquerade &&
        sameShare(backend.probability, other.probability)
      );
    })
  );
}
