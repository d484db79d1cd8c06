// answer.ts - what becomes of a packet on a node, as the JSON of `kubewire explain`: verdict, branches and steps.
import type { Known, KnownEndpoint, Written } from '../objects/known.js';
import type { Here } from './fields.js';
import type { EndVerdict, Leaf } from './leaves.js';
import { addressText, type Question } from './packet.js';
import { serviceOf } from './services.js';
import { type Step, stepsOf } from './trail.js';
import { Walk, type WalkOptions } from './walk.js';

export interface Branch {
  /** From 0 to 1; under the conditions of `depends` where there are any, else the branches sum to 1. */
  readonly probability: number;
  readonly verdict: EndVerdict;
  /** Where the packet goes in the end; null for what was dropped or is not known. */
  readonly address: string | null;
  readonly port: number | null;
  /** Its source is rewritten. */
  readonly masquerade: boolean;
  /** Conditions that hold on this branch and that no dump decides. */
  readonly depends: readonly string[];
  /** With objects: who answers there; null for nobody that they know. */
  readonly endpoint?: KnownEndpoint | null;
}

export interface AnswerStep {
  readonly hook: string;
  readonly table: string;
  readonly chain: string;
  readonly rule: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly matched: boolean;
  readonly effect: string;
  /** `namespace/name:port` of the Service that the rule is for. */
  readonly service: string | null;
  /** With objects: where that port of the Service is written; null where no file has it. */
  readonly written?: Written | null;
}

/** Version 1: fields may be added, none changes its meaning. */
export interface Answer {
  readonly version: 1;
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly verdict: EndVerdict;
  readonly service: string | null;
  readonly written?: Written | null;
  readonly branches: readonly Branch[];
  /** The way of the first branch. */
  readonly steps: readonly AnswerStep[];
  /** What was taken for granted, as sentences. */
  readonly notes: readonly string[];
}

/** A question with the words in which it was asked. */
interface Asked {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly question: Question;
}

const DIGITS = 1e6;

function branchOf({ verdict, packet, probability, depends }: Leaf, known: Known | null): Branch {
  const arrives = verdict === 'dnat' || verdict === 'accept';
  const address = arrives ? addressText(packet.family, packet.destination) : null;
  return {
    probability: Math.round(probability * DIGITS) / DIGITS,
    verdict,
    address,
    port: arrives && packet.destinationPort !== null ? Number(packet.destinationPort) : null,
    masquerade: arrives && packet.sourceRewritten,
    depends,
    ...(known && { endpoint: address === null ? null : known.endpointAt(address) }),
  };
}

function stepOf({ hook, table, chain, rule, place, matched, effect, comment }: Step, known: Known | null): AnswerStep {
  const service = serviceOf(chain, comment) ?? known?.serviceOf(chain) ?? null;
  return {
    hook,
    table,
    chain,
    rule,
    file: place?.file ?? null,
    line: place?.line ?? null,
    matched,
    effect,
    service,
    ...(known && { written: service === null ? null : known.writtenAt(service) }),
  };
}

/** One verdict if all branches have the same, else `depends`. */
function verdictOf(branches: readonly Branch[]): EndVerdict {
  const [first] = branches;
  return first && branches.every(({ verdict }) => verdict === first.verdict) ? first.verdict : 'depends';
}

/** The first packet is that of a client that no list of session affinity remembers. */
const FRESH =
  'No client is remembered by a recent list: this is the first packet of a client without session affinity.';

/** Nobody said which addresses the node has. */
const POD =
  'Nobody gave the addresses of the node (--local-address): endpoints are taken to be pods, not the node itself.';

function notesOf({ node, addresses }: Here, steps: readonly Step[], leaves: readonly Leaf[]): string[] {
  const recent = steps.some(({ rule }) => rule.includes('-m recent'));
  const pods = addresses === null && leaves.some(({ packet }) => packet.destinationRewritten);
  return [...node.notes, ...(recent ? [FRESH] : []), ...(pods ? [POD] : [])];
}

/**
 * Explains packets on one node. Rules are ordered once.
 * @param known what objects of the cluster say about chains and addresses; null without any
 */
export function explainer(here: Here, options: WalkOptions = {}, known: Known | null = null): (asked: Asked) => Answer {
  const walk = new Walk(here, options);
  return ({ from, to, protocol, question }) => {
    const leaves = walk.ends(question);
    const branches = leaves.map((leaf) => branchOf(leaf, known));
    const steps = stepsOf(leaves[0]?.trail ?? null);
    const told = steps.map((step) => stepOf(step, known));
    const service = told.find((step) => step.matched && step.service !== null)?.service ?? null;
    return {
      version: 1,
      from,
      to,
      protocol,
      verdict: verdictOf(branches),
      service,
      ...(known && { written: service === null ? null : known.writtenAt(service) }),
      branches,
      steps: told,
      notes: notesOf(here, steps, leaves),
    };
  };
}
