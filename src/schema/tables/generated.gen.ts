// generated.gen.ts - facts of the API's types, by `npm run schema` from openapi-v3-api-v1.json, openapi-v3-apps-v1.json, openapi-v3-discovery-v1.json, openapi-v3-networking-v1.json.

/** The notation is told in types.ts. */
export const GENERATED = `
apps.v1.ControllerRevision kind=apps/v1/ControllerRevision
 apiVersion s
 data x
 kind s
 metadata meta.v1.ObjectMeta default={}
 revision! l default=0
apps.v1.ControllerRevisionList kind=apps/v1/ControllerRevisionList
 apiVersion s
 items! [apps.v1.ControllerRevision
 kind s
 metadata meta.v1.ListMeta default={}
apps.v1.DaemonSet kind=apps/v1/DaemonSet
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec apps.v1.DaemonSetSpec default={}
 status apps.v1.DaemonSetStatus default={}
apps.v1.DaemonSetCondition
 lastTransitionTime t
 message s
 reason s
 status! s default=""
 type! s default=""
apps.v1.DaemonSetList kind=apps/v1/DaemonSetList
 apiVersion s
 items! [apps.v1.DaemonSet
 kind s
 metadata meta.v1.ListMeta default={}
apps.v1.DaemonSetSpec
 minReadySeconds i
 revisionHistoryLimit i
 selector! meta.v1.LabelSelector
 template! core.v1.PodTemplateSpec default={}
 updateStrategy apps.v1.DaemonSetUpdateStrategy default={}
apps.v1.DaemonSetStatus
 collisionCount i
 conditions [apps.v1.DaemonSetCondition list=map:type merge=type
 currentNumberScheduled! i default=0
 desiredNumberScheduled! i default=0
 numberAvailable i
 numberMisscheduled! i default=0
 numberReady! i default=0
 numberUnavailable i
 observedGeneration l
 updatedNumberScheduled i
apps.v1.DaemonSetUpdateStrategy
 rollingUpdate apps.v1.RollingUpdateDaemonSet
 type s enum=OnDelete|RollingUpdate
apps.v1.Deployment kind=apps/v1/Deployment
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec apps.v1.DeploymentSpec default={}
 status apps.v1.DeploymentStatus default={}
apps.v1.DeploymentCondition
 lastTransitionTime t
 lastUpdateTime t
 message s
 reason s
 status! s default=""
 type! s default=""
apps.v1.DeploymentList kind=apps/v1/DeploymentList
 apiVersion s
 items! [apps.v1.Deployment
 kind s
 metadata meta.v1.ListMeta default={}
apps.v1.DeploymentSpec
 minReadySeconds i
 paused b
 progressDeadlineSeconds i
 replicas i
 revisionHistoryLimit i
 selector! meta.v1.LabelSelector
 strategy apps.v1.DeploymentStrategy retain default={}
 template! core.v1.PodTemplateSpec default={}
apps.v1.DeploymentStatus
 availableReplicas i
 collisionCount i
 conditions [apps.v1.DeploymentCondition list=map:type merge=type
 observedGeneration l
 readyReplicas i
 replicas i
 terminatingReplicas i
 unavailableReplicas i
 updatedReplicas i
apps.v1.DeploymentStrategy
 rollingUpdate apps.v1.RollingUpdateDeployment
 type s enum=Recreate|RollingUpdate
apps.v1.ReplicaSet kind=apps/v1/ReplicaSet
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec apps.v1.ReplicaSetSpec default={}
 status apps.v1.ReplicaSetStatus default={}
apps.v1.ReplicaSetCondition
 lastTransitionTime t
 message s
 reason s
 status! s default=""
 type! s default=""
apps.v1.ReplicaSetList kind=apps/v1/ReplicaSetList
 apiVersion s
 items! [apps.v1.ReplicaSet
 kind s
 metadata meta.v1.ListMeta default={}
apps.v1.ReplicaSetSpec
 minReadySeconds i
 replicas i
 selector! meta.v1.LabelSelector
 template core.v1.PodTemplateSpec default={}
apps.v1.ReplicaSetStatus
 availableReplicas i
 conditions [apps.v1.ReplicaSetCondition list=map:type merge=type
 fullyLabeledReplicas i
 observedGeneration l
 readyReplicas i
 replicas! i default=0
 terminatingReplicas i
apps.v1.RollingUpdateDaemonSet
 maxSurge *
 maxUnavailable *
apps.v1.RollingUpdateDeployment
 maxSurge *
 maxUnavailable *
apps.v1.RollingUpdateStatefulSetStrategy
 maxUnavailable *
 partition i
apps.v1.StatefulSet kind=apps/v1/StatefulSet
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec apps.v1.StatefulSetSpec default={}
 status apps.v1.StatefulSetStatus default={}
apps.v1.StatefulSetCondition
 lastTransitionTime t
 message s
 reason s
 status! s default=""
 type! s default=""
apps.v1.StatefulSetList kind=apps/v1/StatefulSetList
 apiVersion s
 items! [apps.v1.StatefulSet
 kind s
 metadata meta.v1.ListMeta default={}
apps.v1.StatefulSetOrdinals
 start i default=0
apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy
 whenDeleted s
 whenScaled s
apps.v1.StatefulSetSpec
 minReadySeconds i
 ordinals apps.v1.StatefulSetOrdinals
 persistentVolumeClaimRetentionPolicy apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy
 podManagementPolicy s enum=OrderedReady|Parallel
 replicas i
 revisionHistoryLimit i
 selector! meta.v1.LabelSelector
 serviceName s default=""
 template! core.v1.PodTemplateSpec default={}
 updateStrategy apps.v1.StatefulSetUpdateStrategy default={}
 volumeClaimTemplates [core.v1.PersistentVolumeClaim list=atomic
apps.v1.StatefulSetStatus
 availableReplicas i default=0
 collisionCount i
 conditions [apps.v1.StatefulSetCondition list=map:type merge=type
 currentReplicas i
 currentRevision s
 observedGeneration l
 readyReplicas i
 replicas! i default=0
 updateRevision s
 updatedReplicas i
apps.v1.StatefulSetUpdateStrategy
 rollingUpdate apps.v1.RollingUpdateStatefulSetStrategy
 type s enum=OnDelete|RollingUpdate
authentication.v1.BoundObjectReference
 apiVersion s
 kind s
 name s
 uid s
authentication.v1.TokenRequest kind=authentication.k8s.io/v1/TokenRequest
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec authentication.v1.TokenRequestSpec default={}
 status authentication.v1.TokenRequestStatus default={}
authentication.v1.TokenRequestSpec
 audiences [s list=atomic
 boundObjectRef authentication.v1.BoundObjectReference
 expirationSeconds l
authentication.v1.TokenRequestStatus
 expirationTimestamp t
 token s default=""
autoscaling.v1.Scale kind=autoscaling/v1/Scale
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec autoscaling.v1.ScaleSpec default={}
 status autoscaling.v1.ScaleStatus default={}
autoscaling.v1.ScaleSpec
 replicas i default=0
autoscaling.v1.ScaleStatus
 replicas! i default=0
 selector s
core.v1.AWSElasticBlockStoreVolumeSource
 fsType s
 partition i
 readOnly b
 volumeID! s default=""
core.v1.Affinity
 nodeAffinity core.v1.NodeAffinity
 podAffinity core.v1.PodAffinity
 podAntiAffinity core.v1.PodAntiAffinity
core.v1.AppArmorProfile
 localhostProfile s
 type! s enum=Localhost|RuntimeDefault|Unconfined default=""
core.v1.AttachedVolume
 devicePath! s default=""
 name! s default=""
core.v1.AzureDiskVolumeSource
 cachingMode s enum=None|ReadOnly|ReadWrite default="ReadWrite"
 diskName! s default=""
 diskURI! s default=""
 fsType s default="ext4"
 kind s enum=Dedicated|Managed|Shared default="Shared"
 readOnly b default=false
core.v1.AzureFilePersistentVolumeSource
 readOnly b
 secretName! s default=""
 secretNamespace s
 shareName! s default=""
core.v1.AzureFileVolumeSource
 readOnly b
 secretName! s default=""
 shareName! s default=""
core.v1.Binding kind=/v1/Binding
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 target! core.v1.ObjectReference default={}
core.v1.CSIPersistentVolumeSource
 controllerExpandSecretRef core.v1.SecretReference
 controllerPublishSecretRef core.v1.SecretReference
 driver! s default=""
 fsType s
 nodeExpandSecretRef core.v1.SecretReference
 nodePublishSecretRef core.v1.SecretReference
 nodeStageSecretRef core.v1.SecretReference
 readOnly b
 volumeAttributes {s
 volumeHandle! s default=""
core.v1.CSIVolumeSource
 driver! s default=""
 fsType s
 nodePublishSecretRef core.v1.LocalObjectReference
 readOnly b
 volumeAttributes {s
core.v1.Capabilities
 add [s list=atomic
 drop [s list=atomic
core.v1.CephFSPersistentVolumeSource
 monitors! [s list=atomic
 path s
 readOnly b
 secretFile s
 secretRef core.v1.SecretReference
 user s
core.v1.CephFSVolumeSource
 monitors! [s list=atomic
 path s
 readOnly b
 secretFile s
 secretRef core.v1.LocalObjectReference
 user s
core.v1.CinderPersistentVolumeSource
 fsType s
 readOnly b
 secretRef core.v1.SecretReference
 volumeID! s default=""
core.v1.CinderVolumeSource
 fsType s
 readOnly b
 secretRef core.v1.LocalObjectReference
 volumeID! s default=""
core.v1.ClientIPConfig
 timeoutSeconds i
core.v1.ClusterTrustBundleProjection
 labelSelector meta.v1.LabelSelector
 name s
 optional b
 path! s default=""
 signerName s
core.v1.ComponentCondition
 error s
 message s
 status! s default=""
 type! s default=""
core.v1.ComponentStatus kind=/v1/ComponentStatus
 apiVersion s
 conditions [core.v1.ComponentCondition list=map:type merge=type
 kind s
 metadata meta.v1.ObjectMeta default={}
core.v1.ComponentStatusList kind=/v1/ComponentStatusList
 apiVersion s
 items! [core.v1.ComponentStatus
 kind s
 metadata meta.v1.ListMeta default={}
core.v1.ConfigMap kind=/v1/ConfigMap
 apiVersion s
 binaryData {y
 data {s
 immutable b
 kind s
 metadata meta.v1.ObjectMeta default={}
core.v1.ConfigMapEnvSource
 name s default=""
 optional b
core.v1.ConfigMapKeySelector map=atomic
 key! s default=""
 name s default=""
 optional b
core.v1.ConfigMapList kind=/v1/ConfigMapList
 apiVersion s
 items! [core.v1.ConfigMap
 kind s
 metadata meta.v1.ListMeta default={}
core.v1.ConfigMapNodeConfigSource
 kubeletConfigKey! s default=""
 name! s default=""
 namespace! s default=""
 resourceVersion s
 uid s
core.v1.ConfigMapProjection
 items [core.v1.KeyToPath list=atomic
 name s default=""
 optional b
core.v1.ConfigMapVolumeSource
 defaultMode i
 items [core.v1.KeyToPath list=atomic
 name s default=""
 optional b
core.v1.Container
 args [s list=atomic
 command [s list=atomic
 env [core.v1.EnvVar list=map:name merge=name
 envFrom [core.v1.EnvFromSource list=atomic
 image s
 imagePullPolicy s enum=Always|IfNotPresent|Never
 lifecycle core.v1.Lifecycle
 livenessProbe core.v1.Probe
 name! s default=""
 ports [core.v1.ContainerPort list=map:containerPort,protocol merge=containerPort
 readinessProbe core.v1.Probe
 resizePolicy [core.v1.ContainerResizePolicy list=atomic
 resources core.v1.ResourceRequirements default={}
 restartPolicy s
 restartPolicyRules [core.v1.ContainerRestartRule list=atomic
 securityContext core.v1.SecurityContext
 startupProbe core.v1.Probe
 stdin b
 stdinOnce b
 terminationMessagePath s
 terminationMessagePolicy s enum=FallbackToLogsOnError|File
 tty b
 volumeDevices [core.v1.VolumeDevice list=map:devicePath merge=devicePath
 volumeMounts [core.v1.VolumeMount list=map:mountPath merge=mountPath
 workingDir s
core.v1.ContainerExtendedResourceRequest
 containerName! s default=""
 requestName! s default=""
 resourceName! s default=""
core.v1.ContainerImage
 names [s list=atomic
 sizeBytes l
core.v1.ContainerPort
 containerPort! i default=0
 hostIP s
 hostPort i
 name s
 protocol s enum=SCTP|TCP|UDP default="TCP"
core.v1.ContainerResizePolicy
 resourceName! s default=""
 restartPolicy! s default=""
core.v1.ContainerRestartRule
 action! s
 exitCodes core.v1.ContainerRestartRuleOnExitCodes
core.v1.ContainerRestartRuleOnExitCodes
 operator! s
 values [i list=set
core.v1.ContainerState
 running core.v1.ContainerStateRunning
 terminated core.v1.ContainerStateTerminated
 waiting core.v1.ContainerStateWaiting
core.v1.ContainerStateRunning
 startedAt t
core.v1.ContainerStateTerminated
 containerID s
 exitCode! i default=0
 finishedAt t
 message s
 reason s
 signal i
 startedAt t
core.v1.ContainerStateWaiting
 message s
 reason s
core.v1.ContainerStatus
 allocatedResources {q
 allocatedResourcesStatus [core.v1.ResourceStatus list=map:name merge=name
 containerID s
 image! s default=""
 imageID! s default=""
 lastState core.v1.ContainerState default={}
 name! s default=""
 ready! b default=false
 resources core.v1.ResourceRequirements
 restartCount! i default=0
 started b
 state core.v1.ContainerState default={}
 stopSignal s enum=SIGABRT|SIGALRM|SIGBUS|SIGCHLD|SIGCLD|SIGCONT|SIGFPE|SIGHUP|SIGILL|SIGINT|SIGIO|SIGIOT|SIGKILL|SIGPIPE|SIGPOLL|SIGPROF|SIGPWR|SIGQUIT|SIGRTMAX|SIGRTMAX-1|SIGRTMAX-10|SIGRTMAX-11|SIGRTMAX-12|SIGRTMAX-13|SIGRTMAX-14|SIGRTMAX-2|SIGRTMAX-3|SIGRTMAX-4|SIGRTMAX-5|SIGRTMAX-6|SIGRTMAX-7|SIGRTMAX-8|SIGRTMAX-9|SIGRTMIN|SIGRTMIN+1|SIGRTMIN+10|SIGRTMIN+11|SIGRTMIN+12|SIGRTMIN+13|SIGRTMIN+14|SIGRTMIN+15|SIGRTMIN+2|SIGRTMIN+3|SIGRTMIN+4|SIGRTMIN+5|SIGRTMIN+6|SIGRTMIN+7|SIGRTMIN+8|SIGRTMIN+9|SIGSEGV|SIGSTKFLT|SIGSTOP|SIGSYS|SIGTERM|SIGTRAP|SIGTSTP|SIGTTIN|SIGTTOU|SIGURG|SIGUSR1|SIGUSR2|SIGVTALRM|SIGWINCH|SIGXCPU|SIGXFSZ
 user core.v1.ContainerUser
 volumeMounts [core.v1.VolumeMountStatus list=map:mountPath merge=mountPath
core.v1.ContainerUser
 linux core.v1.LinuxContainerUser
core.v1.DaemonEndpoint
 Port! i default=0
core.v1.DownwardAPIProjection
 items [core.v1.DownwardAPIVolumeFile list=atomic
core.v1.DownwardAPIVolumeFile
 fieldRef core.v1.ObjectFieldSelector
 mode i
 path! s default=""
 resourceFieldRef core.v1.ResourceFieldSelector
core.v1.DownwardAPIVolumeSource
 defaultMode i
 items [core.v1.DownwardAPIVolumeFile list=atomic
core.v1.EmptyDirVolumeSource
 medium s
 sizeLimit q
core.v1.EndpointAddress map=atomic
 hostname s
 ip! s default=""
 nodeName s
 targetRef core.v1.ObjectReference
core.v1.EndpointPort map=atomic
 appProtocol s
 name s
 port! i default=0
 protocol s enum=SCTP|TCP|UDP
core.v1.EndpointSubset
 addresses [core.v1.EndpointAddress list=atomic
 notReadyAddresses [core.v1.EndpointAddress list=atomic
 ports [core.v1.EndpointPort list=atomic
core.v1.Endpoints kind=/v1/Endpoints
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 subsets [core.v1.EndpointSubset list=atomic
core.v1.EndpointsList kind=/v1/EndpointsList
 apiVersion s
 items! [core.v1.Endpoints
 kind s
 metadata meta.v1.ListMeta default={}
core.v1.EnvFromSource
 configMapRef core.v1.ConfigMapEnvSource
 prefix s
 secretRef core.v1.SecretEnvSource
core.v1.EnvVar
 name! s default=""
 value s
 valueFrom core.v1.EnvVarSource
core.v1.EnvVarSource
 configMapKeyRef core.v1.ConfigMapKeySelector
 fieldRef core.v1.ObjectFieldSelector
 fileKeyRef core.v1.FileKeySelector
 resourceFieldRef core.v1.ResourceFieldSelector
 secretKeyRef core.v1.SecretKeySelector
core.v1.EphemeralContainer
 args [s list=atomic
 command [s list=atomic
 env [core.v1.EnvVar list=map:name merge=name
 envFrom [core.v1.EnvFromSource list=atomic
 image s
 imagePullPolicy s enum=Always|IfNotPresent|Never
 lifecycle core.v1.Lifecycle
 livenessProbe core.v1.Probe
 name! s default=""
 ports [core.v1.ContainerPort list=map:containerPort,protocol merge=containerPort
 readinessProbe core.v1.Probe
 resizePolicy [core.v1.ContainerResizePolicy list=atomic
 resources core.v1.ResourceRequirements default={}
 restartPolicy s
 restartPolicyRules [core.v1.ContainerRestartRule list=atomic
 securityContext core.v1.SecurityContext
 startupProbe core.v1.Probe
 stdin b
 stdinOnce b
 targetContainerName s
 terminationMessagePath s
 terminationMessagePolicy s enum=FallbackToLogsOnError|File
 tty b
 volumeDevices [core.v1.VolumeDevice list=map:devicePath merge=devicePath
 volumeMounts [core.v1.VolumeMount list=map:mountPath merge=mountPath
 workingDir s
core.v1.EphemeralVolumeSource
 volumeClaimTemplate core.v1.PersistentVolumeClaimTemplate
core.v1.Event kind=/v1/Event
 action s
 apiVersion s
 count i
 eventTime u
 firstTimestamp t
 involvedObject! core.v1.ObjectReference default={}
 kind s
 lastTimestamp t
 message s
 metadata! meta.v1.ObjectMeta default={}
 reason s
 related core.v1.ObjectReference
 reportingComponent s default=""
 reportingInstance s default=""
 series core.v1.EventSeries
 source core.v1.EventSource default={}
 type s
core.v1.EventList kind=/v1/EventList
 apiVersion s
 items! [core.v1.Event
 kind s
 metadata meta.v1.ListMeta default={}
core.v1.EventSeries
 count i
 lastObservedTime u
core.v1.EventSource
 component s
 host s
core.v1.ExecAction
 command [s list=atomic
core.v1.FCVolumeSource
 fsType s
 lun i
 readOnly b
 targetWWNs [s list=atomic
 wwids [s list=atomic
core.v1.FileKeySelector map=atomic
 key! s default=""
 optional b default=false
 path! s default=""
 volumeName! s default=""
core.v1.FlexPersistentVolumeSource
 driver! s default=""
 fsType s
 options {s
 readOnly b
 secretRef core.v1.SecretReference
core.v1.FlexVolumeSource
 driver! s default=""
 fsType s
 options {s
 readOnly b
 secretRef core.v1.LocalObjectReference
core.v1.FlockerVolumeSource
 datasetName s
 datasetUUID s
core.v1.GCEPersistentDiskVolumeSource
 fsType s
 partition i
 pdName! s default=""
 readOnly b
core.v1.GRPCAction
 port! i default=0
 service s default=""
core.v1.GitRepoVolumeSource
 directory s
 repository! s default=""
 revision s
core.v1.GlusterfsPersistentVolumeSource
 endpoints! s default=""
 endpointsNamespace s
 path! s default=""
 readOnly b
core.v1.GlusterfsVolumeSource
 endpoints! s default=""
 path! s default=""
 readOnly b
core.v1.HTTPGetAction
 host s
 httpHeaders [core.v1.HTTPHeader list=atomic
 path s
 port! *
 scheme s enum=HTTP|HTTPS
core.v1.HTTPHeader
 name! s default=""
 value! s default=""
core.v1.HostAlias
 hostnames [s list=atomic
 ip! s default=""
core.v1.HostIP
 ip! s default=""
core.v1.HostPathVolumeSource
 path! s default=""
 type s enum=|BlockDevice|CharDevice|Directory|DirectoryOrCreate|File|FileOrCreate|Socket
core.v1.ISCSIPersistentVolumeSource
 chapAuthDiscovery b
 chapAuthSession b
 fsType s
 initiatorName s
 iqn! s default=""
 iscsiInterface s default="default"
 lun! i default=0
 portals [s list=atomic
 readOnly b
 secretRef core.v1.SecretReference
 targetPortal! s default=""
core.v1.ISCSIVolumeSource
 chapAuthDiscovery b
 chapAuthSession b
 fsType s
 initiatorName s
 iqn! s default=""
 iscsiInterface s default="default"
 lun! i default=0
 portals [s list=atomic
 readOnly b
 secretRef core.v1.LocalObjectReference
 targetPortal! s default=""
core.v1.ImageVolumeSource
 pullPolicy s enum=Always|IfNotPresent|Never
 reference s
core.v1.ImageVolumeStatus
 imageRef! s
core.v1.KeyToPath
 key! s default=""
 mode i
 path! s default=""
core.v1.Lifecycle
 postStart core.v1.LifecycleHandler
 preStop core.v1.LifecycleHandler
 stopSignal s enum=SIGABRT|SIGALRM|SIGBUS|SIGCHLD|SIGCLD|SIGCONT|SIGFPE|SIGHUP|SIGILL|SIGINT|SIGIO|SIGIOT|SIGKILL|SIGPIPE|SIGPOLL|SIGPROF|SIGPWR|SIGQUIT|SIGRTMAX|SIGRTMAX-1|SIGRTMAX-10|SIGRTMAX-11|SIGRTMAX-12|SIGRTMAX-13|SIGRTMAX-14|SIGRTMAX-2|SIGRTMAX-3|SIGRTMAX-4|SIGRTMAX-5|SIGRTMAX-6|SIGRTMAX-7|SIGRTMAX-8|SIGRTMAX-9|SIGRTMIN|SIGRTMIN+1|SIGRTMIN+10|SIGRTMIN+11|SIGRTMIN+12|SIGRTMIN+13|SIGRTMIN+14|SIGRTMIN+15|SIGRTMIN+2|SIGRTMIN+3|SIGRTMIN+4|SIGRTMIN+5|SIGRTMIN+6|SIGRTMIN+7|SIGRTMIN+8|SIGRTMIN+9|SIGSEGV|SIGSTKFLT|SIGSTOP|SIGSYS|SIGTERM|SIGTRAP|SIGTSTP|SIGTTIN|SIGTTOU|SIGURG|SIGUSR1|SIGUSR2|SIGVTALRM|SIGWINCH|SIGXCPU|SIGXFSZ
core.v1.LifecycleHandler
 exec core.v1.ExecAction
 httpGet core.v1.HTTPGetAction
 sleep core.v1.SleepAction
 tcpSocket core.v1.TCPSocketAction
core.v1.LimitRange kind=/v1/LimitRange
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec core.v1.LimitRangeSpec default={}
core.v1.LimitRangeItem
 default {q
 defaultRequest {q
 max {q
 maxLimitRequestRatio {q
 min {q
 type! s default=""
core.v1.LimitRangeList kind=/v1/LimitRangeList
 apiVersion s
 items! [core.v1.LimitRange
 kind s
 metadata meta.v1.ListMeta default={}
core.v1.LimitRangeSpec
 limits! [core.v1.LimitRangeItem list=atomic
core.v1.LinuxContainerUser
 gid! l default=0
 supplementalGroups [l list=atomic
 uid! l default=0
core.v1.LoadBalancerIngress
 hostname s
 ip s
 ipMode s
 ports [core.v1.PortStatus list=atomic
core.v1.LoadBalancerStatus
 ingress [core.v1.LoadBalancerIngress list=atomic
core.v1.LocalObjectReference map=atomic
 name s default=""
core.v1.LocalVolumeSource
 fsType s
 path! s default=""
core.v1.ModifyVolumeStatus
 status! s enum=InProgress|Infeasible|Pending default=""
 targetVolumeAttributesClassName s
core.v1.NFSVolumeSource
 path! s default=""
 readOnly b
 server! s default=""
core.v1.Namespace kind=/v1/Namespace
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec core.v1.NamespaceSpec default={}
 status core.v1.NamespaceStatus default={}
core.v1.NamespaceCondition
 lastTransitionTime t
 message s
 reason s
 status! s default=""
 type! s default=""
core.v1.NamespaceList kind=/v1/NamespaceList
 apiVersion s
 items! [core.v1.Namespace
 kind s
 metadata meta.v1.ListMeta default={}
core.v1.NamespaceSpec
 finalizers [s list=atomic
core.v1.NamespaceStatus
 conditions [core.v1.NamespaceCondition list=map:type merge=type
 phase s enum=Active|Terminating
core.v1.Node kind=/v1/Node
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec core.v1.NodeSpec default={}
 status core.v1.NodeStatus default={}
core.v1.NodeAddress
 address! s default=""
 type! s default=""
core.v1.NodeAffinity
 preferredDuringSchedulingIgnoredDuringExecution [core.v1.PreferredSchedulingTerm list=atomic
 requiredDuringSchedulingIgnoredDuringExecution core.v1.NodeSelector
core.v1.NodeAllocatableResourceClaimStatus
 containers [s list=set
 resourceClaimName! s default=""
 resources! {q
core.v1.NodeCondition
 lastHeartbeatTime t
 lastTransitionTime t
 message s
 reason s
 status! s default=""
 type! s default=""
core.v1.NodeConfigSource
 configMap core.v1.ConfigMapNodeConfigSource
core.v1.NodeConfigStatus
 active core.v1.NodeConfigSource
 assigned core.v1.NodeConfigSource
 error s
 lastKnownGood core.v1.NodeConfigSource
core.v1.NodeDaemonEndpoints
 kubeletEndpoint core.v1.DaemonEndpoint default={}
core.v1.NodeFeatures
 supplementalGroupsPolicy b
core.v1.NodeList kind=/v1/NodeList
 apiVersion s
 items! [core.v1.Node
 kind s
 metadata meta.v1.ListMeta default={}
core.v1.NodeRuntimeHandler
 features core.v1.NodeRuntimeHandlerFeatures
 name s default=""
core.v1.NodeRuntimeHandlerFeatures
 recursiveReadOnlyMounts b
 userNamespaces b
core.v1.NodeSelector map=atomic
 nodeSelectorTerms! [core.v1.NodeSelectorTerm list=atomic
core.v1.NodeSelectorRequirement
 key! s default=""
 operator! s enum=DoesNotExist|Exists|Gt|In|Lt|NotIn default=""
 values [s list=atomic
core.v1.NodeSelectorTerm map=atomic
 matchExpressions [core.v1.NodeSelectorRequirement list=atomic
 matchFields [core.v1.NodeSelectorRequirement list=atomic
core.v1.NodeSpec
 configSource core.v1.NodeConfigSource
 externalID s
 podCIDR s
 podCIDRs [s list=set merge=
 providerID s
 taints [core.v1.Taint list=atomic
 unschedulable b
core.v1.NodeStatus
 addresses [core.v1.NodeAddress list=map:type merge=type
 allocatable {q
 capacity {q
 conditions [core.v1.NodeCondition list=map:type merge=type
 config core.v1.NodeConfigStatus
 daemonEndpoints core.v1.NodeDaemonEndpoints default={}
 declaredFeatures [s list=atomic
 features core.v1.NodeFeatures
 images [core.v1.ContainerImage list=atomic
 nodeInfo core.v1.NodeSystemInfo default={}
 phase s enum=Pending|Running|Terminated
 runtimeHandlers [core.v1.NodeRuntimeHandler list=atomic
 volumesAttached [core.v1.AttachedVolume list=atomic
 volumesInUse [s list=atomic
core.v1.NodeSwapStatus
 capacity l
core.v1.NodeSystemInfo
 architecture! s default=""
 bootID! s default=""
 containerRuntimeVersion! s default=""
 kernelVersion! s default=""
 kubeProxyVersion! s default=""
 kubeletVersion! s default=""
 machineID! s default=""
 operatingSystem! s default=""
 osImage! s default=""
 swap core.v1.NodeSwapStatus
 systemUUID! s default=""
core.v1.ObjectFieldSelector map=atomic
 apiVersion s
 fieldPath! s default=""
core.v1.ObjectReference map=atomic
 apiVersion s
 fieldPath s
 kind s
 name s
 namespace s
 resourceVersion s
 uid s
core.v1.PersistentVolume kind=/v1/PersistentVolume
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec core.v1.PersistentVolumeSpec default={}
 status core.v1.PersistentVolumeStatus default={}
core.v1.PersistentVolumeClaim kind=/v1/PersistentVolumeClaim
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec core.v1.PersistentVolumeClaimSpec default={}
 status core.v1.PersistentVolumeClaimStatus default={}
core.v1.PersistentVolumeClaimCondition
 lastProbeTime t
 lastTransitionTime t
 message s
 reason s
 status! s default=""
 type! s default=""
core.v1.PersistentVolumeClaimList kind=/v1/PersistentVolumeClaimList
 apiVersion s
 items! [core.v1.PersistentVolumeClaim
 kind s
 metadata meta.v1.ListMeta default={}
core.v1.PersistentVolumeClaimSpec
 accessModes [s enum=ReadOnlyMany|ReadWriteMany|ReadWriteOnce|ReadWriteOncePod list=atomic
 dataSource core.v1.TypedLocalObjectReference
 dataSourceRef core.v1.TypedObjectReference
 resources core.v1.VolumeResourceRequirements default={}
 selector meta.v1.LabelSelector
 storageClassName s
 volumeAttributesClassName s
 volumeMode s enum=Block|Filesystem
 volumeName s
core.v1.PersistentVolumeClaimStatus
 accessModes [s enum=ReadOnlyMany|ReadWriteMany|ReadWriteOnce|ReadWriteOncePod list=atomic
 allocatedResourceStatuses {s map=granular
 allocatedResources {q
 capacity {q
 conditions [core.v1.PersistentVolumeClaimCondition list=map:type merge=type
 currentVolumeAttributesClassName s
 modifyVolumeStatus core.v1.ModifyVolumeStatus
 phase s enum=Bound|Lost|Pending
core.v1.PersistentVolumeClaimTemplate
 metadata meta.v1.ObjectMeta default={}
 spec! core.v1.PersistentVolumeClaimSpec default={}
core.v1.PersistentVolumeClaimVolumeSource
 claimName! s default=""
 readOnly b
core.v1.PersistentVolumeList kind=/v1/PersistentVolumeList
 apiVersion s
 items! [core.v1.PersistentVolume
 kind s
 metadata meta.v1.ListMeta default={}
core.v1.PersistentVolumeSpec
 accessModes [s enum=ReadOnlyMany|ReadWriteMany|ReadWriteOnce|ReadWriteOncePod list=atomic
 awsElasticBlockStore core.v1.AWSElasticBlockStoreVolumeSource
 azureDisk core.v1.AzureDiskVolumeSource
 azureFile core.v1.AzureFilePersistentVolumeSource
 capacity {q
 cephfs core.v1.CephFSPersistentVolumeSource
 cinder core.v1.CinderPersistentVolumeSource
 claimRef core.v1.ObjectReference map=granular
 csi core.v1.CSIPersistentVolumeSource
 fc core.v1.FCVolumeSource
 flexVolume core.v1.FlexPersistentVolumeSource
 flocker core.v1.FlockerVolumeSource
 gcePersistentDisk core.v1.GCEPersistentDiskVolumeSource
 glusterfs core.v1.GlusterfsPersistentVolumeSource
 hostPath core.v1.HostPathVolumeSource
 iscsi core.v1.ISCSIPersistentVolumeSource
 local core.v1.LocalVolumeSource
 mountOptions [s list=atomic
 nfs core.v1.NFSVolumeSource
 nodeAffinity core.v1.VolumeNodeAffinity
 persistentVolumeReclaimPolicy s enum=Delete|Recycle|Retain
 photonPersistentDisk core.v1.PhotonPersistentDiskVolumeSource
 portworxVolume core.v1.PortworxVolumeSource
 quobyte core.v1.QuobyteVolumeSource
 rbd core.v1.RBDPersistentVolumeSource
 scaleIO core.v1.ScaleIOPersistentVolumeSource
 storageClassName s
 storageos core.v1.StorageOSPersistentVolumeSource
 volumeAttributesClassName s
 volumeMode s enum=Block|Filesystem
 vsphereVolume core.v1.VsphereVirtualDiskVolumeSource
core.v1.PersistentVolumeStatus
 lastPhaseTransitionTime t
 message s
 phase s enum=Available|Bound|Failed|Pending|Released
 reason s
core.v1.PhotonPersistentDiskVolumeSource
 fsType s
 pdID! s default=""
core.v1.Pod kind=/v1/Pod
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec core.v1.PodSpec default={}
 status core.v1.PodStatus default={}
core.v1.PodAffinity
 preferredDuringSchedulingIgnoredDuringExecution [core.v1.WeightedPodAffinityTerm list=atomic
 requiredDuringSchedulingIgnoredDuringExecution [core.v1.PodAffinityTerm list=atomic
core.v1.PodAffinityTerm
 labelSelector meta.v1.LabelSelector
 matchLabelKeys [s list=atomic
 mismatchLabelKeys [s list=atomic
 namespaceSelector meta.v1.LabelSelector
 namespaces [s list=atomic
 topologyKey! s default=""
core.v1.PodAntiAffinity
 preferredDuringSchedulingIgnoredDuringExecution [core.v1.WeightedPodAffinityTerm list=atomic
 requiredDuringSchedulingIgnoredDuringExecution [core.v1.PodAffinityTerm list=atomic
core.v1.PodCertificateProjection
 certificateChainPath s
 credentialBundlePath s
 keyPath s
 keyType! s
 maxExpirationSeconds i
 signerName! s
 userAnnotations {s
core.v1.PodCondition
 lastProbeTime t
 lastTransitionTime t
 message s
 observedGeneration l
 reason s
 status! s default=""
 type! s default=""
core.v1.PodDNSConfig
 nameservers [s list=atomic
 options [core.v1.PodDNSConfigOption list=atomic
 searches [s list=atomic
core.v1.PodDNSConfigOption
 name s
 value s
core.v1.PodExtendedResourceClaimStatus
 requestMappings! [core.v1.ContainerExtendedResourceRequest list=atomic
 resourceClaimName! s default=""
core.v1.PodIP
 ip! s default=""
core.v1.PodList kind=/v1/PodList
 apiVersion s
 items! [core.v1.Pod
 kind s
 metadata meta.v1.ListMeta default={}
core.v1.PodOS
 name! s default=""
core.v1.PodReadinessGate
 conditionType! s default=""
core.v1.PodResourceClaim
 name! s default=""
 resourceClaimName s
 resourceClaimTemplateName s
core.v1.PodResourceClaimStatus
 name! s default=""
 resourceClaimName s
core.v1.PodSchedulingGate
 name! s default=""
core.v1.PodSchedulingGroup
 podGroupName s
core.v1.PodSecurityContext
 appArmorProfile core.v1.AppArmorProfile
 fsGroup l
 fsGroupChangePolicy s enum=Always|OnRootMismatch
 runAsGroup l
 runAsNonRoot b
 runAsUser l
 seLinuxChangePolicy s
 seLinuxOptions core.v1.SELinuxOptions
 seccompProfile core.v1.SeccompProfile
 supplementalGroups [l list=atomic
 supplementalGroupsPolicy s enum=Merge|Strict
 sysctls [core.v1.Sysctl list=atomic
 windowsOptions core.v1.WindowsSecurityContextOptions
core.v1.PodSpec
 activeDeadlineSeconds l
 affinity core.v1.Affinity
 automountServiceAccountToken b
 containers! [core.v1.Container list=map:name merge=name
 dnsConfig core.v1.PodDNSConfig
 dnsPolicy s enum=ClusterFirst|ClusterFirstWithHostNet|Default|None
 enableServiceLinks b
 ephemeralContainers [core.v1.EphemeralContainer list=map:name merge=name
 hostAliases [core.v1.HostAlias list=map:ip merge=ip
 hostIPC b
 hostNetwork b
 hostPID b
 hostUsers b
 hostname s
 hostnameOverride s
 imagePullSecrets [core.v1.LocalObjectReference list=map:name merge=name
 initContainers [core.v1.Container list=map:name merge=name
 nodeName s
 nodeSelector {s map=atomic
 os core.v1.PodOS
 overhead {q
 preemptionPolicy s enum=Never|PreemptLowerPriority
 priority i
 priorityClassName s
 readinessGates [core.v1.PodReadinessGate list=atomic
 resourceClaims [core.v1.PodResourceClaim list=map:name merge=name retain
 resources core.v1.ResourceRequirements
 restartPolicy s enum=Always|Never|OnFailure
 runtimeClassName s
 schedulerName s
 schedulingGates [core.v1.PodSchedulingGate list=map:name merge=name
 schedulingGroup core.v1.PodSchedulingGroup
 securityContext core.v1.PodSecurityContext
 serviceAccount s
 serviceAccountName s
 setHostnameAsFQDN b
 shareProcessNamespace b
 subdomain s
 terminationGracePeriodSeconds l
 tolerations [core.v1.Toleration list=atomic
 topologySpreadConstraints [core.v1.TopologySpreadConstraint list=map:topologyKey,whenUnsatisfiable merge=topologyKey
 volumes [core.v1.Volume list=map:name merge=name retain
core.v1.PodStatus
 allocatedResources {q
 conditions [core.v1.PodCondition list=map:type merge=type
 containerStatuses [core.v1.ContainerStatus list=atomic
 ephemeralContainerStatuses [core.v1.ContainerStatus list=atomic
 extendedResourceClaimStatus core.v1.PodExtendedResourceClaimStatus
 hostIP s
 hostIPs [core.v1.HostIP list=atomic merge=ip
 initContainerStatuses [core.v1.ContainerStatus list=atomic
 message s
 nodeAllocatableResourceClaimStatuses [core.v1.NodeAllocatableResourceClaimStatus list=atomic
 nominatedNodeName s
 observedGeneration l
 phase s enum=Failed|Pending|Running|Succeeded|Unknown
 podIP s
 podIPs [core.v1.PodIP list=map:ip merge=ip
 qosClass s enum=BestEffort|Burstable|Guaranteed
 reason s
 resize s
 resourceClaimStatuses [core.v1.PodResourceClaimStatus list=map:name merge=name retain
 resources core.v1.ResourceRequirements
 startTime t
core.v1.PodTemplate kind=/v1/PodTemplate
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 template core.v1.PodTemplateSpec default={}
core.v1.PodTemplateList kind=/v1/PodTemplateList
 apiVersion s
 items! [core.v1.PodTemplate
 kind s
 metadata meta.v1.ListMeta default={}
core.v1.PodTemplateSpec
 metadata meta.v1.ObjectMeta default={}
 spec core.v1.PodSpec default={}
core.v1.PortStatus
 error s
 port! i default=0
 protocol! s enum=SCTP|TCP|UDP default=""
core.v1.PortworxVolumeSource
 fsType s
 readOnly b
 volumeID! s default=""
core.v1.PreferredSchedulingTerm
 preference! core.v1.NodeSelectorTerm default={}
 weight! i default=0
core.v1.Probe
 exec core.v1.ExecAction
 failureThreshold i
 grpc core.v1.GRPCAction
 httpGet core.v1.HTTPGetAction
 initialDelaySeconds i
 periodSeconds i
 successThreshold i
 tcpSocket core.v1.TCPSocketAction
 terminationGracePeriodSeconds l
 timeoutSeconds i
core.v1.ProjectedVolumeSource
 defaultMode i
 sources [core.v1.VolumeProjection list=atomic
core.v1.QuobyteVolumeSource
 group s
 readOnly b
 registry! s default=""
 tenant s
 user s
 volume! s default=""
core.v1.RBDPersistentVolumeSource
 fsType s
 image! s default=""
 keyring s default="/etc/ceph/keyring"
 monitors! [s list=atomic
 pool s default="rbd"
 readOnly b
 secretRef core.v1.SecretReference
 user s default="admin"
core.v1.RBDVolumeSource
 fsType s
 image! s default=""
 keyring s default="/etc/ceph/keyring"
 monitors! [s list=atomic
 pool s default="rbd"
 readOnly b
 secretRef core.v1.LocalObjectReference
 user s default="admin"
core.v1.ReplicationController kind=/v1/ReplicationController
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec core.v1.ReplicationControllerSpec default={}
 status core.v1.ReplicationControllerStatus default={}
core.v1.ReplicationControllerCondition
 lastTransitionTime t
 message s
 reason s
 status! s default=""
 type! s default=""
core.v1.ReplicationControllerList kind=/v1/ReplicationControllerList
 apiVersion s
 items! [core.v1.ReplicationController
 kind s
 metadata meta.v1.ListMeta default={}
core.v1.ReplicationControllerSpec
 minReadySeconds i default=0
 replicas i default=1
 selector {s map=atomic
 template core.v1.PodTemplateSpec
core.v1.ReplicationControllerStatus
 availableReplicas i
 conditions [core.v1.ReplicationControllerCondition list=map:type merge=type
 fullyLabeledReplicas i
 observedGeneration l
 readyReplicas i
 replicas! i default=0
core.v1.ResourceClaim
 name! s default=""
 request s
core.v1.ResourceFieldSelector map=atomic
 containerName s
 divisor q
 resource! s default=""
core.v1.ResourceHealth
 health s
 message s
 resourceID! s default=""
core.v1.ResourceQuota kind=/v1/ResourceQuota
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec core.v1.ResourceQuotaSpec default={}
 status core.v1.ResourceQuotaStatus default={}
core.v1.ResourceQuotaList kind=/v1/ResourceQuotaList
 apiVersion s
 items! [core.v1.ResourceQuota
 kind s
 metadata meta.v1.ListMeta default={}
core.v1.ResourceQuotaSpec
 hard {q
 scopeSelector core.v1.ScopeSelector
 scopes [s enum=BestEffort|CrossNamespacePodAffinity|NotBestEffort|NotTerminating|PriorityClass|Terminating|VolumeAttributesClass list=atomic
core.v1.ResourceQuotaStatus
 hard {q
 used {q
core.v1.ResourceRequirements
 claims [core.v1.ResourceClaim list=map:name
 limits {q
 requests {q
core.v1.ResourceStatus
 name! s default=""
 resources [core.v1.ResourceHealth list=map:resourceID
core.v1.SELinuxOptions
 level s
 role s
 type s
 user s
core.v1.ScaleIOPersistentVolumeSource
 fsType s default="xfs"
 gateway! s default=""
 protectionDomain s
 readOnly b
 secretRef! core.v1.SecretReference
 sslEnabled b
 storageMode s default="ThinProvisioned"
 storagePool s
 system! s default=""
 volumeName s
core.v1.ScaleIOVolumeSource
 fsType s default="xfs"
 gateway! s default=""
 protectionDomain s
 readOnly b
 secretRef! core.v1.LocalObjectReference
 sslEnabled b
 storageMode s default="ThinProvisioned"
 storagePool s
 system! s default=""
 volumeName s
core.v1.ScopeSelector map=atomic
 matchExpressions [core.v1.ScopedResourceSelectorRequirement list=atomic
core.v1.ScopedResourceSelectorRequirement
 operator! s enum=DoesNotExist|Exists|In|NotIn default=""
 scopeName! s enum=BestEffort|CrossNamespacePodAffinity|NotBestEffort|NotTerminating|PriorityClass|Terminating|VolumeAttributesClass default=""
 values [s list=atomic
core.v1.SeccompProfile
 localhostProfile s
 type! s enum=Localhost|RuntimeDefault|Unconfined default=""
core.v1.Secret kind=/v1/Secret
 apiVersion s
 data {y
 immutable b
 kind s
 metadata meta.v1.ObjectMeta default={}
 stringData {s
 type s
core.v1.SecretEnvSource
 name s default=""
 optional b
core.v1.SecretKeySelector map=atomic
 key! s default=""
 name s default=""
 optional b
core.v1.SecretList kind=/v1/SecretList
 apiVersion s
 items! [core.v1.Secret
 kind s
 metadata meta.v1.ListMeta default={}
core.v1.SecretProjection
 items [core.v1.KeyToPath list=atomic
 name s default=""
 optional b
core.v1.SecretReference map=atomic
 name s
 namespace s
core.v1.SecretVolumeSource
 defaultMode i
 items [core.v1.KeyToPath list=atomic
 optional b
 secretName s
core.v1.SecurityContext
 allowPrivilegeEscalation b
 appArmorProfile core.v1.AppArmorProfile
 capabilities core.v1.Capabilities
 privileged b
 procMount s enum=Default|Unmasked
 readOnlyRootFilesystem b
 runAsGroup l
 runAsNonRoot b
 runAsUser l
 seLinuxOptions core.v1.SELinuxOptions
 seccompProfile core.v1.SeccompProfile
 windowsOptions core.v1.WindowsSecurityContextOptions
core.v1.Service kind=/v1/Service
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec core.v1.ServiceSpec default={}
 status core.v1.ServiceStatus default={}
core.v1.ServiceAccount kind=/v1/ServiceAccount
 apiVersion s
 automountServiceAccountToken b
 imagePullSecrets [core.v1.LocalObjectReference list=atomic
 kind s
 metadata meta.v1.ObjectMeta default={}
 secrets [core.v1.ObjectReference list=map:name merge=name
core.v1.ServiceAccountList kind=/v1/ServiceAccountList
 apiVersion s
 items! [core.v1.ServiceAccount
 kind s
 metadata meta.v1.ListMeta default={}
core.v1.ServiceAccountTokenProjection
 audience s
 expirationSeconds l
 path! s default=""
core.v1.ServiceList kind=/v1/ServiceList
 apiVersion s
 items! [core.v1.Service
 kind s
 metadata meta.v1.ListMeta default={}
core.v1.ServicePort
 appProtocol s
 name s
 nodePort i
 port! i default=0
 protocol s enum=SCTP|TCP|UDP default="TCP"
 targetPort *
core.v1.ServiceSpec
 allocateLoadBalancerNodePorts b
 clusterIP s
 clusterIPs [s list=atomic
 externalIPs [s list=atomic
 externalName s
 externalTrafficPolicy s enum=Cluster|Local
 healthCheckNodePort i
 internalTrafficPolicy s enum=Cluster|Local
 ipFamilies [s enum=|IPv4|IPv6 list=atomic
 ipFamilyPolicy s enum=PreferDualStack|RequireDualStack|SingleStack
 loadBalancerClass s
 loadBalancerIP s
 loadBalancerSourceRanges [s list=atomic
 ports [core.v1.ServicePort list=map:port,protocol merge=port
 publishNotReadyAddresses b
 selector {s map=atomic
 sessionAffinity s enum=ClientIP|None
 sessionAffinityConfig core.v1.SessionAffinityConfig
 trafficDistribution s
 type s enum=ClusterIP|ExternalName|LoadBalancer|NodePort
core.v1.ServiceStatus
 conditions [meta.v1.Condition list=map:type merge=type
 loadBalancer core.v1.LoadBalancerStatus default={}
core.v1.SessionAffinityConfig
 clientIP core.v1.ClientIPConfig
core.v1.SleepAction
 seconds! l default=0
core.v1.StorageOSPersistentVolumeSource
 fsType s
 readOnly b
 secretRef core.v1.ObjectReference
 volumeName s
 volumeNamespace s
core.v1.StorageOSVolumeSource
 fsType s
 readOnly b
 secretRef core.v1.LocalObjectReference
 volumeName s
 volumeNamespace s
core.v1.Sysctl
 name! s default=""
 value! s default=""
core.v1.TCPSocketAction
 host s
 port! *
core.v1.Taint
 effect! s enum=NoExecute|NoSchedule|PreferNoSchedule default=""
 key! s default=""
 timeAdded t
 value s
core.v1.Toleration
 effect s enum=NoExecute|NoSchedule|PreferNoSchedule
 key s
 operator s enum=Equal|Exists|Gt|Lt
 tolerationSeconds l
 value s
core.v1.TopologySpreadConstraint
 labelSelector meta.v1.LabelSelector
 matchLabelKeys [s list=atomic
 maxSkew! i default=0
 minDomains i
 nodeAffinityPolicy s enum=Honor|Ignore
 nodeTaintsPolicy s enum=Honor|Ignore
 topologyKey! s default=""
 whenUnsatisfiable! s enum=DoNotSchedule|ScheduleAnyway default=""
core.v1.TypedLocalObjectReference map=atomic
 apiGroup s
 kind! s default=""
 name! s default=""
core.v1.TypedObjectReference
 apiGroup s
 kind! s default=""
 name! s default=""
 namespace s
core.v1.Volume
 awsElasticBlockStore core.v1.AWSElasticBlockStoreVolumeSource
 azureDisk core.v1.AzureDiskVolumeSource
 azureFile core.v1.AzureFileVolumeSource
 cephfs core.v1.CephFSVolumeSource
 cinder core.v1.CinderVolumeSource
 configMap core.v1.ConfigMapVolumeSource
 csi core.v1.CSIVolumeSource
 downwardAPI core.v1.DownwardAPIVolumeSource
 emptyDir core.v1.EmptyDirVolumeSource
 ephemeral core.v1.EphemeralVolumeSource
 fc core.v1.FCVolumeSource
 flexVolume core.v1.FlexVolumeSource
 flocker core.v1.FlockerVolumeSource
 gcePersistentDisk core.v1.GCEPersistentDiskVolumeSource
 gitRepo core.v1.GitRepoVolumeSource
 glusterfs core.v1.GlusterfsVolumeSource
 hostPath core.v1.HostPathVolumeSource
 image core.v1.ImageVolumeSource
 iscsi core.v1.ISCSIVolumeSource
 name! s default=""
 nfs core.v1.NFSVolumeSource
 persistentVolumeClaim core.v1.PersistentVolumeClaimVolumeSource
 photonPersistentDisk core.v1.PhotonPersistentDiskVolumeSource
 portworxVolume core.v1.PortworxVolumeSource
 projected core.v1.ProjectedVolumeSource
 quobyte core.v1.QuobyteVolumeSource
 rbd core.v1.RBDVolumeSource
 scaleIO core.v1.ScaleIOVolumeSource
 secret core.v1.SecretVolumeSource
 storageos core.v1.StorageOSVolumeSource
 vsphereVolume core.v1.VsphereVirtualDiskVolumeSource
core.v1.VolumeDevice
 devicePath! s default=""
 name! s default=""
core.v1.VolumeMount
 mountPath! s default=""
 mountPropagation s enum=Bidirectional|HostToContainer|None
 name! s default=""
 readOnly b
 recursiveReadOnly s
 subPath s
 subPathExpr s
core.v1.VolumeMountStatus
 mountPath! s default=""
 name! s default=""
 readOnly b
 recursiveReadOnly s
 volumeStatus core.v1.VolumeStatus
core.v1.VolumeNodeAffinity
 required core.v1.NodeSelector
core.v1.VolumeProjection
 clusterTrustBundle core.v1.ClusterTrustBundleProjection
 configMap core.v1.ConfigMapProjection
 downwardAPI core.v1.DownwardAPIProjection
 podCertificate core.v1.PodCertificateProjection
 secret core.v1.SecretProjection
 serviceAccountToken core.v1.ServiceAccountTokenProjection
core.v1.VolumeResourceRequirements
 limits {q
 requests {q
core.v1.VolumeStatus
 image core.v1.ImageVolumeStatus
core.v1.VsphereVirtualDiskVolumeSource
 fsType s
 storagePolicyID s
 storagePolicyName s
 volumePath! s default=""
core.v1.WeightedPodAffinityTerm
 podAffinityTerm! core.v1.PodAffinityTerm default={}
 weight! i default=0
core.v1.WindowsSecurityContextOptions
 gmsaCredentialSpec s
 gmsaCredentialSpecName s
 hostProcess b
 runAsUserName s
discovery.v1.Endpoint
 addresses! [s list=set
 conditions discovery.v1.EndpointConditions default={}
 deprecatedTopology {s
 hints discovery.v1.EndpointHints
 hostname s
 nodeName s
 targetRef core.v1.ObjectReference
 zone s
discovery.v1.EndpointConditions
 ready b
 serving b
 terminating b
discovery.v1.EndpointHints
 forNodes [discovery.v1.ForNode list=atomic
 forZones [discovery.v1.ForZone list=atomic
discovery.v1.EndpointPort map=atomic
 appProtocol s
 name s
 port i
 protocol s enum=SCTP|TCP|UDP
discovery.v1.EndpointSlice kind=discovery.k8s.io/v1/EndpointSlice
 addressType! s enum=FQDN|IPv4|IPv6 default=""
 apiVersion s
 endpoints [discovery.v1.Endpoint list=atomic
 kind s
 metadata meta.v1.ObjectMeta default={}
 ports [discovery.v1.EndpointPort list=atomic
discovery.v1.EndpointSliceList kind=discovery.k8s.io/v1/EndpointSliceList
 apiVersion s
 items! [discovery.v1.EndpointSlice
 kind s
 metadata meta.v1.ListMeta default={}
discovery.v1.ForNode
 name! s default=""
discovery.v1.ForZone
 name! s default=""
meta.v1.APIResource
 categories [s list=atomic
 group s
 kind! s default=""
 name! s default=""
 namespaced! b default=false
 shortNames [s list=atomic
 singularName! s default=""
 storageVersionHash s
 verbs! [s
 version s
meta.v1.APIResourceList kind=/v1/APIResourceList
 apiVersion s
 groupVersion! s default=""
 kind s
 resources! [meta.v1.APIResource list=atomic
meta.v1.Condition
 lastTransitionTime! t
 message! s default=""
 observedGeneration l
 reason! s default=""
 status! s default=""
 type! s default=""
meta.v1.DeleteOptions
 apiVersion s
 dryRun [s list=atomic
 gracePeriodSeconds l
 ignoreStoreReadErrorWithClusterBreakingPotential b
 kind s
 orphanDependents b
 preconditions meta.v1.Preconditions
 propagationPolicy s
meta.v1.LabelSelector map=atomic
 matchExpressions [meta.v1.LabelSelectorRequirement list=atomic
 matchLabels {s
meta.v1.LabelSelectorRequirement
 key! s default=""
 operator! s default=""
 values [s list=atomic
meta.v1.ListMeta
 continue s
 remainingItemCount l
 resourceVersion s
 selfLink s
 shardInfo meta.v1.ShardInfo
meta.v1.ManagedFieldsEntry
 apiVersion s
 fieldsType s
 fieldsV1 x
 manager s
 operation s
 subresource s
 time t
meta.v1.ObjectMeta
 annotations {s
 creationTimestamp t
 deletionGracePeriodSeconds l
 deletionTimestamp t
 finalizers [s list=set merge=
 generateName s
 generation l
 labels {s
 managedFields [meta.v1.ManagedFieldsEntry list=atomic
 name s
 namespace s
 ownerReferences [meta.v1.OwnerReference list=map:uid merge=uid
 resourceVersion s
 selfLink s
 uid s
meta.v1.OwnerReference map=atomic
 apiVersion! s default=""
 blockOwnerDeletion b
 controller b
 kind! s default=""
 name! s default=""
 uid! s default=""
meta.v1.Preconditions
 resourceVersion s
 uid s
meta.v1.ShardInfo
 selector! s default=""
meta.v1.Status kind=/v1/Status
 apiVersion s
 code i
 details meta.v1.StatusDetails
 kind s
 message s
 metadata meta.v1.ListMeta default={}
 reason s
 status s
meta.v1.StatusCause
 field s
 message s
 reason s
meta.v1.StatusDetails
 causes [meta.v1.StatusCause list=atomic
 group s
 kind s
 name s
 retryAfterSeconds i
 uid s
meta.v1.WatchEvent
 object! x
 type! s default=""
networking.v1.HTTPIngressPath
 backend! networking.v1.IngressBackend default={}
 path s
 pathType! s enum=Exact|ImplementationSpecific|Prefix
networking.v1.HTTPIngressRuleValue
 paths! [networking.v1.HTTPIngressPath list=atomic
networking.v1.IPAddress kind=networking.k8s.io/v1/IPAddress
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec! networking.v1.IPAddressSpec default={}
networking.v1.IPAddressList kind=networking.k8s.io/v1/IPAddressList
 apiVersion s
 items! [networking.v1.IPAddress
 kind s
 metadata meta.v1.ListMeta default={}
networking.v1.IPAddressSpec
 parentRef! networking.v1.ParentReference
networking.v1.IPBlock
 cidr! s default=""
 except [s list=atomic
networking.v1.Ingress kind=networking.k8s.io/v1/Ingress
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec networking.v1.IngressSpec default={}
 status networking.v1.IngressStatus default={}
networking.v1.IngressBackend
 resource core.v1.TypedLocalObjectReference
 service networking.v1.IngressServiceBackend
networking.v1.IngressClass kind=networking.k8s.io/v1/IngressClass
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec networking.v1.IngressClassSpec default={}
networking.v1.IngressClassList kind=networking.k8s.io/v1/IngressClassList
 apiVersion s
 items! [networking.v1.IngressClass
 kind s
 metadata meta.v1.ListMeta default={}
networking.v1.IngressClassParametersReference
 apiGroup s
 kind! s default=""
 name! s default=""
 namespace s
 scope s
networking.v1.IngressClassSpec
 controller s
 parameters networking.v1.IngressClassParametersReference
networking.v1.IngressList kind=networking.k8s.io/v1/IngressList
 apiVersion s
 items! [networking.v1.Ingress
 kind s
 metadata meta.v1.ListMeta default={}
networking.v1.IngressLoadBalancerIngress
 hostname s
 ip s
 ports [networking.v1.IngressPortStatus list=atomic
networking.v1.IngressLoadBalancerStatus
 ingress [networking.v1.IngressLoadBalancerIngress list=atomic
networking.v1.IngressPortStatus
 error s
 port! i default=0
 protocol! s enum=SCTP|TCP|UDP default=""
networking.v1.IngressRule
 host s
 http networking.v1.HTTPIngressRuleValue
networking.v1.IngressServiceBackend
 name! s default=""
 port networking.v1.ServiceBackendPort default={}
networking.v1.IngressSpec
 defaultBackend networking.v1.IngressBackend
 ingressClassName s
 rules [networking.v1.IngressRule list=atomic
 tls [networking.v1.IngressTLS list=atomic
networking.v1.IngressStatus
 loadBalancer networking.v1.IngressLoadBalancerStatus default={}
networking.v1.IngressTLS
 hosts [s list=atomic
 secretName s
networking.v1.NetworkPolicy kind=networking.k8s.io/v1/NetworkPolicy
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec networking.v1.NetworkPolicySpec default={}
networking.v1.NetworkPolicyEgressRule
 ports [networking.v1.NetworkPolicyPort list=atomic
 to [networking.v1.NetworkPolicyPeer list=atomic
networking.v1.NetworkPolicyIngressRule
 from [networking.v1.NetworkPolicyPeer list=atomic
 ports [networking.v1.NetworkPolicyPort list=atomic
networking.v1.NetworkPolicyList kind=networking.k8s.io/v1/NetworkPolicyList
 apiVersion s
 items! [networking.v1.NetworkPolicy
 kind s
 metadata meta.v1.ListMeta default={}
networking.v1.NetworkPolicyPeer
 ipBlock networking.v1.IPBlock
 namespaceSelector meta.v1.LabelSelector
 podSelector meta.v1.LabelSelector
networking.v1.NetworkPolicyPort
 endPort i
 port *
 protocol s enum=SCTP|TCP|UDP
networking.v1.NetworkPolicySpec
 egress [networking.v1.NetworkPolicyEgressRule list=atomic
 ingress [networking.v1.NetworkPolicyIngressRule list=atomic
 podSelector meta.v1.LabelSelector default={}
 policyTypes [s enum=Egress|Ingress list=atomic
networking.v1.ParentReference
 group s
 name! s
 namespace s
 resource! s
networking.v1.ServiceBackendPort map=atomic
 name s
 number i
networking.v1.ServiceCIDR kind=networking.k8s.io/v1/ServiceCIDR
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec networking.v1.ServiceCIDRSpec default={}
 status networking.v1.ServiceCIDRStatus default={}
networking.v1.ServiceCIDRList kind=networking.k8s.io/v1/ServiceCIDRList
 apiVersion s
 items! [networking.v1.ServiceCIDR
 kind s
 metadata meta.v1.ListMeta default={}
networking.v1.ServiceCIDRSpec
 cidrs [s list=atomic
networking.v1.ServiceCIDRStatus
 conditions [meta.v1.Condition list=map:type merge=type
policy.v1.Eviction kind=policy/v1/Eviction
 apiVersion s
 deleteOptions meta.v1.DeleteOptions
 kind s
 metadata meta.v1.ObjectMeta default={}
`;
