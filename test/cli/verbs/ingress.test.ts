// ingress.test.ts - `kubewire ingress`: which rule takes a request, of manifests and of a lab, for people and as JSON.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startLab } from '../lab.js';

const MANIFEST = `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.80, ports: [{name: http, port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080, protocol: TCP}]
endpoints: [{addresses: [10.244.1.2], conditions: {ready: true}}]
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: kubewire, annotations: {ingressclass.kubernetes.io/is-default-class: "true"}}
spec: {controller: kubewire.dev/ingress}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  rules:
  - host: shop.example
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
      - {path: /cart, pathType: Prefix, backend: {service: {name: cart, port: {number: 80}}}}
`;

const TOLD = `Ingress, port 80
  Ingress default/shop, spec.rules[0].http.paths[1]: host shop.example, prefix /cart
  → default/cart:80 (weight 1): Service default/cart does not exist
  not Ingress default/shop, spec.rules[0].http.paths[0]: host shop.example, prefix /, which comes later
`;

test('the rule that takes a request is told, with its endpoints and what comes later; of files and of a lab alike', async (t) => {
  const { shell } = await startLab(t);
  const file = shell.file('shop.yaml', MANIFEST);
  assert.equal((await shell.run(['ingress', '-f', file, 'http://shop.example/cart/1'])).stdout, TOLD);
  assert.equal((await shell.run(['apply', '-f', file])).code, 0);
  assert.equal((await shell.run(['ingress', 'shop.example/cart/1'])).stdout, TOLD);
  const { stdout } = await shell.run(['ingress', 'https://shop.example/', '-o', 'json']);
  const [answer] = JSON.parse(stdout) as {
    port: number;
    rule: { name: string };
    backends: { endpoints: object[] }[];
  }[];
  assert.deepEqual(
    [answer?.port, answer?.rule.name, answer?.backends[0]?.endpoints],
    [443, 'shop', [{ address: '10.244.1.2', port: 8080 }]],
  );
});

test('a Service of manifests has the endpoints that a cluster would give it', async (t) => {
  const { shell } = await startLab(t);
  const written = MANIFEST.replace('clusterIP: 10.96.0.80, ', 'selector: {app: web}, ')
    .replace(/^---\napiVersion: discovery[\s\S]*?(?=^---)/m, '')
    .concat(
      '---\napiVersion: v1\nkind: Pod\nmetadata: {name: web-1, labels: {app: web}}\n',
      'spec: {containers: [{name: web, image: web, ports: [{containerPort: 80}]}]}\n',
    );
  const { stdout, stderr } = await shell.run(['ingress', '-f', shell.file('written.yaml', written), 'shop.example']);
  assert.equal(stderr, '');
  assert.match(stdout, /→ default\/web:80 \(weight 1\).* 10\.244\.\d+\.\d+:80$/m);
});

test('what no rule takes is told with how near it came', async (t) => {
  const { shell } = await startLab(t);
  const file = shell.file('shop.yaml', MANIFEST.replace('path: /,', 'path: /web,'));
  const told = async (...words: string[]): Promise<string> =>
    (await shell.run(['ingress', '-f', file, ...words])).stdout;
  assert.equal(await told('other.example/'), 'Ingress, port 80\n  404: no rule is for host other.example\n');
  assert.equal(await told('shop.example/x'), 'Ingress, port 80\n  404: no rule of host shop.example is for path /x\n');
  assert.match(await told('10.0.0.1/cart', '-H', 'Host: shop.example'), /prefix \/cart\n/);
  assert.equal(await told('http://shop.example:8080/'), 'nobody listens on port 8080\n');
});

test('wrong use says what would be right', async (t) => {
  const { shell } = await startLab(t);
  const wrong = async (...words: string[]): Promise<string> => {
    const { code, stderr } = await shell.run(['ingress', ...words]);
    assert.equal(code, 2);
    return stderr.split('\n')[0] ?? '';
  };
  assert.equal(await wrong(), 'error: a URL is needed, for example http://shop.example/cart');
  assert.equal(await wrong('http://'), 'error: "http://" is no URL');
  assert.equal(await wrong('a', '-H', 'x'), 'error: "x" is no header, write NAME: VALUE');
  assert.equal(
    await wrong('a', '--http', '0'),
    'error: invalid value "0" for --http, must be a whole number from 1 to 65535',
  );
  assert.equal(await wrong('a', '--service', 'x'), 'error: --service is NAMESPACE/NAME');
});
