// service-update.test.ts - what may change in a Service, and what may not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateServiceUpdate } from '../../../src/manifest/validate/index.js';
import type { ObjectMeta, Service, ServiceSpec } from '../../../src/model/objects.js';

function service(spec: Partial<ServiceSpec> = {}, metadata: Partial<ObjectMeta> = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop', resourceVersion: '7', ...metadata },
    spec: {
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ports: [{ name: 'p', protocol: 'TCP', port: 80, targetPort: 80 }],
      ...spec,
    },
  };
}

function change(before: Partial<ServiceSpec>, after: Partial<ServiceSpec>, expected: string[]): void {
  const issues = validateServiceUpdate(service(after), service(before));
  assert.deepEqual(
    issues.map(({ message }) => message),
    expected,
  );
}

const addresses = (...clusterIPs: string[]): Partial<ServiceSpec> => ({
  ...(clusterIPs[0] ? { clusterIP: clusterIPs[0] } : {}),
  clusterIPs,
});
const BALANCED = {
  type: 'LoadBalancer',
  allocateLoadBalancerNodePorts: true,
  externalTrafficPolicy: 'Cluster',
} as const;

test('metadata: fixed fields stay, and an update names the version it changes', () => {
  const messages = (meta: Partial<ObjectMeta>): string[] =>
    validateServiceUpdate(service({}, meta), service({}, { uid: 'u', generation: 3 })).map(({ message }) => message);
  assert.deepEqual(messages({ uid: 'u', generation: 3 }), []);
  assert.deepEqual(messages({ uid: 'v', generation: 2, resourceVersion: '', name: 'other' }), [
    'metadata.resourceVersion: Invalid value: "": must be specified for an update',
    'metadata.generation: Invalid value: 2: must not be decremented',
    'metadata.name: Invalid value: "other": field is immutable',
    'metadata.uid: Invalid value: "v": field is immutable',
  ]);
});

test('the primary address stays; a second one comes, and goes with the policy', () => {
  change(addresses('10.0.0.1'), addresses('10.0.0.1', 'fd00::1'), []);
  change(addresses('10.0.0.1'), addresses('10.0.0.2'), [
    'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set',
  ]);
  change(addresses('10.0.0.1'), {}, ['spec.clusterIPs[0]: Invalid value: null: primary clusterIP can not be unset']);
  const dual = addresses('10.0.0.1', 'fd00::1');
  change(dual, { ...addresses('10.0.0.1'), ipFamilyPolicy: 'SingleStack' }, []);
  change(dual, addresses('10.0.0.1'), [
    "spec.ipFamilyPolicy: Invalid value: null: must be set to 'SingleStack' when releasing the secondary clusterIP",
  ]);
  change({}, addresses('10.0.0.1'), []);
  change(addresses('10.0.0.1'), { ...addresses('None') }, [
    'spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set',
  ]);
});

test('families follow the same rules, and headless Services are free', () => {
  const four = { ...addresses('10.0.0.1'), ipFamilies: ['IPv4'] } as Partial<ServiceSpec>;
  const both = { ...addresses('10.0.0.1', 'fd00::1'), ipFamilies: ['IPv4', 'IPv6'] } as Partial<ServiceSpec>;
  change(four, both, []);
  change({ ipFamilies: ['IPv4'] }, { ipFamilies: ['IPv6'] }, [
    'spec.ipFamilies[0]: Invalid value: ["IPv6"]: may not change once set',
  ]);
  change(both, { ...four, ipFamilyPolicy: 'PreferDualStack' }, [
    'spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be set to \'SingleStack\' when releasing the secondary clusterIP',
    'spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be set to \'SingleStack\' when releasing the secondary ipFamily',
  ]);
  change({ ...addresses('None'), ipFamilies: ['IPv4'] }, { ...addresses('None'), ipFamilies: ['IPv6'] }, []);
});

test('nothing of this holds from and to ExternalName', () => {
  const name = { type: 'ExternalName', externalName: 'example.com' } as const;
  change(addresses('10.0.0.1'), name, []);
  change(name, addresses('10.0.0.9'), []);
});

test('the class and the health-check port of a load balancer stay', () => {
  change({ ...BALANCED, loadBalancerClass: 'a/b' }, BALANCED, [
    'spec.loadBalancerClass: Invalid value: null: may not change once set',
  ]);
  change({}, { ...BALANCED, loadBalancerClass: 'a/b' }, []);
  const local = { ...BALANCED, externalTrafficPolicy: 'Local' } as const;
  change({ ...local, healthCheckNodePort: 30100 }, { ...local, healthCheckNodePort: 30200 }, [
    'spec.healthCheckNodePort: Forbidden: field is immutable',
  ]);
});

test('old values that are not strict enough any more are tolerated, new ones are not', () => {
  const external = (...externalIPs: string[]): Partial<ServiceSpec> => ({
    externalIPs,
    externalTrafficPolicy: 'Cluster',
  });
  change(external('010.0.0.1'), external('010.0.0.1'), []);
  change(external('010.0.0.1'), external('010.0.0.1', '010.0.0.2'), [
    'spec.externalIPs[1]: Invalid value: "010.0.0.2": must not have leading 0s',
  ]);
  const ranges = (...loadBalancerSourceRanges: string[]): Partial<ServiceSpec> => ({
    ...BALANCED,
    loadBalancerSourceRanges,
  });
  change(ranges(' 10.0.0.1/8'), ranges('10.0.0.1/8 '), []);
  change(ranges('10.0.0.1/8'), ranges('10.0.0.1/8', '11.0.0.1/8'), [
    'spec.LoadBalancerSourceRanges[1]: Invalid value: "11.0.0.1/8": must not have bits set beyond the prefix length',
  ]);
});
