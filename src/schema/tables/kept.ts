// kept.ts - types of the API whose objects are kept as they come: what stands in their specs is nobody's business here.

/** The notation is told in types.ts. */
export const KEPT = `
# certificates.k8s.io/v1
certificates.v1.CertificateSigningRequest kind=certificates.k8s.io/v1/CertificateSigningRequest
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec! x
 status x
# apiregistration.k8s.io/v1
apiregistration.v1.APIService kind=apiregistration.k8s.io/v1/APIService
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec x
 status x
# admissionregistration.k8s.io/v1
admissionregistration.v1.ValidatingAdmissionPolicy kind=admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec x
 status x
admissionregistration.v1.ValidatingAdmissionPolicyBinding kind=admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec x
# metrics.k8s.io/v1beta1
metrics.v1beta1.ContainerMetrics
 name! s default=""
 usage! {q
metrics.v1beta1.NodeMetrics kind=metrics.k8s.io/v1beta1/NodeMetrics
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 timestamp! t
 usage! {q
 window! s
metrics.v1beta1.PodMetrics kind=metrics.k8s.io/v1beta1/PodMetrics
 apiVersion s
 containers! [metrics.v1beta1.ContainerMetrics list=map:name
 kind s
 metadata meta.v1.ObjectMeta default={}
 timestamp! t
 window! s
# node.k8s.io/v1
node.v1.RuntimeClass kind=node.k8s.io/v1/RuntimeClass
 apiVersion s
 handler! s default=""
 kind s
 metadata meta.v1.ObjectMeta default={}
 overhead x
 scheduling x
# resource.k8s.io/v1
resource.v1.DeviceClass kind=resource.k8s.io/v1/DeviceClass
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec! x
resource.v1.ResourceClaim kind=resource.k8s.io/v1/ResourceClaim
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec! x
 status x
resource.v1.ResourceClaimTemplate kind=resource.k8s.io/v1/ResourceClaimTemplate
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec! x
resource.v1.ResourceSlice kind=resource.k8s.io/v1/ResourceSlice
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec! x
# flowcontrol.apiserver.k8s.io/v1
flowcontrol.v1.FlowSchema kind=flowcontrol.apiserver.k8s.io/v1/FlowSchema
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec x
 status x
flowcontrol.v1.PriorityLevelConfiguration kind=flowcontrol.apiserver.k8s.io/v1/PriorityLevelConfiguration
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec x
 status x
# storage.k8s.io/v1
storage.v1.CSIDriver kind=storage.k8s.io/v1/CSIDriver
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec! x
storage.v1.CSINode kind=storage.k8s.io/v1/CSINode
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec! x
storage.v1.CSIStorageCapacity kind=storage.k8s.io/v1/CSIStorageCapacity
 apiVersion s
 capacity q
 kind s
 maximumVolumeSize q
 metadata meta.v1.ObjectMeta default={}
 nodeTopology meta.v1.LabelSelector
 storageClassName! s default=""
storage.v1.VolumeAttachment kind=storage.k8s.io/v1/VolumeAttachment
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec! x
 status x
storage.v1.VolumeAttributesClass kind=storage.k8s.io/v1/VolumeAttributesClass
 apiVersion s
 driverName! s default=""
 kind s
 metadata meta.v1.ObjectMeta default={}
 parameters {s
# autoscaling/v1
autoscaling.v1.HorizontalPodAutoscaler kind=autoscaling/v1/HorizontalPodAutoscaler
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec autoscaling.v1.HorizontalPodAutoscalerSpec default={}
 status autoscaling.v1.HorizontalPodAutoscalerStatus default={}
autoscaling.v1.HorizontalPodAutoscalerSpec
 maxReplicas! i default=0
 minReplicas i
 scaleTargetRef! autoscaling.v1.CrossVersionObjectReference default={}
 targetCPUUtilizationPercentage i
autoscaling.v1.HorizontalPodAutoscalerStatus
 currentCPUUtilizationPercentage i
 currentReplicas! i default=0
 desiredReplicas! i default=0
 lastScaleTime t
 observedGeneration l
autoscaling.v1.CrossVersionObjectReference map=atomic
 apiVersion s
 kind! s default=""
 name! s default=""
`;
