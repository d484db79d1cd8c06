// dns.test.ts - `kubewire dns -f`: names of manifests that a cluster completes, of a recorded state, and in their short forms.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ownFolder, runProgram } from '../../support/program.js';

const folder = ownFolder('dns');

const manifest = (address: string): string => `apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {${address}selector: {app: web}, ports: [{name: http, port: 80}]}
`;
writeFileSync(join(folder, 'written.yaml'), manifest(''));
writeFileSync(join(folder, 'recorded.yaml'), manifest('clusterIP: 10.8.0.1, '));

const ask = (...args: string[]): string => {
  const { code, out, err } = runProgram(['dns', ...args], folder);
  assert.equal(code, 0, err);
  return out;
};

test('a Service that has no address yet is answered with the one that trace gives it', () => {
  const [, address = ''] = / A +(\S+)/.exec(ask('-f', 'written.yaml', 'web.shop')) ?? [];
  const flow = ['--node', 'node-1', '--from', '10.244.1.9', '--to', 'svc/web.shop:80', '--engine', 'reference'];
  const { out } = runProgram(['trace', '-f', 'written.yaml', ...flow], folder);
  assert.ok(address !== '' && out.includes(`→ ${address}:80`), `${address}\n${out}`);
  assert.match(ask('-f', 'written.yaml', '--recorded', 'web.shop'), /^;; NXDOMAIN/);
});

test('a recorded Service keeps its address, by each of its names', () => {
  for (const name of ['web.shop', 'web.shop.svc', 'web.shop.svc.cluster.local']) {
    assert.match(ask('-f', 'recorded.yaml', name), / A +10\.8\.0\.1$/m, name);
  }
  assert.match(
    ask('-f', 'recorded.yaml', '_http._tcp.web.shop', 'SRV'),
    / SRV +0 \d+ 80 web\.shop\.svc\.cluster\.local\.$/m,
  );
  assert.match(ask('-f', 'recorded.yaml', '1.0.8.10.in-addr.arpa', 'PTR'), / PTR +web\.shop\.svc\.cluster\.local\.$/m);
});
