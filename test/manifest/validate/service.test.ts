// service.test.ts - a new Service in the API server's words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateLoadBalancerStatus, validateServiceCreate } from '../../../src/manifest/validate/index.js';
import type { ObjectMeta, Service, ServiceSpec } from '../../../src/model/objects.js';

const PORT = { name: 'p', protocol: 'TCP', port: 80, targetPort: 80 } as const;

/** A valid, defaulted Service, changed. */
function service(spec: Partial<ServiceSpec> = {}, metadata: Partial<ObjectMeta> = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop', ...metadata },
    spec: {
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ports: [PORT],
      ...spec,
    },
  };
}

const EXTERNAL = { externalTrafficPolicy: 'Cluster' } as const;
const BALANCED = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: true, ...EXTERNAL } as const;

const messages = (object: Service, gates = {}): string[] =>
  validateServiceCreate(object, gates).map(({ message }) => message);
const wrong = (spec: Record<string, unknown>, expected: string[], gates = {}): void =>
  assert.deepEqual(messages(service(spec as Partial<ServiceSpec>), gates), expected);

test('plain Services of every type are valid', () => {
  wrong({}, []);
  wrong({ type: 'NodePort', ...EXTERNAL }, []);
  wrong(BALANCED, []);
  wrong({ clusterIP: 'None', clusterIPs: ['None'], ports: [] }, []);
  wrong({ type: 'ExternalName', externalName: 'example.com.', ports: [], internalTrafficPolicy: undefined }, []);
});

test('names are labels of DNS, and whether they may begin with a digit is a gate', () => {
  const digit = service({}, { name: '1-web' });
  assert.deepEqual(messages(digit), []);
  assert.match(messages(digit, { RelaxedServiceNameValidation: false })[0] ?? '', /^metadata\.name: .*DNS-1035 label/);
  assert.deepEqual(messages(service({}, { name: 'a.b' })), [
    'metadata.name: Invalid value: "a.b": must not contain dots',
  ]);
  assert.deepEqual(messages(service({}, { name: '', namespace: '' })), [
    'metadata.name: Required value: name or generateName is required',
    'metadata.namespace: Required value',
  ]);
});

test('ports: at least one, valid, and each once', () => {
  wrong({ ports: [] }, ['spec.ports: Required value']);
  wrong({ ports: [{ ...PORT, port: 0, targetPort: 'a_b' }] }, [
    'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
    'spec.ports[0].targetPort: Invalid value: "a_b": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
  ]);
  wrong({ ports: [{ ...PORT, protocol: 'ICMP' }] }, [
    'spec.ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
  ]);
  wrong({ ports: [PORT, { ...PORT, name: '' }] }, [
    'spec.ports[1].name: Required value',
    'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
  ]);
  wrong({ ports: [PORT, { ...PORT, port: 81 }] }, ['spec.ports[1].name: Duplicate value: "p"']);
  wrong({ ports: [PORT, { ...PORT, name: 'q', protocol: 'UDP' }] }, []);
  wrong({ ports: [{ ...PORT, nodePort: 30000 }] }, [
    "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
  ]);
  const twice = [
    { ...PORT, nodePort: 30000 },
    { ...PORT, name: 'q', port: 81, nodePort: 30000 },
  ];
  wrong({ type: 'NodePort', ...EXTERNAL, ports: twice }, ['spec.ports[1].nodePort: Duplicate value: 30000']);
});

test('session affinity', () => {
  wrong({ sessionAffinity: 'Cookie' }, [
    'spec.sessionAffinity: Unsupported value: "Cookie": supported values: "ClientIP", "None"',
  ]);
  wrong({ sessionAffinity: 'ClientIP' }, [
    'spec.sessionAffinityConfig: Required value: when session affinity type is ClientIP',
  ]);
  const timeout = (timeoutSeconds: number) => ({
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds } },
  });
  wrong(timeout(86400), []);
  wrong(timeout(86401), [
    'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400',
  ]);
  wrong({ sessionAffinityConfig: { clientIP: {} } }, [
    'spec.sessionAffinityConfig: Forbidden: must not be set when session affinity is None',
  ]);
});

test('cluster addresses and families', () => {
  wrong({ clusterIP: '10.0.0.1' }, ['spec.clusterIPs: Required value']);
  wrong({ clusterIPs: ['10.0.0.1'] }, [
    'spec.clusterIPs: Invalid value: ["10.0.0.1"]: must be empty when `clusterIP` is not specified',
  ]);
  wrong({ clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.2'] }, [
    'spec.clusterIPs: Invalid value: ["10.0.0.2"]: first value must match `clusterIP`',
  ]);
  const both = (...clusterIPs: string[]) => ({ clusterIP: clusterIPs[0], clusterIPs });
  wrong(both('10.0.0.1', 'fd00::1'), []);
  wrong(both('10.0.0.1', '10.0.0.2'), [
    'spec.clusterIPs: Invalid value: ["10.0.0.1","10.0.0.2"]: may specify no more than one IP for each IP family',
  ]);
  wrong(both('10.0.0.1', 'fd00::1', 'fd00::2'), [
    'spec.clusterIPs: Invalid value: ["10.0.0.1","fd00::1","fd00::2"]: may only hold up to 2 values',
  ]);
  wrong(both('None', 'fd00::1'), [
    'spec.clusterIPs: Invalid value: ["None","fd00::1"]: \'None\' must be the first and only value',
  ]);
  wrong({ ...both('10.0.0.1'), ipFamilies: ['IPv6'] }, [
    'spec.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`',
  ]);
  wrong({ ipFamilies: ['IPv4', 'IPv4', 'IPX'], ipFamilyPolicy: 'Both' }, [
    'spec.ipFamilies[1]: Duplicate value: "IPv4"',
    'spec.ipFamilies[2]: Unsupported value: "IPX": supported values: "IPv4", "IPv6"',
    'spec.ipFamilyPolicy: Unsupported value: "Both": supported values: "PreferDualStack", "RequireDualStack", "SingleStack"',
  ]);
  wrong({ ...BALANCED, ...both('None') }, [
    'spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for LoadBalancer services',
  ]);
});

test('an ExternalName has a name and nothing of the network', () => {
  const name = { type: 'ExternalName', ports: [], internalTrafficPolicy: undefined };
  wrong(
    { ...name, clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' },
    [
      'spec.clusterIPs: Forbidden: may not be set for ExternalName services',
      'spec.ipFamilies: Forbidden: may not be set for ExternalName services',
      'spec.ipFamilyPolicy: Forbidden: may not be set for ExternalName services',
      'spec.externalName: Required value',
    ],
  );
});

test('external addresses can not be of the machine, the link or nothing', () => {
  const address = (text: string, detail: string): void =>
    wrong({ externalIPs: [text], ...EXTERNAL }, [`spec.externalIPs[0]: Invalid value: "${text}": ${detail}`]);
  address('0.0.0.0', 'may not be unspecified (0.0.0.0)');
  address('127.0.0.9', 'may not be in the loopback range (127.0.0.0/8, ::1/128)');
  address('fe80::1', 'may not be in the link-local range (169.254.0.0/16, fe80::/10)');
  address('224.0.0.5', 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)');
  address('010.0.0.1', 'must not have leading 0s');
  address('::ffff:1.2.3.4', 'must not be an IPv4-mapped IPv6 address');
  address('example.com', 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)');
  const gates = { StrictIPCIDRValidation: false };
  wrong({ externalIPs: ['010.0.0.1', '::ffff:1.2.3.4'], ...EXTERNAL }, [], gates);
});

test('source ranges belong to load balancers; blanks around them do no harm', () => {
  wrong({ ...BALANCED, loadBalancerSourceRanges: [' 10.0.0.0/8 ', '10.0.0.1/8', '10.0.0.0/08', '10.0.0.0'] }, [
    'spec.LoadBalancerSourceRanges[1]: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length',
    'spec.LoadBalancerSourceRanges[2]: Invalid value: "10.0.0.0/08": must not have leading 0s in IP or prefix length',
    'spec.LoadBalancerSourceRanges[3]: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
  ]);
  wrong({ loadBalancerSourceRanges: ['10.0.0.0/8'] }, [
    "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
  ]);
  const key = 'service.beta.kubernetes.io/load-balancer-source-ranges';
  assert.deepEqual(messages(service(BALANCED, { annotations: { [key]: '10.0.0.0/8, nonsense' } })), [
    `metadata.annotations[${key}]: Invalid value: "nonsense": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)`,
  ]);
});

test('fields of load balancers on other types', () => {
  wrong({ allocateLoadBalancerNodePorts: true, loadBalancerClass: 'example.com/lb' }, [
    "spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'",
    "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
  ]);
  wrong({ type: 'LoadBalancer', ...EXTERNAL }, ['allocateLoadBalancerNodePorts: Required value']);
});

test('traffic policies, the health-check port and the distribution', () => {
  wrong({ ...EXTERNAL, healthCheckNodePort: 30100 }, [
    'spec.externalTrafficPolicy: Invalid value: "Cluster": may only be set for externally-accessible services',
    "spec.healthCheckNodePort: Invalid value: 30100: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
  ]);
  wrong({ type: 'NodePort' }, ['spec.externalTrafficPolicy: Required value']);
  wrong({ ...BALANCED, externalTrafficPolicy: 'Local' }, ['spec.healthCheckNodePort: Required value']);
  wrong({ ...BALANCED, externalTrafficPolicy: 'Local', healthCheckNodePort: 70000 }, [
    'spec.healthCheckNodePort: Invalid value: 70000: must be between 1 and 65535, inclusive',
  ]);
  wrong({ internalTrafficPolicy: undefined }, ['spec.internalTrafficPolicy: Required value']);
  wrong({ internalTrafficPolicy: 'Here' }, [
    'spec.internalTrafficPolicy: Unsupported value: "Here": supported values: "Cluster", "Local"',
  ]);
  wrong({ trafficDistribution: 'PreferSameNode' }, []);
  wrong({ trafficDistribution: 'PreferFar' }, [
    'spec.trafficDistribution: Unsupported value: "PreferFar": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"',
  ]);
  const gates = { PreferSameTrafficDistribution: false };
  const only = 'spec.trafficDistribution: Unsupported value: "PreferSameNode": supported values: "PreferClose"';
  wrong({ trafficDistribution: 'PreferSameNode' }, [only], gates);
});

test('both topology annotations must say the same', () => {
  const annotations = {
    'service.kubernetes.io/topology-mode': 'Auto',
    'service.kubernetes.io/topology-aware-hints': 'Disabled',
  };
  assert.deepEqual(messages(service({}, { annotations })), [
    'metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: "Auto": must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified',
  ]);
});

test('what a load balancer reports', () => {
  const status = (ingress: object[], spec: Partial<ServiceSpec> = BALANCED): string[] =>
    validateLoadBalancerStatus({ ...service(spec), status: { loadBalancer: { ingress } } } as Service).map(
      ({ message }) => message,
    );
  assert.deepEqual(status([{ ip: '192.0.2.1', ipMode: 'VIP' }, { hostname: 'lb.example.com' }]), []);
  assert.deepEqual(status([{ ip: '192.0.2.1' }, { ipMode: 'VIP' }, { ip: '192.0.2.1', ipMode: 'Both' }]), [
    'status.loadBalancer.ingress[0].ipMode: Required value: must be specified when `ip` is set',
    'status.loadBalancer.ingress[1].ipMode: Forbidden: may not be specified when `ip` is not set',
    'status.loadBalancer.ingress[2].ipMode: Unsupported value: "Both": supported values: "Proxy", "VIP"',
  ]);
  assert.deepEqual(status([{ hostname: '192.0.2.1' }]), [
    'status.loadBalancer.ingress[0].hostname: Invalid value: "192.0.2.1": must be a DNS name, not an IP address',
  ]);
  assert.deepEqual(status([{ ip: '192.0.2.1', ipMode: 'VIP' }], {}), [
    "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
  ]);
});
