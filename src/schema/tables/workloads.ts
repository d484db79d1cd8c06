// workloads.ts - types of the API: jobs, disruption budgets, autoscalers, priorities. Written after the API's types.go (Kubernetes 1.36).

/** The notation is told in types.ts. */
export const WORKLOADS = `
# batch/v1
batch.v1.Job kind=batch/v1/Job
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec batch.v1.JobSpec default={}
 status batch.v1.JobStatus default={}
batch.v1.JobSpec
 activeDeadlineSeconds l
 backoffLimit i
 backoffLimitPerIndex i
 completionMode s enum=Indexed|NonIndexed
 completions i
 managedBy s
 manualSelector b
 maxFailedIndexes i
 parallelism i
 podFailurePolicy batch.v1.PodFailurePolicy
 podReplacementPolicy s enum=Failed|TerminatingOrFailed
 selector meta.v1.LabelSelector
 successPolicy batch.v1.SuccessPolicy
 suspend b
 template! core.v1.PodTemplateSpec default={}
 ttlSecondsAfterFinished i
batch.v1.JobStatus
 active i
 completedIndexes s
 completionTime t
 conditions [batch.v1.JobCondition list=atomic merge=type
 failed i
 failedIndexes s
 ready i
 startTime t
 succeeded i
 terminating i
 uncountedTerminatedPods batch.v1.UncountedTerminatedPods
batch.v1.JobCondition
 lastProbeTime t
 lastTransitionTime t
 message s
 reason s
 status! s default=""
 type! s default=""
batch.v1.UncountedTerminatedPods
 failed [s list=set
 succeeded [s list=set
batch.v1.PodFailurePolicy
 rules! [batch.v1.PodFailurePolicyRule list=atomic
batch.v1.PodFailurePolicyRule
 action! s enum=Count|FailIndex|FailJob|Ignore default=""
 onExitCodes batch.v1.PodFailurePolicyOnExitCodesRequirement
 onPodConditions [batch.v1.PodFailurePolicyOnPodConditionsPattern list=atomic
batch.v1.PodFailurePolicyOnExitCodesRequirement
 containerName s
 operator! s enum=In|NotIn default=""
 values! [i list=set
batch.v1.PodFailurePolicyOnPodConditionsPattern
 status s
 type! s default=""
batch.v1.SuccessPolicy
 rules! [batch.v1.SuccessPolicyRule list=atomic
batch.v1.SuccessPolicyRule
 succeededCount i
 succeededIndexes s
batch.v1.CronJob kind=batch/v1/CronJob
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec batch.v1.CronJobSpec default={}
 status batch.v1.CronJobStatus default={}
batch.v1.CronJobSpec
 concurrencyPolicy s enum=Allow|Forbid|Replace
 failedJobsHistoryLimit i
 jobTemplate! batch.v1.JobTemplateSpec default={}
 schedule! s default=""
 startingDeadlineSeconds l
 successfulJobsHistoryLimit i
 suspend b
 timeZone s
batch.v1.CronJobStatus
 active [core.v1.ObjectReference list=atomic
 lastScheduleTime t
 lastSuccessfulTime t
batch.v1.JobTemplateSpec
 metadata meta.v1.ObjectMeta default={}
 spec batch.v1.JobSpec default={}
# policy/v1
policy.v1.PodDisruptionBudget kind=policy/v1/PodDisruptionBudget
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec policy.v1.PodDisruptionBudgetSpec default={}
 status policy.v1.PodDisruptionBudgetStatus default={}
policy.v1.PodDisruptionBudgetSpec
 maxUnavailable *
 minAvailable *
 selector meta.v1.LabelSelector
 unhealthyPodEvictionPolicy s
policy.v1.PodDisruptionBudgetStatus
 conditions [meta.v1.Condition list=map:type merge=type
 currentHealthy! i default=0
 desiredHealthy! i default=0
 disruptedPods {t
 disruptionsAllowed! i default=0
 expectedPods! i default=0
 observedGeneration l
policy.v1.Eviction kind=policy/v1/Eviction
 apiVersion s
 deleteOptions meta.v1.DeleteOptions
 kind s
 metadata meta.v1.ObjectMeta default={}
# autoscaling/v2
autoscaling.v2.HorizontalPodAutoscaler kind=autoscaling/v2/HorizontalPodAutoscaler
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec autoscaling.v2.HorizontalPodAutoscalerSpec default={}
 status autoscaling.v2.HorizontalPodAutoscalerStatus default={}
autoscaling.v2.HorizontalPodAutoscalerSpec
 behavior autoscaling.v2.HorizontalPodAutoscalerBehavior
 maxReplicas! i default=0
 metrics [autoscaling.v2.MetricSpec list=atomic
 minReplicas i
 scaleTargetRef! autoscaling.v2.CrossVersionObjectReference default={}
autoscaling.v2.CrossVersionObjectReference
 apiVersion s
 kind! s default=""
 name! s default=""
autoscaling.v2.HorizontalPodAutoscalerBehavior
 scaleDown autoscaling.v2.HPAScalingRules
 scaleUp autoscaling.v2.HPAScalingRules
autoscaling.v2.HPAScalingRules
 policies [autoscaling.v2.HPAScalingPolicy list=atomic
 selectPolicy s
 stabilizationWindowSeconds i
 tolerance q
autoscaling.v2.HPAScalingPolicy
 periodSeconds! i default=0
 type! s default=""
 value! i default=0
autoscaling.v2.MetricSpec
 containerResource autoscaling.v2.ContainerResourceMetricSource
 external autoscaling.v2.ExternalMetricSource
 object autoscaling.v2.ObjectMetricSource
 pods autoscaling.v2.PodsMetricSource
 resource autoscaling.v2.ResourceMetricSource
 type! s default=""
autoscaling.v2.ContainerResourceMetricSource
 container! s default=""
 name! s default=""
 target! autoscaling.v2.MetricTarget default={}
autoscaling.v2.ResourceMetricSource
 name! s default=""
 target! autoscaling.v2.MetricTarget default={}
autoscaling.v2.ExternalMetricSource
 metric! autoscaling.v2.MetricIdentifier default={}
 target! autoscaling.v2.MetricTarget default={}
autoscaling.v2.PodsMetricSource
 metric! autoscaling.v2.MetricIdentifier default={}
 target! autoscaling.v2.MetricTarget default={}
autoscaling.v2.ObjectMetricSource
 describedObject! autoscaling.v2.CrossVersionObjectReference default={}
 metric! autoscaling.v2.MetricIdentifier default={}
 target! autoscaling.v2.MetricTarget default={}
autoscaling.v2.MetricIdentifier
 name! s default=""
 selector meta.v1.LabelSelector
autoscaling.v2.MetricTarget
 averageUtilization i
 averageValue q
 type! s default=""
 value q
autoscaling.v2.HorizontalPodAutoscalerStatus
 conditions [meta.v1.Condition list=map:type merge=type
 currentMetrics [x list=atomic
 currentReplicas i
 desiredReplicas! i default=0
 lastScaleTime t
 observedGeneration l
# scheduling.k8s.io/v1
scheduling.v1.PriorityClass kind=scheduling.k8s.io/v1/PriorityClass
 apiVersion s
 description s
 globalDefault b
 kind s
 metadata meta.v1.ObjectMeta default={}
 preemptionPolicy s enum=Never|PreemptLowerPriority
 value! i default=0
`;
