// shapes.ts - what the server sends to the page and what the page asks, said once for both.
//
// Types alone: the page is bundled for browsers, and takes nothing else from the server.

import type { TraceStep } from '../../observe/steps.js';
import type { TraceResult } from '../../observe/trace.js';
import type { Row } from '../../story/play.js';

/** A machine outside the cluster. */
export interface ClientRow {
  readonly kind: 'client';
  readonly id: string;
  readonly name: string;
  readonly addresses: readonly string[];
}

export interface NodeRow {
  readonly kind: 'node';
  readonly id: string;
  readonly name: string;
  readonly addresses: readonly string[];
  readonly ready: boolean;
  /** Of the tables in force on it; '' where no lab runs. */
  readonly strategy: string;
}

export interface PodRow {
  readonly kind: 'pod';
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  /** Name of its node; '' while it has none. */
  readonly node: string;
  readonly addresses: readonly string[];
  readonly phase: string;
  readonly ready: boolean;
}

export interface ServiceRow {
  readonly kind: 'service';
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly addresses: readonly string[];
  /** `80/TCP`, `80:30080/TCP` */
  readonly ports: readonly string[];
  /** Addresses at the load balancer. */
  readonly balanced: readonly string[];
  /** Ids of the pods behind it, in order; those that are not ready are left out. */
  readonly endpoints: readonly string[];
  /** Addresses that are ready behind it, whoever has them. */
  readonly ready: number;
}

/** What the map draws. An id is `client/NAME`, `node/NAME`, `pod/NAMESPACE/NAME` or `service/NAMESPACE/NAME`. */
export type MapRow = ClientRow | NodeRow | PodRow | ServiceRow;

/** Counters of a node (or of `fabric`) since it started. */
export interface NodeSample {
  readonly receivedFrames: number;
  readonly receivedBytes: number;
  readonly sentFrames: number;
  readonly sentBytes: number;
  /** Connections tracked now. */
  readonly flows: number;
  /** First packets of connections to Services. */
  readonly begun: number;
  /** Name of a reason of class drop or reject → frames. */
  readonly losses: Readonly<Record<string, number>>;
}

/** All counters at one moment. */
export interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly nodes: Readonly<Record<string, NodeSample>>;
  /** Tables brought up to date on all nodes: how often since the lab started, and how many seconds that took together. */
  readonly syncs: { readonly count: number; readonly seconds: number };
}

/** Traffic of the last second between two rows of the map, by way of a Service or directly. */
export interface Edge {
  readonly from: string;
  readonly service: string | null;
  readonly to: string;
  readonly packets: number;
  readonly bytes: number;
}

/** What the lab is. */
export interface LabFacts {
  readonly name: string;
  readonly strategy: string;
  readonly dataplane: string;
  readonly strategies: readonly string[];
  /** Nodes that are switched off. */
  readonly stopped: readonly string[];
}

/** A question about a packet: as for `kubewire trace`, under each of some strategies. */
export interface PathQuestion {
  readonly from: string;
  readonly to: string;
  readonly proto: string;
  readonly node?: string;
  /** Empty: that of the lab, or of each node. */
  readonly strategies: readonly string[];
}

/** A step with the packet's first bytes, in hexadecimal, as they came and as they left (null: nothing left). */
export interface PathStep extends TraceStep {
  readonly bytes: { readonly before: string; readonly after: string | null };
}

/** What becomes of the packet under one strategy. */
export interface PathAnswer {
  readonly result: Omit<TraceResult, 'steps'>;
  readonly steps: readonly PathStep[];
  /** The ending in a sentence. */
  readonly ending: string;
  readonly advice: readonly string[];
  /** Ids of the map's rows that it meets, in order. */
  readonly way: readonly string[];
}

/** The tables of one node, as its strategy's own tool writes them. */
export interface RulesAnswer {
  readonly node: string;
  readonly strategy: string;
  /** `nft`, `iptables-save` … */
  readonly format: string;
  readonly lines: readonly string[];
}

/** What a Service that is not yet applied would change for packets, in classes that are decided (observe/compare.ts). */
export interface PreviewAnswer {
  readonly classes: number;
  readonly differing: number;
  readonly groups: readonly {
    readonly kind: string;
    readonly count: number;
    /** An example, and what becomes of it. */
    readonly packet: string;
    readonly before: string;
    readonly after: string;
  }[];
  /** Endpoints follow another selector or target port only when it is applied; here they are those of now. */
  readonly endpointsFollow: boolean;
}

/** A story that can be played. */
export interface ScenarioAnswer {
  readonly name: string;
  readonly title: string;
  readonly strategies: readonly string[];
  /** In Markdown. */
  readonly page: string;
}

/** A line of JSON of a story that is being played. */
export type ScenarioNews =
  /** Its lab runs, and has a page of its own at this address. */
  | { readonly type: 'lab'; readonly address: string }
  /** The command at this line of the story's page was typed. */
  | {
      readonly type: 'step';
      readonly line: number;
      readonly text: string;
      readonly exit: number;
      readonly well: boolean;
    }
  | { readonly type: 'end'; readonly row: Row };

/** A message of the live channel. */
export type LiveMessage =
  /** First of all: everything there is, and the last minutes. */
  | {
      readonly type: 'hello';
      readonly lab: LabFacts | null;
      readonly rows: readonly MapRow[];
      readonly samples: readonly Sample[];
    }
  | { readonly type: 'rows'; readonly put: readonly MapRow[]; readonly gone: readonly string[] }
  | { readonly type: 'lab'; readonly lab: LabFacts | null }
  /** Once a second. `edges` is null when there are too many connections to look at each of them. */
  | { readonly type: 'sample'; readonly sample: Sample; readonly edges: readonly Edge[] | null }
  /** Kinds of which objects have changed. */
  | { readonly type: 'changed'; readonly kinds: readonly string[] };
