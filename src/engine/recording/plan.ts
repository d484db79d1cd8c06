// plan.ts - what tables of a node were made of, as a recording keeps it: JSON, and the plan again.
import type { Attachment, NodePlan, PlanEndpoint, PlanServicePort } from '../../plan/plan.js';

export interface RecordedPlan {
  readonly strategy: string;
  readonly generation: string;
  readonly hashSeed: number;
  readonly plan: NodePlan;
  readonly attachment: Attachment;
}

/** Lists of a plan are made of the very endpoints that allEndpoints has. */
function withOwnEndpoints(port: PlanServicePort): PlanServicePort {
  const known = new Map(port.allEndpoints.map((endpoint) => [endpoint.name, endpoint]));
  const own = (list: readonly PlanEndpoint[]): PlanEndpoint[] => list.flatMap(({ name }) => known.get(name) ?? []);
  return {
    ...port,
    clusterEndpoints: own(port.clusterEndpoints),
    localEndpoints: own(port.localEndpoints),
    servingEndpoints: own(port.servingEndpoints),
  };
}

/** A plan that has been JSON, where sets are lists. */
export const revived = (recorded: RecordedPlan): RecordedPlan => ({
  ...recorded,
  plan: {
    ...recorded.plan,
    services: recorded.plan.services.map(withOwnEndpoints),
    changedPorts: new Set(recorded.plan.changedPorts),
  },
});
