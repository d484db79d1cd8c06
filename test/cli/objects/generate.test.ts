// generate.test.ts - objects that `create` and `expose` make from words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generate } from '../../../src/cli/objects/generate.js';
import { serviceFor } from '../../../src/cli/verbs/expose.js';
import { toYaml } from '../../../src/manifest/written/yaml.js';

test('a service has a port by its number, or by both numbers', () => {
  assert.equal(
    toYaml(generate(['service', 'nodeport', 'web'], { tcp: ['80', '443:https'], nodePort: '30080' })),
    `apiVersion: v1
kind: Service
metadata:
  labels:
    app: web
  name: web
spec:
  ports:
  - name: "80"
    nodePort: 30080
    port: 80
    protocol: TCP
    targetPort: 80
  - name: 443-https
    nodePort: 30080
    port: 443
    protocol: TCP
    targetPort: https
  selector:
    app: web
  type: NodePort
status:
  loadBalancer: {}
`,
  );
});

test('a deployment names its containers for their images', () => {
  const { spec } = generate(['deploy', 'web'], {
    image: ['registry.example:5000/shop/My_Web:1.2'],
    replicas: '3',
    port: '80',
  });
  assert.deepEqual(spec, {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    strategy: {},
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          {
            image: 'registry.example:5000/shop/My_Web:1.2',
            name: 'my-web',
            ports: [{ containerPort: 80 }],
            resources: {},
          },
        ],
      },
    },
  });
});

test('rules of an ingress are gathered by host', () => {
  const rule = ['a.example/x*=web:80,tls=secret', 'a.example/y=web:http', '/=other:1'];
  const { spec } = generate(['ingress', 'shop'], { rule, class: 'nginx', defaultBackend: 'web:80' });
  const service = (name: string, port: object) => ({ service: { name, port } });
  assert.deepEqual(spec, {
    ingressClassName: 'nginx',
    defaultBackend: service('web', { number: 80 }),
    rules: [
      {
        host: 'a.example',
        http: {
          paths: [
            { backend: service('web', { number: 80 }), path: '/x', pathType: 'Prefix' },
            { backend: service('web', { name: 'http' }), path: '/y', pathType: 'Exact' },
          ],
        },
      },
      { http: { paths: [{ backend: service('other', { number: 1 }), path: '/', pathType: 'Exact' }] } },
    ],
    tls: [{ hosts: ['a.example'], secretName: 'secret' }],
  });
});

test('words that make no object are wrong usage', () => {
  const wrong: [string[], object, RegExp][] = [
    [['pod', 'x'], {}, /only namespace, service, deployment and ingress/],
    [['service', 'cluster', 'x'], {}, /a service is one of clusterip/],
    [['service', 'clusterip', 'x'], {}, /at least one port/],
    [['service', 'clusterip', 'x'], { tcp: ['http'] }, /takes port numbers/],
    [['deployment', 'x'], {}, /"image" not set/],
    [['namespace'], {}, /exactly one NAME/],
    [['ingress', 'x'], { rule: ['a=b'] }, /a rule is HOST/],
  ];
  for (const [words, flags, message] of wrong) assert.throws(() => generate(words, flags), message);
});

test('a service in front of pods takes ports and labels from them', () => {
  const containers = [
    { name: 'a', ports: [{ containerPort: 53, protocol: 'UDP' }, { containerPort: 53 }, { containerPort: 80 }] },
  ];
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'dns', labels: { app: 'dns' } },
    spec: { containers },
  };
  const service = serviceFor(pod, { namespace: 'default' }, 'pod');
  assert.deepEqual(service.spec.selector, { app: 'dns' });
  assert.deepEqual(service.spec.ports, [
    { name: 'port-1', port: 53, protocol: 'UDP', targetPort: 53 },
    { name: 'port-2', port: 53, protocol: 'TCP', targetPort: 53 },
    { name: 'port-3', port: 80, protocol: 'TCP', targetPort: 80 },
  ]);
  const bare = { ...pod, metadata: { name: 'dns' } };
  assert.throws(() => serviceFor(bare, { namespace: 'default' }, 'pod'), /no labels and cannot be exposed/);
});
