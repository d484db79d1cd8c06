// controllers.ts - starts the controllers of a cluster, in the order in which they see a change.
import type { Pod } from '../model/objects.js';
import { DisruptionController } from './budgets.js';
import type { ControllerContext } from './context.js';
import { EndpointSliceController } from './endpointslice/controller.js';
import { MirrorController } from './endpointslice/mirror.js';
import { EventExpiry } from './events/expiry.js';
import { PodEvents } from './events/pods.js';
import { ServiceEvents } from './events/services.js';
import { GarbageCollector } from './garbage/collector.js';
import { NamespaceController } from './garbage/namespaces.js';
import { Index, ownerKeys } from './index.js';
import { FakeKubelet } from './kubelet.js';
import { LoadBalancerController } from './loadbalancer.js';
import { TaintEvictionController } from './nodes/eviction.js';
import { NodeLifecycleController } from './nodes/lifecycle.js';
import type { ClusterOptions } from './options.js';
import type { Controller } from './queue.js';
import { Scheduler } from './scheduling/scheduler.js';
import { ServiceAccountController } from './serviceaccounts.js';
import { CronJobController } from './workload/cronjob/controller.js';
import { DaemonSetController } from './workload/daemonset/controller.js';
import { DeploymentController } from './workload/deployment/controller.js';
import { JobController } from './workload/job/controller.js';
import { ReplicaSetController } from './workload/replicaset.js';
import { StatefulSetController } from './workload/statefulset/controller.js';

export function startControllers(context: ControllerContext, options: ClusterOptions): Controller[] {
  const { store, queue, clock } = context;
  const byOwner = new Index<Pod>(store, 'Pod', ownerKeys);
  const byNode = new Index<Pod>(store, 'Pod', (pod) => (pod.spec.nodeName ? [pod.spec.nodeName] : []));
  // Where nothing here runs pods, whoever does tells what happens to them.
  const runsPods = options.fakeKubelet || options.machines !== null;
  return [
    new DeploymentController(context, byOwner),
    new ReplicaSetController(context, byOwner),
    new StatefulSetController(context, byOwner),
    new DaemonSetController(context, byOwner),
    new JobController(context, byOwner, options.jobBackoff),
    ...(options.recorded ? [] : [new CronJobController(context)]),
    new Scheduler(context, byOwner, options.machines),
    ...(options.fakeKubelet ? [new FakeKubelet(context, byNode)] : []),
    ...(runsPods ? [new PodEvents(context)] : []),
    new EndpointSliceController(store, queue, options.maxEndpointsPerSlice, options.recorded),
    new MirrorController(store, queue),
    new LoadBalancerController(context, options.loadBalancerPools),
    new ServiceEvents(context),
    ...(options.recorded ? [] : [new ServiceAccountController(store, queue)]),
    ...(options.recorded
      ? []
      : [
          new NodeLifecycleController(context, byNode, options.nodeGraceMs),
          new TaintEvictionController(context, byNode),
        ]),
    new GarbageCollector(context, byNode, options.recorded),
    new NamespaceController(context),
    new DisruptionController(context),
    new EventExpiry(store, queue, clock, options.eventLimits),
  ];
}
