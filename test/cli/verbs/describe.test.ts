// describe.test.ts - objects in full, and completion of words, against a lab.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startLab } from '../lab.js';

const WEB = `apiVersion: v1
kind: Service
metadata:
  name: web
  annotations: {note: behind the shop}
spec:
  type: LoadBalancer
  clusterIP: 10.96.0.80
  externalTrafficPolicy: Local
  healthCheckNodePort: 31000
  loadBalancerSourceRanges: [203.0.113.0/24]
  selector: {app: web}
  ports:
  - {name: http, port: 80, targetPort: web, nodePort: 30080, appProtocol: http}
  - {name: dns, port: 53, protocol: UDP, nodePort: 30053}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  replicas: 4
  serviceName: web
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      nodeSelector: {kubernetes.io/hostname: node-2}
      containers:
      - name: web
        image: web:1
        args: [serve, --all]
        ports: [{name: web, containerPort: 8080}]
        env: [{name: MODE, value: fast}, {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
        resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: 1, memory: 128Mi}}
        readinessProbe: {httpGet: {path: /ready, port: 8080}}
`;

test('describe shows an object and what stands around it', async (t) => {
  const { shell, cluster } = await startLab(t);
  assert.equal((await shell.run(['apply', '-f', '-'], WEB)).code, 0);
  await cluster.settled();

  const service = await shell.run(['describe', 'svc', 'web']);
  assert.equal(
    // On a slow machine the events are some seconds old.
    service.stdout.replaceAll(/ \ds {4}service-/g, ' 0s    service-'),
    `Name:                        web
Namespace:                   default
Labels:                      <none>
Annotations:                 note: behind the shop
Selector:                    app=web
Type:                        LoadBalancer
IP Family Policy:            SingleStack
IP Families:                 IPv4
IP:                          10.96.0.80
IPs:                         10.96.0.80
LoadBalancer Ingress:        192.168.0.240 (VIP)
Port:                        http  80/TCP
TargetPort:                  web/TCP
AppProtocol:                 http
NodePort:                    http  30080/TCP
Endpoints:                   10.244.2.2:8080,10.244.2.3:8080,10.244.2.4:8080 + 1 more...
Port:                        dns  53/UDP
TargetPort:                  53/UDP
NodePort:                    dns  30053/UDP
Endpoints:                   10.244.2.2:53,10.244.2.3:53,10.244.2.4:53 + 1 more...
Session Affinity:            None
External Traffic Policy:     Local
Internal Traffic Policy:     Cluster
HealthCheck NodePort:        31000
LoadBalancer Source Ranges:  203.0.113.0/24
Warning:                     spec.ports[1].targetPort: no pod that this Service selects declares port 53 for UDP; they declare web (8080/TCP)
Events:
  Type    Reason                Age   From                Message
  ----    ------                ----  ----                -------
  Normal  EnsuringLoadBalancer  0s    service-controller  Ensuring load balancer
  Normal  EnsuredLoadBalancer   0s    service-controller  Ensured load balancer
`,
  );

  const pod = (await shell.run(['describe', 'pod', 'web-0'])).stdout;
  for (const line of [
    'Name:             web-0',
    'Node:             node-2/192.168.0.12',
    'Controlled By:  StatefulSet/web',
    '    Port:       8080/TCP (web)',
    '    Limits:\n      cpu:     1\n      memory:  128Mi',
    '    Readiness:  http-get http://:8080/ready delay=0s timeout=1s period=10s #success=1 #failure=3',
    '      POD:   web-0 (v1:metadata.name)',
    'QoS Class:       Burstable',
    'Node-Selectors:  kubernetes.io/hostname=node-2',
  ]) {
    const squeezed = (text: string): string => text.replace(/ +/g, ' ');
    assert.ok(squeezed(pod).includes(squeezed(line)), `${line}\n${pod}`);
  }

  const node = (await shell.run(['describe', 'node', 'node-2'])).stdout;
  assert.match(node, /Non-terminated Pods: +\(4 in total\)/);
  assert.match(node, /cpu +400m \(\d+%\) +4 \(\d+%\)/);
  assert.match(node, /memory +256Mi \(\d+%\) +512Mi \(\d+%\)/);

  const both = (await shell.run(['describe', 'sts,endpointslices'])).stdout;
  assert.match(both, /Pods Status: +4 Running \/ 0 Waiting \/ 0 Succeeded \/ 0 Failed/);
  assert.match(both, /\n\n\nName: +web-[a-z0-9]+\n/);
  assert.match(both, / {2}- Addresses: +10\.244\.2\.2\n {4}Conditions:\n {6}Ready: +true\n/);
});

test('describe finds objects by the beginning of their name, and says what it does not find', async (t) => {
  const { shell } = await startLab(t);
  const names = await shell.run(['describe', 'nodes', 'node']);
  assert.deepEqual(names.stdout.match(/^Name: .*$/gm), ['Name:               node-1', 'Name:               node-2']);
  const missing = await shell.run(['describe', 'svc', 'nope', 'kubernetes']);
  assert.equal(missing.code, 1);
  assert.match(missing.stdout, /^Name: +kubernetes$/m);
  assert.equal(missing.stderr, 'Error from server (NotFound): services "nope" not found\n');
});

test('an Ingress shows the endpoints behind its rules, and what it cannot find', async (t) => {
  const { shell, cluster } = await startLab(t);
  const path = (name: string, port: string): string =>
    `{path: /${name}, pathType: Prefix, backend: {service: {name: ${name}, port: ${port}}}}`;
  const ingress = `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  rules:
  - host: shop.example
    http: {paths: [${path('web', '{name: http}')}, ${path('nope', '{number: 1}')}]}
`;
  await shell.run(['apply', '-f', '-'], WEB.replace('replicas: 4', 'replicas: 1') + ingress);
  await cluster.settled();
  const { stdout } = await shell.run(['describe', 'ingress', 'shop']);
  assert.match(stdout, /^ {2}shop\.example {2}$/m);
  assert.match(stdout, /\/web +web:http \(10\.244\.2\.2:8080\)$/m);
  assert.match(stdout, /\/nope +nope:1 \(<error: services "nope" not found>\)$/m);
});

test('completion offers verbs, flags, types and names, and nothing when there is no lab', async (t) => {
  const { shell, server } = await startLab(t);
  const offer = async (...words: string[]): Promise<string> =>
    (await shell.run(['__complete', '--', ...words])).stdout.trim().replaceAll('\n', ' ');
  assert.equal(await offer('desc'), 'describe');
  assert.equal(await offer('get', 'endp'), 'endpoints endpointslices');
  assert.equal(await offer('get', 'node', 'node-'), 'node-1 node-2');
  assert.equal(await offer('get', 'svc/k'), 'svc/kubernetes');
  assert.equal(await offer('get', 'svc', '--show'), '--show-labels --show-managed-fields');
  assert.equal(await offer('get', 'svc', '-n', 'kube'), 'kube-node-lease kube-public kube-system');
  assert.equal(await offer('expose', 'pod', 'x', '--type=N'), '--type=NodePort');
  assert.equal(await offer('apply', '-f', ''), '');
  assert.equal(await offer('strategy', ''), 'get set');
  assert.equal(await offer('strategy', 'set', 'p'), 'perfect');
  assert.equal(await offer('strategy', 'get', ''), '');
  assert.equal(await offer('check', '-o', ''), 'wide json html md');
  assert.equal(await offer('get', 'svc', '-o', 'json'), 'json jsonpath=');
  assert.equal(await offer('exec', 'node/'), 'node/node-1 node/node-2');
  assert.equal(await offer('strategy', 'set', 'ipvs', '--node', ''), 'node-1 node-2');
  assert.equal(await offer('compare', 'ipvs', 'n'), 'nftables');
  assert.equal(await offer('rules', '-o', 'ipt'), 'iptables-save');
  assert.equal(await offer('up', '--strategy=e'), '--strategy=ebpf');
  assert.equal(await offer('maglev', 'kub'), 'kubernetes');
  assert.match((await shell.run(['completion', 'bash'])).stdout, /complete -o default -F _kubewire kubewire\n$/);
  assert.equal((await shell.run(['completion', 'tcsh'])).code, 2);
  await server.close();
  assert.equal(await offer('get', 's'), '');
});

test('describe takes the names that every verb takes, and stays kubectl for those that are none', async (t) => {
  const { shell } = await startLab(t);
  const menu = 'apiVersion: v1\nkind: Service\nmetadata: {name: menu, namespace: shop}\nspec: {ports: [{port: 80}]}\n';
  const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n';
  assert.equal((await shell.run(['apply', '-f', '-'], `${namespace}---\n${menu}`)).code, 0);
  const ways = [['svc/shop/menu'], ['svc', 'shop/menu'], ['svc', 'menu.shop'], ['svc/menu.shop'], ['svc', 'shop/me']];
  for (const words of ways) {
    const { code, stdout, stderr } = await shell.run(['describe', ...words]);
    assert.deepEqual([code, stderr], [0, ''], words.join(' '));
    assert.match(stdout, /^Name: +menu\nNamespace: +shop\n/, words.join(' '));
  }
  const missing = await shell.run(['describe', 'svc', 'menu']);
  assert.equal(missing.stderr, 'Error from server (NotFound): services "menu" not found\n');
  const twice = await shell.run(['describe', 'svc', 'svc/menu']);
  assert.equal(twice.code, 2);
  assert.match(twice.stderr, /there is no need to specify a resource type/);
});
