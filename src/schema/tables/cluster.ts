// cluster.ts - types of the API: leases, events, storage, extensions, admission, and the lab itself. Written after the API's types.go (Kubernetes 1.36).

/** The notation is told in types.ts. */
export const CLUSTER = `
# coordination.k8s.io/v1
coordination.v1.Lease kind=coordination.k8s.io/v1/Lease
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec coordination.v1.LeaseSpec default={}
coordination.v1.LeaseSpec
 acquireTime u
 holderIdentity s
 leaseDurationSeconds i
 leaseTransitions i
 preferredHolder s
 renewTime u
 strategy s
# events.k8s.io/v1
events.v1.Event kind=events.k8s.io/v1/Event
 action s
 apiVersion s
 deprecatedCount i
 deprecatedFirstTimestamp t
 deprecatedLastTimestamp t
 deprecatedSource core.v1.EventSource default={}
 eventTime! u
 kind s
 metadata meta.v1.ObjectMeta default={}
 note s
 reason s
 regarding core.v1.ObjectReference default={}
 related core.v1.ObjectReference
 reportingController s
 reportingInstance s
 series events.v1.EventSeries
 type s
events.v1.EventSeries
 count! i default=0
 lastObservedTime! u
# storage.k8s.io/v1
storage.v1.StorageClass kind=storage.k8s.io/v1/StorageClass
 allowVolumeExpansion b
 allowedTopologies [core.v1.TopologySelectorTerm list=atomic
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 mountOptions [s list=atomic
 parameters {s
 provisioner! s default=""
 reclaimPolicy s enum=Delete|Recycle|Retain
 volumeBindingMode s enum=Immediate|WaitForFirstConsumer
core.v1.TopologySelectorTerm map=atomic
 matchLabelExpressions [core.v1.TopologySelectorLabelRequirement list=atomic
core.v1.TopologySelectorLabelRequirement
 key! s default=""
 values! [s list=atomic
# apiextensions.k8s.io/v1
apiextensions.v1.CustomResourceDefinition kind=apiextensions.k8s.io/v1/CustomResourceDefinition
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec! apiextensions.v1.CustomResourceDefinitionSpec default={}
 status apiextensions.v1.CustomResourceDefinitionStatus default={}
apiextensions.v1.CustomResourceDefinitionSpec
 conversion apiextensions.v1.CustomResourceConversion
 group! s default=""
 names! apiextensions.v1.CustomResourceDefinitionNames default={}
 preserveUnknownFields b
 scope! s enum=Cluster|Namespaced default=""
 versions! [apiextensions.v1.CustomResourceDefinitionVersion list=atomic
apiextensions.v1.CustomResourceConversion
 strategy! s enum=None|Webhook default=""
 webhook x
apiextensions.v1.CustomResourceDefinitionNames
 categories [s list=atomic
 kind! s default=""
 listKind s
 plural! s default=""
 shortNames [s list=atomic
 singular s
apiextensions.v1.CustomResourceDefinitionVersion
 additionalPrinterColumns [apiextensions.v1.CustomResourceColumnDefinition list=atomic
 deprecated b
 deprecationWarning s
 name! s default=""
 schema apiextensions.v1.CustomResourceValidation
 selectableFields [apiextensions.v1.SelectableField list=atomic
 served! b default=false
 storage! b default=false
 subresources apiextensions.v1.CustomResourceSubresources
apiextensions.v1.CustomResourceColumnDefinition
 description s
 format s
 jsonPath! s default=""
 name! s default=""
 priority i
 type! s default=""
apiextensions.v1.CustomResourceValidation
 openAPIV3Schema x
apiextensions.v1.SelectableField
 jsonPath! s default=""
apiextensions.v1.CustomResourceSubresources
 scale apiextensions.v1.CustomResourceSubresourceScale
 status x
apiextensions.v1.CustomResourceSubresourceScale
 labelSelectorPath s
 specReplicasPath! s default=""
 statusReplicasPath! s default=""
apiextensions.v1.CustomResourceDefinitionStatus
 acceptedNames apiextensions.v1.CustomResourceDefinitionNames default={}
 conditions [apiextensions.v1.CustomResourceDefinitionCondition list=map:type
 observedGeneration l
 storedVersions [s list=atomic
apiextensions.v1.CustomResourceDefinitionCondition
 lastTransitionTime t
 message s
 observedGeneration l
 reason s
 status! s default=""
 type! s default=""
# admissionregistration.k8s.io/v1: stored, never called
admissionregistration.v1.ValidatingWebhookConfiguration kind=admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 webhooks [admissionregistration.v1.Webhook list=map:name merge=name
admissionregistration.v1.MutatingWebhookConfiguration kind=admissionregistration.k8s.io/v1/MutatingWebhookConfiguration
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 webhooks [admissionregistration.v1.Webhook list=map:name merge=name
admissionregistration.v1.Webhook
 admissionReviewVersions! [s list=atomic
 clientConfig! admissionregistration.v1.WebhookClientConfig default={}
 failurePolicy s enum=Fail|Ignore
 matchConditions [admissionregistration.v1.MatchCondition list=map:name merge=name
 matchPolicy s enum=Equivalent|Exact
 name! s default=""
 namespaceSelector meta.v1.LabelSelector
 objectSelector meta.v1.LabelSelector
 reinvocationPolicy s enum=IfNeeded|Never
 rules [admissionregistration.v1.RuleWithOperations list=atomic
 sideEffects! s enum=None|NoneOnDryRun|Some|Unknown
 timeoutSeconds i
admissionregistration.v1.MatchCondition
 expression! s default=""
 name! s default=""
admissionregistration.v1.WebhookClientConfig
 caBundle y
 service admissionregistration.v1.ServiceReference
 url s
admissionregistration.v1.ServiceReference
 name! s default=""
 namespace! s default=""
 path s
 port i
admissionregistration.v1.RuleWithOperations
 apiGroups [s list=atomic
 apiVersions [s list=atomic
 operations [s list=atomic
 resources [s list=atomic
 scope s
# kubewire.dev/v1alpha1: the lab itself
kubewire.v1alpha1.Client kind=kubewire.dev/v1alpha1/Client
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec x
 status x
kubewire.v1alpha1.Lab kind=kubewire.dev/v1alpha1/Lab
 apiVersion s
 kind s
 metadata meta.v1.ObjectMeta default={}
 spec x
 status x
`;
