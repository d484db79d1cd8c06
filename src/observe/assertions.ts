// assertions.ts - expectations in plain sentences, and whether the tables meet them for every sender and every frontend.

import { formatEndpoint, sameFamily } from '../model/address.js';
import type { Service } from '../model/objects.js';
import type { FrontendKind } from '../topology/frontends.js';
import { listFrontends } from '../topology/frontends.js';
import { serviceNamed } from '../topology/naming.js';
import type { MatrixBuilder, MatrixCell, MatrixRow } from './matrix.js';
import type { Tracer } from './trace.js';
import type { World } from './world.js';

type Who = 'outside' | 'pods' | 'nodes' | 'everywhere';

/** A sentence, read. */
export type Expectation =
  | {
      readonly kind: 'reach';
      readonly service: string;
      readonly who: Who;
      readonly on: string | null;
      readonly does: boolean;
    }
  | {
      readonly kind: 'address';
      readonly service: string;
      readonly who: Who;
      readonly on: string | null;
      readonly kept: boolean;
    }
  | { readonly kind: 'pods'; readonly service: string; readonly namespace: string; readonly does: boolean };

/** Sentences that can be read, an example of each. */
export const FORMS = [
  'svc/shop/db is unreachable from outside',
  'svc/shop/web is reachable from outside on its LoadBalancer',
  "client address is kept on svc/shop/web's NodePort",
  'every pod of ns shop reaches svc/shop/api',
  'no pod of ns guest reaches svc/shop/db',
] as const;

const KIND = '(clusterip|nodeport|loadbalancer|externalip)s?';
const WHO = '(outside|pods|nodes|everywhere)';
const REACH = new RegExp(`^svc/(\\S+) is (un)?reachable from ${WHO}(?: on its ${KIND})?$`, 'i');
const ADDRESS = new RegExp(
  `^(?:the )?client address is (kept|hidden) on svc/(\\S+?)(?:'s ${KIND})?(?: from ${WHO})?$`,
  'i',
);
const PODS = /^(every|no) pod of ns (\S+) reaches svc\/(\S+)$/i;

/** Null for a sentence of no known form. */
export function readExpectation(sentence: string): Expectation | null {
  const text = sentence.trim().replace(/\s+/g, ' ').replace(/\.$/, '');
  const reach = REACH.exec(text);
  if (reach) {
    const [, service = '', un, who = '', on = null] = reach;
    return { kind: 'reach', service, who: who.toLowerCase() as Who, on, does: un === undefined };
  }
  const address = ADDRESS.exec(text);
  if (address) {
    const [, word = '', service = '', on = null, who = 'outside'] = address;
    return { kind: 'address', service, who: who.toLowerCase() as Who, on, kept: word.toLowerCase() === 'kept' };
  }
  const pods = PODS.exec(text);
  if (!pods) return null;
  const [, every = '', namespace = '', service = ''] = pods;
  return { kind: 'pods', service, namespace, does: every.toLowerCase() === 'every' };
}

export interface Judgement {
  readonly holds: boolean;
  /** Cases that were decided: senders × frontends. */
  readonly cases: number;
  /** What speaks against it, one line each; why nothing could be decided, if nothing could. */
  readonly against: readonly string[];
}

/** Everything needed to judge under one strategy. */
export interface Court {
  readonly world: World;
  readonly strategy: string;
  readonly matrix: MatrixBuilder;
  readonly tracer: Tracer;
}

const isWho = (who: Who, { role }: MatrixRow): boolean => {
  if (who === 'everywhere') return true;
  if (who === 'outside') return role.startsWith('outside');
  return who === 'nodes' ? role.startsWith('node') : role.startsWith('pod') || role === 'endpoint itself';
};

const isKind = (on: string | null, kind: FrontendKind): boolean =>
  on === null || kind.toLowerCase() === on.toLowerCase();
const isReached = (cell: MatrixCell | undefined): boolean => cell?.verdict === 'dnat' && !cell.astray;

function caseText(row: MatrixRow, cell: MatrixCell | undefined): string {
  const outcome =
    cell?.verdict === 'dnat' ? (cell.astray ? 'no answer' : `reached, address ${cell.source}`) : `${cell?.verdict}`;
  return `${row.role} (${row.source}) → ${row.frontend} ${formatEndpoint(row.address, row.port)}/${row.protocol}: ${outcome} (${cell?.reason})`;
}

const NOTHING: Judgement = {
  holds: false,
  cases: 0,
  against: ['there is no such sender or frontend: nothing was decided'],
};

const judged = (cases: number, against: readonly string[]): Judgement =>
  cases === 0 ? NOTHING : { holds: against.length === 0, cases, against };

interface Case {
  readonly row: MatrixRow;
  readonly cell: MatrixCell | undefined;
}

/** Reachable without a kind: every sender by at least one frontend. Otherwise all frontends count. */
function judgeReach({ does, on }: Extract<Expectation, { kind: 'reach' }>, cases: readonly Case[]): Judgement {
  const told = (wrong: readonly Case[]): string[] => wrong.map(({ row, cell }) => caseText(row, cell));
  if (!does) return judged(cases.length, told(cases.filter(({ cell }) => isReached(cell))));
  if (on !== null) return judged(cases.length, told(cases.filter(({ cell }) => !isReached(cell))));
  const happy = new Set(cases.filter(({ cell }) => isReached(cell)).map(({ row }) => row.source));
  return judged(cases.length, told(cases.filter(({ row }) => !happy.has(row.source))));
}

function judgeAddress({ kept }: Extract<Expectation, { kind: 'address' }>, cases: readonly Case[]): Judgement {
  const reached = cases.filter(({ cell }) => isReached(cell));
  const wrong = reached.filter(({ cell }) => cell?.source !== (kept ? 'kept' : 'masqueraded'));
  return judged(
    reached.length,
    wrong.map(({ row, cell }) => caseText(row, cell)),
  );
}

/** Pods ask at the cluster IPs. */
function judgePods(
  court: Court,
  { namespace, does }: Extract<Expectation, { kind: 'pods' }>,
  service: Service,
): Judgement {
  const { world, tracer } = court;
  const pods = world.pods.filter(({ name }) => name.startsWith(`${namespace}/`));
  const frontends = listFrontends([service], world.topology.nodes).filter(
    ({ kind, port }) => kind === 'ClusterIP' && port > 0,
  );
  const flows = pods.flatMap(({ name, addresses }) =>
    frontends
      .filter(({ address }) => addresses.some((own) => sameFamily(own, address)))
      .map(({ address, port, protocol }) => ({
        from: `pod/${name}`,
        to: formatEndpoint(address, port),
        proto: protocol,
      })),
  );
  const results = flows.length === 0 ? [] : tracer.traceAll(flows);
  const against = flows.flatMap(({ from, to, proto }, i) => {
    const reached = results[i]?.verdict === 'dnat';
    return reached === does ? [] : [`${from} → ${to}/${proto}: ${reached ? 'reached' : results[i]?.reason}`];
  });
  return judged(flows.length, against);
}

/** Throws Fault NOT_FOUND if there is no such Service. */
export function judgeExpectation(court: Court, expectation: Expectation): Judgement {
  const { world, matrix, strategy } = court;
  const service = serviceNamed(expectation.service, world.snapshot.services, 'default');
  if (expectation.kind === 'pods') return judgePods(court, expectation, service);
  const cases = matrix
    .rows([service])
    .filter((row) => isWho(expectation.who, row) && isKind(expectation.on, row.frontend))
    .map((row) => ({ row, cell: row.results[strategy] }));
  return expectation.kind === 'reach' ? judgeReach(expectation, cases) : judgeAddress(expectation, cases);
}
