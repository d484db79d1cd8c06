// witness.ts - asks the real kernel the question that a trace asked the tables: same node, kube-proxy's rules.
import { type KernelDataplaneName, kernelMode } from '../lab/netfilter/names.js';
import { Interview, type Opening, sameToSee } from './interview.js';
import { buildProbe } from './probe.js';
import {
  type Branch,
  type Followed,
  mergeBackends,
  type TraceBackend,
  type TraceResult,
  type TraceVerdict,
} from './trace.js';
import type { Stage } from './walk.js';

/** A trace with the kernel's verdict and endpoints. Everything else comes from the tables. */
export interface WitnessedTrace extends TraceResult {
  readonly dataplane: KernelDataplaneName;
  /** Number of connections begun; 0 when no node decided. */
  readonly packets: number;
  /** The tables agree on the verdict, the endpoints, and whether each sees the client. */
  readonly agrees: boolean;
  /** What the tables say. */
  readonly tables: { readonly verdict: TraceVerdict; readonly backends: readonly TraceBackend[] };
}

export const isWitnessed = (result: TraceResult): result is WitnessedTrace => 'dataplane' in result;

const hasAffinity = ({ plane, decision }: Stage): boolean =>
  (plane.plan.services[decision.service]?.affinitySeconds ?? 0) > 0;

async function askBranch(branch: Branch, followed: Followed, dataplane: KernelDataplaneName) {
  const { deciding } = branch;
  const { plan, attachment } = deciding.plane;
  const { probe, fixedSourcePort } = followed.flow;
  const interview = await Interview.begin(plan, attachment, kernelMode(dataplane));
  const open = (sourcePort: number): Opening => {
    const port = fixedSourcePort ? deciding.before.sourcePort : sourcePort;
    const bytes = buildProbe({ ...deciding.before, sourcePort: port, protocol: probe.protocol });
    return { inPort: deciding.inPort, bytes };
  };
  try {
    const question = { open, single: fixedSourcePort };
    const answer = hasAffinity(deciding) ? await interview.askAfresh(question) : interview.ask(question);
    return { answer, probability: branch.probability };
  } finally {
    interview.close();
  }
}

const byAddress = (a: TraceBackend, b: TraceBackend): number =>
  a.address < b.address ? -1 : a.address > b.address ? 1 : a.port - b.port;

/** Asks the kernel the same question. Throws Fault TOOL_MISSING or NO_PERMISSION where it cannot be asked. */
export async function askKernel(followed: Followed, dataplane: KernelDataplaneName): Promise<WitnessedTrace> {
  const { result, branches } = followed;
  const tables = { verdict: result.verdict, backends: result.backends };
  const asked = [];
  for (const branch of branches) {
    if (branch.deciding.plane.isNode) asked.push(await askBranch(branch, followed, dataplane));
  }
  if (asked.length === 0) return { ...result, dataplane, packets: 0, agrees: true, tables };
  const found = asked.flatMap(({ answer, probability }) =>
    answer.backends.map((backend) => ({ ...backend, probability: backend.probability * probability })),
  );
  const backends = mergeBackends(found).sort(byAddress);
  const seen = backends.length > 0 ? 'dnat' : (asked[0]?.answer.verdict ?? 'drop');
  // The node itself answers a health check, so no packet shows the rule.
  const verdict = seen === 'none' && tables.verdict === 'accept' ? 'accept' : seen;
  return {
    ...result,
    verdict,
    backends,
    masquerade: backends.some(({ masquerade }) => masquerade),
    dataplane,
    packets: asked.reduce((sum, { answer }) => sum + answer.packets, 0),
    agrees: sameToSee({ verdict, backends }, tables),
    tables,
  };
}
