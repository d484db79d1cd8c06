// backing.test.ts - Services that select nothing, or a port that nobody declares, and what the lab does not act on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerPort, KubeObject, Labels, Service, ServicePort } from '../../src/model/objects.js';
import { backingFindings } from '../../src/topology/backing.js';
import { unmodelledFindings } from '../../src/topology/unmodelled.js';

const pod = (labels: Labels, ports: ContainerPort[], namespace = 'default'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace, labels },
  spec: { containers: [{ name: 'c', image: 'x', ports }] },
});

const deployment = (labels: Labels, ports: ContainerPort[]): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd', namespace: 'default' },
  spec: { template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'x', ports }] } } },
});

const service = (selector: Labels, ports: ServicePort[], spec: object = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's', namespace: 'default' },
  spec: { selector, ports, ...spec },
});

const HTTP: ContainerPort = { name: 'http', containerPort: 8080 };
const said = (found: Service, objects: KubeObject[]): string[] =>
  backingFindings(found, objects, 'here').map(({ field, detail }) => `${field}: ${detail}`);

test('a selector that selects nothing is told, with the labels that were meant', () => {
  const wrong = service({ app: 'wbe' }, [{ port: 80 }]);
  assert.deepEqual(said(wrong, [pod({ app: 'web', tier: 'x' }, [HTTP])]), [
    'spec.selector: selects no pod: none here has app=wbe, did you mean app=web?',
  ]);
  assert.deepEqual(said(wrong, []), ['spec.selector: selects no pod: none here has app=wbe']);
  assert.match(said(service({ ap: 'web' }, []), [deployment({ app: 'web' }, [])])[0] ?? '', /did you mean app=web\?$/);
  assert.match(
    said(service({ app: 'web' }, []), [pod({ app: 'web' }, [], 'shop')])[0] ?? '',
    /pods of namespace shop have, but a Service selects pods of its own namespace, default$/,
  );
  assert.deepEqual(said(service({ app: 'x' }, [], { type: 'ExternalName' }), []), []);
  assert.deepEqual(said(service({}, [{ port: 80 }]), []), []);
});

test('a targetPort that no selected pod declares is told, with the ports that they declare', () => {
  const pods = [deployment({ app: 'web' }, [HTTP, { name: 'dns', containerPort: 53, protocol: 'UDP' }])];
  const web = (...ports: ServicePort[]): string[] => said(service({ app: 'web' }, ports), pods);
  assert.deepEqual(web({ port: 80, targetPort: 'http' }, { port: 81, targetPort: 8080 }), []);
  const known = 'they declare http (8080/TCP), dns (53/UDP)';
  assert.deepEqual(web({ port: 80, targetPort: 8080 }, { port: 81, targetPort: 'https' }, { port: 82 }), [
    `spec.ports[1].targetPort: no pod that this Service selects declares a port named "https" for TCP; ${known}`,
    `spec.ports[2].targetPort: no pod that this Service selects declares port 82 for TCP; ${known}`,
  ]);
  assert.match(web({ port: 53, targetPort: 'dns' })[0] ?? '', /"dns" for TCP, only for UDP; they/);
});

test('a pod that declares no port may listen on any number, but on no name; sidecars count', () => {
  const web = service({ app: 'web' }, [
    { port: 80, targetPort: 8080 },
    { port: 81, targetPort: 'http' },
  ]);
  assert.deepEqual(said(web, [pod({ app: 'web' }, [])]), [
    'spec.ports[1].targetPort: no pod that this Service selects declares a port named "http" for TCP; they declare no port at all',
  ]);
  const spec = { containers: [], initContainers: [{ name: 'i', image: 'x', restartPolicy: 'Always', ports: [HTTP] }] };
  assert.deepEqual(said(web, [{ ...pod({ app: 'web' }, []), spec }]), []);
});

test('fields that the lab does not act on are named, in pods and in what makes pods', () => {
  const hooked = { name: 'c', image: 'x', readinessProbe: {}, lifecycle: { preStop: {}, postStart: {} } };
  const fields = (object: KubeObject): string[] => unmodelledFindings(object).map(([field]) => field);
  const bare = pod({}, []);
  assert.deepEqual(fields({ ...bare, spec: { containers: [bare, hooked] } }), [
    'spec.containers[1].lifecycle.postStart',
  ]);
  const made = { ...deployment({}, []), spec: { template: { spec: { containers: [hooked] } } } };
  assert.equal(fields(made)[0], 'spec.template.spec.containers[0].lifecycle.postStart');
  const twins: ServicePort[] = [{ port: 53 }, { port: 53, protocol: 'UDP' }];
  const balanced: KubeObject = {
    ...service({}, twins, { externalIPs: ['198.51.100.7'], loadBalancerClass: 'a/b' }),
  };
  assert.deepEqual(fields(balanced), ['spec.externalIPs[0]', 'spec.loadBalancerClass', 'spec.ports']);
  assert.deepEqual(fields(service({}, [{ port: 53 }, { port: 54 }])), []);
});
