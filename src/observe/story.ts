// story.ts - a trace as text: each stage with its rules and the packet before and after, then one sentence on why.

import { reasonSpec, reasonText } from '../abi/reasons.js';
import { formatEndpoint } from '../model/address.js';
import type { TraceStep } from './steps.js';
import type { TraceResult } from './trace.js';
import { isWitnessed } from './witness.js';

const arrow = (ends: { source: string; destination: string }): string => `${ends.source} → ${ends.destination}`;

/** Where the packet came from: the name of the port, or the previous dataplane. */
const sourceOf = (step: TraceStep, before: TraceStep | undefined): string =>
  before ? before.node : step.in.replace(/^uplink$/, 'outside the node');

/** What the dataplane learned about the destination. */
function found(step: TraceStep): string[] {
  if (step.frontend === null) return [];
  if (step.node === 'fabric') {
    const nodes = `${step.choices} node${plural(step.choices)}`;
    if (step.reason === 'SPREAD') return [`load balancer address, spread over ${nodes}`];
    const own = "the load balancer's own address (ipMode Proxy): it ends the connection";
    return [step.backend ? `${own} and begins one to ${step.backend}, a NodePort of one of ${nodes}` : own];
  }
  if (step.frontend === 'HealthCheck') return [`health-check port of ${step.service}`];
  if (step.frontend === 'HostPort') return [`${step.service} of a pod of this node`];
  return [`${step.frontend} of ${step.service ?? 'a Service'}`];
}

const plural = (count: number): string => (count === 1 ? '' : 's');

function choice(step: TraceStep): string[] {
  if (step.remembered) return [`kept ${step.backend}, where this client was sent before (session affinity)`];
  if (step.backend === null || step.choices === 0 || step.node === 'fabric') return [];
  const list = step.list === 'local' ? 'on this node (policy Local)' : 'of the cluster';
  return [`chose ${step.backend}, one of ${step.choices} endpoint${plural(step.choices)} ${list}`];
}

const MASQUERADES: Readonly<Record<string, string>> = {
  MASQUERADE_ALL: 'source becomes the node: --masquerade-all',
  OFF_CLUSTER: 'source becomes the node: the client is not a pod of the cluster',
  EXTERNAL_CLUSTER: 'source becomes the node: external address with policy Cluster',
  LOCAL_SOURCE: 'source becomes the node: the node itself is the client',
  HAIRPIN: 'source becomes the node: the endpoint is the client itself',
  EGRESS: 'source becomes the node: a pod leaves the cluster',
  PROXY: 'source becomes the load balancer: the connection to the node is its own',
  PORT_CLASH: 'source port changed: another connection has the same',
};

/** Why the source changes. Of a hostPort it is the CNI that decides, by the pod's own range under iptables. */
function masqueradeText({ masquerade, frontend, before, backend }: TraceStep): string | undefined {
  const isPodItself = hostOf(before.source) === hostOf(backend ?? '');
  if (frontend === 'HostPort' && masquerade === 'HAIRPIN' && !isPodItself)
    return "source becomes the node: the client is in the range of the endpoint's node";
  return MASQUERADES[masquerade];
}

const hostOf = (end: string): string => end.replace(/:\d+$/, '');

function ending(step: TraceStep): string {
  if (step.next !== null) return `goes on to ${step.next}`;
  if (step.out?.startsWith('node/')) return 'delivered to the node itself';
  if (step.out !== null) return `delivered to ${step.out}`;
  return reasonText(step.reason);
}

function stage(step: TraceStep, index: number, before: TraceStep | undefined): string[] {
  const changed = step.after && arrow(step.after) !== arrow(step.before);
  const indent = (text: string): string => `    ${text}`;
  return [
    `${index + 1}. ${step.node}, from ${sourceOf(step, before)}`,
    indent(arrow(step.before)),
    ...found(step).map(indent),
    ...step.rules.map((rule) => indent(`  ${rule}`)),
    ...choice(step).map(indent),
    ...[masqueradeText(step) ?? []].flat().map(indent),
    ...(changed && step.after ? [indent(arrow(step.after))] : []),
    indent(ending(step)),
  ];
}

const percent = (probability: number): string => `${(100 * probability).toFixed(probability === 1 ? 0 : 1)} %`;

function backendTable(result: TraceResult): string[] {
  if (result.backends.length < 2) return [];
  const rows = result.backends.map((backend) => {
    return [
      formatEndpoint(backend.address, backend.port),
      percent(backend.probability),
      backend.masquerade ? 'masqueraded' : 'source kept',
    ];
  });
  const width = Math.max(...rows.map(([address]) => address?.length ?? 0));
  return [
    'Every possible endpoint:',
    ...rows.map(([address, share, source]) => `    ${address?.padEnd(width)}  ${share?.padStart(7)}  ${source}`),
    '',
  ];
}

/** Why a packet went nowhere, and what to do about it. */
function stopped(reason: string, where: string): string {
  const { sentence = reason, remedy } = reasonSpec(reason) ?? {};
  const seen = `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.${where}`;
  return remedy ? `${seen}\nWhat to do: ${remedy}` : seen;
}

/** One sentence on what happens and why. If the packet went nowhere, a second line says what to do about it. */
export function because(result: TraceResult): string {
  const { verdict, reason, service, frontend, backends, masquerade } = result;
  const at =
    !frontend || !service ? 'this destination' : frontend === 'HostPort' ? service : `the ${frontend} of ${service}`;
  switch (verdict) {
    case 'dnat': {
      const count = backends.length;
      const where = count === 1 ? 'its only endpoint' : `one of ${count} endpoints, each as likely`;
      const even = new Set(backends.map((backend) => backend.probability.toFixed(6))).size === 1;
      const kept = result.steps.some(({ remembered }) => remembered);
      const target = kept ? 'the endpoint that this client had before' : even ? where : `one of ${count} endpoints`;
      const all = backends.every((backend) => backend.masquerade);
      const source = !masquerade
        ? 'and keeps its source address'
        : all
          ? "with the node's address as source"
          : "and some see the node's address as source";
      return `The packet reaches ${at} and goes to ${target}, ${source}.`;
    }
    case 'reject':
    case 'drop':
      return stopped(reason, frontend && service ? ` It was sent to ${at}.` : '');
    case 'accept':
      return 'The packet is for a healthCheckNodePort: the node itself answers it.';
    default:
      return untouched(result);
  }
}

/** How a packet ends that no Service rule touches. */
function untouched(result: TraceResult): string {
  const { reason, protocol, steps } = result;
  const last = steps.at(-1);
  if (reason === 'LOCAL_DELIVERY') {
    if (protocol === 'ICMP') return `No Service rule touches the packet: ${last?.node} itself answers it.`;
    const port = /:(\d+)$/.exec(last?.before.destination ?? '')?.[1];
    const refused = protocol === 'TCP' ? 'the connection is refused' : 'it is refused (ICMP port unreachable)';
    return `No Service has port ${port} here: ${last?.node} itself gets the packet, and ${refused} unless a program there listens.`;
  }
  if (reason === 'ESTABLISHED') {
    return `The packet belongs to a connection that ${result.node} tracks: it goes on to ${last?.after?.destination ?? 'its other end'}, and no rule is asked.`;
  }
  if (last?.out && last.next === null) return `No Service rule touches the packet: it is delivered to ${last.out}.`;
  return `No Service rule touches the packet: ${reasonSpec(reason)?.sentence ?? reason}.`;
}

/** What the kernel said, and whether the tables agree. */
function testimony(result: TraceResult): string[] {
  if (!isWitnessed(result)) return [];
  const { dataplane, packets, agrees, tables } = result;
  if (packets === 0) return [`The kernel was not asked: no node's rules decide (${dataplane}).`];
  const asked = `${packets} connection${plural(packets)} through the real kernel (${dataplane})`;
  if (agrees) return [`${asked} ended as the tables say.`];
  const ends = tables.backends.map(
    ({ address, port, masquerade }) => formatEndpoint(address, port) + (masquerade ? '*' : ''),
  );
  return [`${asked} ended otherwise: the tables say ${[tables.verdict, ...ends].join(' ')} (* = masqueraded).`];
}

/**
 * The whole story, ending in a line end.
 * @param advice sentences about what the user intended (advice.ts)
 */
export function tellStory(result: TraceResult, advice: readonly string[] = []): string {
  const head = `${result.from} → ${result.to} over ${result.protocol}, as ${result.strategy} does it`;
  const stages = result.steps.flatMap((step, i) => [...stage(step, i, result.steps[i - 1]), '']);
  return `${[head, '', ...stages, ...backendTable(result), because(result), ...advice, ...testimony(result)].join('\n')}\n`;
}
