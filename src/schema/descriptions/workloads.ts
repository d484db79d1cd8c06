// workloads.ts - descriptions of pods, of what makes them, and of the nodes that they run on.

/** A line: `TYPE` or `TYPE.FIELD`, a blank, a sentence. */
export const WORKLOADS = `
core.v1.Pod Containers that run together on one node and share one address.
core.v1.PodSpec What is to run, and where it may.
core.v1.PodSpec.containers What runs in the pod. In a lab no image is run: a small application answers on the ports that the containers declare.
core.v1.PodSpec.initContainers What runs to its end before the containers start.
core.v1.PodSpec.nodeName The node that the pod is bound to; set by the scheduler unless you do.
core.v1.PodSpec.nodeSelector Labels that the node must have.
core.v1.PodSpec.affinity Further rules about nodes and about other pods.
core.v1.PodSpec.tolerations Taints of nodes that do not keep the pod away.
core.v1.PodSpec.hostNetwork True: the pod uses its node's own network and address.
core.v1.PodSpec.hostname The pod's own name for itself; with subdomain it is known to DNS.
core.v1.PodSpec.subdomain The headless Service below whose name DNS knows the pod.
core.v1.PodSpec.dnsPolicy Whom the pod asks for names: ClusterFirst asks the cluster, Default the node's server, None what dnsConfig says.
core.v1.PodSpec.dnsConfig Servers, search domains and options that are added for names.
core.v1.PodSpec.restartPolicy Always, OnFailure or Never.
core.v1.PodSpec.terminationGracePeriodSeconds How many seconds the pod has to end in order.
core.v1.PodSpec.readinessGates Conditions beside its containers' readiness that must hold for the pod to be ready.
core.v1.PodSpec.serviceAccountName Under which ServiceAccount the pod talks to the API.
core.v1.PodSpec.volumes Volumes that containers can mount.
core.v1.PodSpec.topologySpreadConstraints How evenly pods are to be spread over zones or nodes.
core.v1.Container One program of a pod.
core.v1.Container.name How the container is called in its pod.
core.v1.Container.image The image; not pulled here.
core.v1.Container.ports Ports at which the container listens. Services find them by their names.
core.v1.Container.readinessProbe Decides whether the pod gets traffic of Services.
core.v1.Container.livenessProbe Decides whether the container is started again.
core.v1.Container.startupProbe Holds the other probes back until the container has started.
core.v1.Container.env Variables of the environment.
core.v1.Container.command The program, instead of the image's own.
core.v1.Container.args Its arguments.
core.v1.Container.lifecycle What happens after the start and before the end.
core.v1.ContainerPort A port at which a container listens.
core.v1.ContainerPort.containerPort The number.
core.v1.ContainerPort.name The name by which a Service's targetPort finds it.
core.v1.ContainerPort.protocol TCP, UDP or SCTP.
core.v1.ContainerPort.hostPort The same port on the node's own address.
core.v1.ContainerPort.hostIP The address of the node that hostPort is bound to.
core.v1.Probe A question that is asked again and again, and what follows from the answers.
core.v1.Probe.httpGet An HTTP request; 200 to 399 is a yes.
core.v1.Probe.tcpSocket A connection; that it opens is a yes.
core.v1.Probe.exec A command; exit code 0 is a yes.
core.v1.Probe.grpc A gRPC health check.
core.v1.Probe.periodSeconds How many seconds lie between two questions.
core.v1.Probe.timeoutSeconds After how many seconds no answer is a no.
core.v1.Probe.failureThreshold How many noes in a row count.
core.v1.Probe.successThreshold How many yeses in a row count.
core.v1.Probe.initialDelaySeconds How many seconds after the start the first question is asked.
core.v1.PodStatus What is the case with a pod.
core.v1.PodStatus.phase Pending, Running, Succeeded, Failed or Unknown.
core.v1.PodStatus.podIP The pod's address.
core.v1.PodStatus.podIPs Its addresses, at most one of each family.
core.v1.PodStatus.hostIP The address of its node.
core.v1.PodStatus.conditions PodScheduled, Initialized, ContainersReady, Ready and others.
apps.v1.Deployment Keeps a number of equal pods running, and replaces them bit by bit when their template changes.
apps.v1.DeploymentSpec How many pods, of which template, and how they are replaced.
apps.v1.DeploymentSpec.replicas How many pods there should be.
apps.v1.DeploymentSpec.selector The labels by which the Deployment knows its pods. It cannot be changed.
apps.v1.DeploymentSpec.template What the pods are made from.
apps.v1.DeploymentSpec.strategy RollingUpdate replaces pods bit by bit, Recreate all at once.
apps.v1.DeploymentSpec.paused True: changes of the template are not carried out yet.
apps.v1.DeploymentSpec.revisionHistoryLimit How many old ReplicaSets are kept for going back.
apps.v1.DeploymentSpec.minReadySeconds For how many seconds a new pod must be ready before it counts.
apps.v1.DeploymentSpec.progressDeadlineSeconds After how many seconds without progress the Deployment says that it is stuck.
apps.v1.ReplicaSet Keeps a number of equal pods running.
apps.v1.StatefulSet Keeps pods running that have names, an order and a Service of their own.
apps.v1.DaemonSet Keeps one pod running on every node, or on those that are chosen.
batch.v1.Job Runs pods until enough of them have ended well.
batch.v1.CronJob Makes Jobs at the times that a schedule tells.
core.v1.Node A machine of the cluster.
core.v1.NodeSpec What is known of a node beforehand.
core.v1.NodeSpec.podCIDR The range that the addresses of its pods come from.
core.v1.NodeSpec.podCIDRs The ranges, at most one of each family.
core.v1.NodeSpec.taints What keeps pods away that do not tolerate it.
core.v1.NodeSpec.unschedulable True: no new pods (kubectl cordon).
core.v1.NodeStatus What is the case with a node.
core.v1.NodeStatus.addresses Its addresses; InternalIP is the one that others in the cluster use.
core.v1.NodeStatus.conditions Ready and others.
policy.v1.PodDisruptionBudget How many pods of a kind may be away at once when they are evicted.
`;
