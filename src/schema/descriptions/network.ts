// network.ts - descriptions of everything about networking: Services, endpoints, Ingress, policies, address ranges.

/** A line: `TYPE` or `TYPE.FIELD`, a blank, a sentence. */
export const NETWORK = `
core.v1.Service A name and an address for a set of pods that come and go. Packets to one of its ports reach one of the pods.
core.v1.ServiceSpec Which pods a Service stands for, and how it can be reached.
core.v1.ServiceSpec.selector Labels of the pods that stand behind the Service. Without a selector somebody else writes its EndpointSlices.
core.v1.ServiceSpec.ports The ports at which the Service can be reached, and those of the pods that they lead to.
core.v1.ServiceSpec.clusterIP The virtual address inside the cluster; chosen by the server when left empty. "None" makes the Service headless: its name leads to the pods themselves.
core.v1.ServiceSpec.clusterIPs The virtual addresses, at most one of each family; the first equals clusterIP.
core.v1.ServiceSpec.type ClusterIP is reached inside the cluster, NodePort also at a port of every node, LoadBalancer also at an address outside; ExternalName is only another name.
core.v1.ServiceSpec.externalIPs Addresses at which nodes accept traffic for the Service although nobody here manages them: routing it to a node is up to you. Deprecated.
core.v1.ServiceSpec.sessionAffinity ClientIP sends a client to the same pod again; None chooses anew for every connection.
core.v1.ServiceSpec.sessionAffinityConfig For how long a client stays with its pod.
core.v1.ServiceSpec.loadBalancerIP An address that is asked of the load balancer. Deprecated; not every load balancer heeds it.
core.v1.ServiceSpec.loadBalancerSourceRanges Clients that may use the load balancer's address, as CIDRs; empty lets everybody in.
core.v1.ServiceSpec.loadBalancerClass Which load balancer is to serve the Service, when there are several.
core.v1.ServiceSpec.allocateLoadBalancerNodePorts False: a Service of type LoadBalancer gets no NodePorts.
core.v1.ServiceSpec.externalName The DNS name that the name of a Service of type ExternalName leads to.
core.v1.ServiceSpec.externalTrafficPolicy Cluster spreads traffic from outside over all pods and hides the client's address; Local keeps to pods on the node and shows it.
core.v1.ServiceSpec.internalTrafficPolicy Cluster spreads traffic from inside over all pods; Local keeps to pods on the sender's node.
core.v1.ServiceSpec.healthCheckNodePort The port at which nodes tell a load balancer whether they have a pod of the Service; for externalTrafficPolicy Local.
core.v1.ServiceSpec.publishNotReadyAddresses True: pods count as endpoints before they are ready.
core.v1.ServiceSpec.ipFamilies The address families of the Service, the first being the primary one.
core.v1.ServiceSpec.ipFamilyPolicy SingleStack has one family, PreferDualStack both where the cluster has them, RequireDualStack both or none.
core.v1.ServiceSpec.trafficDistribution A preference for near endpoints: PreferSameZone, PreferSameNode (or PreferClose, the older word).
core.v1.ServicePort A port of a Service, and where it leads.
core.v1.ServicePort.name How the port is called; needed when there are several. EndpointSlices and DNS use it.
core.v1.ServicePort.port The port at which the Service is reached.
core.v1.ServicePort.targetPort The port of the pods, as a number or by the name that their containers give it; port itself when left out.
core.v1.ServicePort.nodePort The port on every node, for types NodePort and LoadBalancer; chosen by the server when left out.
core.v1.ServicePort.protocol TCP, UDP or SCTP.
core.v1.ServicePort.appProtocol What is spoken over the port, as a hint for proxies: kubernetes.io/h2c, kubernetes.io/ws, or a name of IANA.
core.v1.SessionAffinityConfig How long clients stay with their pods.
core.v1.SessionAffinityConfig.clientIP Settings for affinity by the client's address.
core.v1.ClientIPConfig Settings for affinity by the client's address.
core.v1.ClientIPConfig.timeoutSeconds For how many seconds after its last connection a client is remembered; 1 to 86400, usually 10800.
core.v1.ServiceStatus What the load balancer made of a Service.
core.v1.ServiceStatus.loadBalancer The addresses that the load balancer gave.
core.v1.ServiceStatus.conditions Observations about the Service.
core.v1.LoadBalancerStatus Where a load balancer can be reached.
core.v1.LoadBalancerStatus.ingress One entry for each address.
core.v1.LoadBalancerIngress An address of a load balancer.
core.v1.LoadBalancerIngress.ip The address.
core.v1.LoadBalancerIngress.hostname A name instead of an address.
core.v1.LoadBalancerIngress.ipMode VIP: packets reach the nodes with this address as their destination, and nodes take them. Proxy: the balancer ends connections itself, and nodes leave the address alone.
core.v1.LoadBalancerIngress.ports The ports that the balancer serves, with what went wrong.
discovery.v1.EndpointSlice A part of the endpoints of a Service: addresses, where they are, and whether they can be used.
discovery.v1.EndpointSlice.addressType IPv4, IPv6 or FQDN: what all addresses of the slice are.
discovery.v1.EndpointSlice.endpoints The endpoints, at most 1000.
discovery.v1.EndpointSlice.ports The ports at which every endpoint of the slice listens. They belong to the Service's ports of the same names.
discovery.v1.Endpoint One endpoint.
discovery.v1.Endpoint.addresses Its addresses; consumers use the first.
discovery.v1.Endpoint.conditions Whether it can be used.
discovery.v1.Endpoint.hostname A name under which DNS knows the endpoint of a headless Service.
discovery.v1.Endpoint.nodeName The node that it is on.
discovery.v1.Endpoint.zone The zone that it is in.
discovery.v1.Endpoint.hints For which zones or nodes it is meant.
discovery.v1.Endpoint.targetRef The pod behind it.
discovery.v1.Endpoint.deprecatedTopology Not used any more.
discovery.v1.EndpointConditions Whether an endpoint can be used.
discovery.v1.EndpointConditions.ready It takes new connections. Unset counts as true.
discovery.v1.EndpointConditions.serving It answers, even when it is about to end.
discovery.v1.EndpointConditions.terminating It is about to end.
discovery.v1.EndpointHints For whom an endpoint is meant.
discovery.v1.EndpointHints.forZones Zones whose clients should use it.
discovery.v1.EndpointHints.forNodes Nodes whose clients should use it.
discovery.v1.ForZone A zone.
discovery.v1.ForZone.name The name of the zone.
discovery.v1.ForNode A node.
discovery.v1.ForNode.name The name of the node.
discovery.v1.EndpointPort A port of the endpoints of a slice.
discovery.v1.EndpointPort.name The name of the Service's port that it belongs to.
discovery.v1.EndpointPort.port The port; unset means all ports.
discovery.v1.EndpointPort.protocol TCP, UDP or SCTP.
discovery.v1.EndpointPort.appProtocol What is spoken over the port.
core.v1.Endpoints All endpoints of a Service in one object, as before EndpointSlices. Deprecated.
core.v1.Endpoints.subsets Groups of addresses that have the same ports.
core.v1.EndpointSubset Addresses with the same ports.
core.v1.EndpointSubset.addresses Addresses that are ready.
core.v1.EndpointSubset.notReadyAddresses Addresses that are not ready.
core.v1.EndpointSubset.ports Their ports.
networking.v1.Ingress Rules by which requests from outside reach Services: by host name and path.
networking.v1.IngressSpec The rules of an Ingress.
networking.v1.IngressSpec.ingressClassName Which controller is to carry the rules out.
networking.v1.IngressSpec.defaultBackend Who gets what no rule is about.
networking.v1.IngressSpec.rules Host names, each with its paths.
networking.v1.IngressSpec.tls Host names that are served over TLS, and the Secrets with their certificates.
networking.v1.IngressRule A host name and its paths.
networking.v1.IngressRule.host The name as in the request, or "*.example.org" for all names with one more label; empty for every host.
networking.v1.IngressRule.http The paths of the host.
networking.v1.HTTPIngressRuleValue Paths of a host.
networking.v1.HTTPIngressRuleValue.paths Paths and who answers them.
networking.v1.HTTPIngressPath A path and who answers it.
networking.v1.HTTPIngressPath.path The path, beginning with a slash.
networking.v1.HTTPIngressPath.pathType Exact: the very path. Prefix: the path and what is below it, element by element. ImplementationSpecific: up to the controller.
networking.v1.HTTPIngressPath.backend Who answers.
networking.v1.IngressBackend Who answers: a Service, or another object.
networking.v1.IngressBackend.service The Service.
networking.v1.IngressBackend.resource An object other than a Service.
networking.v1.IngressServiceBackend A port of a Service.
networking.v1.IngressServiceBackend.name The Service, in the namespace of the Ingress.
networking.v1.IngressServiceBackend.port Its port, by number or by name.
networking.v1.ServiceBackendPort A port by number or by name.
networking.v1.ServiceBackendPort.number The number.
networking.v1.ServiceBackendPort.name The name.
networking.v1.IngressTLS Names that are served over TLS.
networking.v1.IngressTLS.hosts The names in the certificate.
networking.v1.IngressTLS.secretName The Secret with tls.crt and tls.key.
networking.v1.IngressStatus What the controller made of an Ingress.
networking.v1.IngressStatus.loadBalancer Where it can be reached.
networking.v1.IngressClass A controller for Ingresses, by a name of your own.
networking.v1.IngressClassSpec Which controller it is.
networking.v1.IngressClassSpec.controller The name of the controller, like example.com/ingress-controller.
networking.v1.IngressClassSpec.parameters An object with more settings.
networking.v1.NetworkPolicy Says which traffic some pods may have. Stored here, not acted on.
networking.v1.NetworkPolicySpec Which pods, and which traffic.
networking.v1.NetworkPolicySpec.podSelector The pods that the policy is about; an empty selector means all of the namespace.
networking.v1.NetworkPolicySpec.policyTypes Ingress, Egress or both.
networking.v1.NetworkPolicySpec.ingress Traffic that may reach the pods.
networking.v1.NetworkPolicySpec.egress Traffic that may leave the pods.
networking.v1.ServiceCIDR A range that addresses of Services come from.
networking.v1.ServiceCIDRSpec The ranges.
networking.v1.ServiceCIDRSpec.cidrs One or two ranges, at most one of each family. They cannot be changed.
networking.v1.IPAddress An address that somebody has: its name is the address itself.
networking.v1.IPAddressSpec Who has it.
networking.v1.IPAddressSpec.parentRef The object that has the address, a Service as a rule.
`;
