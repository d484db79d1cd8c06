// warnings.ts - what the API server says of a Service that it takes as it is: fields without effect, and those that will go.
//
// Words of pkg/api/service/warnings.go, Kubernetes 1.36.
import type { KubeObject, Service } from '../model/objects.js';

const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
const EXTERNAL_IPS = 'spec.externalIPs is deprecated';
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';

function ofHeadless({ loadBalancerIP, externalIPs = [], sessionAffinity = 'None' }: Service['spec']): string[] {
  return [
    ...(loadBalancerIP ? ['spec.loadBalancerIP is ignored for headless services'] : []),
    ...(externalIPs.length > 0 ? ['spec.externalIPs is ignored for headless services'] : []),
    ...(sessionAffinity !== 'None' ? ['spec.SessionAffinity is ignored for headless services'] : []),
  ];
}

function ofService({ metadata, spec }: Service): string[] {
  const { type = 'ClusterIP', clusterIP, externalIPs = [], externalName, trafficDistribution } = spec;
  const named = type === 'ExternalName';
  return [
    ...(metadata.annotations?.[TOPOLOGY_HINTS] === undefined
      ? []
      : [`annotation ${TOPOLOGY_HINTS} is deprecated, please use ${TOPOLOGY_MODE} instead`]),
    ...(type === 'ClusterIP' && clusterIP === 'None' ? ofHeadless(spec) : []),
    ...(externalIPs.length > 0 ? [EXTERNAL_IPS] : []),
    ...(named && externalIPs.length > 0 ? ['spec.externalIPs is ignored when spec.type is "ExternalName"'] : []),
    ...(!named && externalName ? ['spec.externalName is ignored when spec.type is not "ExternalName"'] : []),
    ...(trafficDistribution === 'PreferClose'
      ? ['spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"']
      : []),
  ];
}

/** Sentences for an object that is about to be written; most have none. */
export const warningsFor = (object: KubeObject): string[] =>
  object.kind === 'Service' && object.apiVersion === 'v1' && object.spec ? ofService(object as Service) : [];
