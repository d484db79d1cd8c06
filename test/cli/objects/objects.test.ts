// objects.test.ts - get, apply, create, delete, scale, label, patch, expose against a lab, as a user types them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../support/eventually.js';
import { maskAges, startLab } from '../lab.js';

const SHOP = `apiVersion: v1
kind: Service
metadata:
  name: web
  labels: {app: web}
spec:
  type: NodePort
  clusterIP: 10.96.0.80
  selector: {app: web}
  ports:
  - {name: http, port: 80, targetPort: 8080, nodePort: 30080}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:1
        ports: [{containerPort: 8080}]
`;

test('apply creates, leaves alone, and configures; get shows it', async (t) => {
  const { shell, cluster } = await startLab(t);
  const file = shell.file('shop.yaml', SHOP);
  const first = await shell.run(['apply', '-f', file]);
  assert.deepEqual(first, { code: 0, stdout: 'service/web created\ndeployment.apps/web created\n', stderr: '' });
  await cluster.settled();
  const again = await shell.run(['apply', '-f', '-'], SHOP);
  assert.equal(again.stdout, 'service/web unchanged\ndeployment.apps/web unchanged\n');

  await shell.run(['scale', 'deployment', 'web', '--replicas=3']);
  const changed = await shell.run(
    ['apply', '-f', '-'],
    SHOP.replace('port: 80,', 'port: 81,').replace('  replicas: 2\n', ''),
  );
  assert.equal(changed.stdout, 'service/web configured\ndeployment.apps/web configured\n');
  await cluster.settled();

  const services = await shell.run(['get', 'svc']);
  assert.equal(
    maskAges(services.stdout),
    `NAME         TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)        AGE
kubernetes   ClusterIP   10.96.0.1    <none>        443/TCP        AGE
web          NodePort    10.96.0.80   <none>        81:30080/TCP   AGE
`,
  );
  const several = await shell.run(['get', 'deploy,svc', '-l', 'app=web', '-o', 'name']);
  assert.equal(several.stdout, 'deployment.apps/web\nservice/web\n');
  const tables = await shell.run(['get', 'deploy,svc', '-l', 'app=web', '--no-headers']);
  assert.match(tables.stdout, /^deployment\.apps\/web .*\n\nservice\/web .*\n$/);
  const path = await shell.run(['get', 'pods', '-o=jsonpath={range .items[*]}{.spec.containers[0].image};{end}']);
  assert.match(path.stdout, /^(web:1;)+$/);
});

test('apply takes annotations that cannot be read, and says where they stand and what is used instead', async (t) => {
  const { shell } = await startLab(t);
  const annotated = `${SHOP}---
apiVersion: v1
kind: Service
metadata: {name: fast, annotations: {kubewire.dev/scheduler: quickest}}
spec: {ports: [{port: 80}]}
`;
  const { code, stderr } = await shell.run(['apply', '-f', shell.file('fast.yaml', annotated)]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /fast\.yaml:\d+:62: warning: metadata\.annotations\[kubewire\.dev\/scheduler\]: "quickest"/);
  const annotate = await shell.run(['annotate', 'service', 'web', 'kubewire.dev/weight=3']);
  assert.equal(annotate.code, 0);
  assert.match(annotate.stderr, /^Warning: metadata\.annotations\[kubewire\.dev\/weight\]: means nothing on a Service/);
});

test('apply remembers what it applied, with keys in order', async (t) => {
  const { shell } = await startLab(t);
  await shell.run(
    ['apply', '-f', '-'],
    'kind: Service\napiVersion: v1\nspec: {ports: [{port: 80}]}\nmetadata: {name: a}\n',
  );
  const { stdout } = await shell.run(['get', 'svc', 'a', '-o', 'jsonpath={.metadata.annotations}']);
  const text = JSON.parse(stdout)['kubectl.kubernetes.io/last-applied-configuration'];
  assert.equal(
    text,
    '{"apiVersion":"v1","kind":"Service","metadata":{"annotations":{},"name":"a","namespace":"default"},"spec":{"ports":[{"port":80}]}}\n',
  );
});

test('one mistake anywhere: all are shown with their places, nothing is applied', async (t) => {
  const { shell, cluster } = await startLab(t);
  const file = shell.file(
    'bad.yaml',
    `${SHOP}---\napiVersion: v1\nkind: Service\nmetadata: {name: b}\nspec:\n  ports: [{port: 0}]\n  selektor: {a: b}\n`,
  );
  const { code, stdout, stderr } = await shell.run(['apply', '-f', file]);
  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /bad\.yaml:34:3: error: spec\.selektor: unknown field, did you mean "selector"\?/);
  assert.match(
    stderr,
    /bad\.yaml:33:18: error: spec\.ports\[0\]\.port: Invalid value: 0: must be between 1 and 65535, inclusive/,
  );
  assert.match(stderr, /nothing applied\n$/);
  assert.equal(cluster.store.get('Service', 'default', 'web'), undefined);
});

test('what only the lab knows is refused at its place, and nothing is applied', async (t) => {
  const { shell, cluster } = await startLab(t);
  await shell.run(['apply', '-f', '-'], SHOP);
  const before = cluster.store.get('Service', 'default', 'web')?.metadata.resourceVersion;
  const clash = SHOP.replace('name: web\n', 'name: other\n').replace('clusterIP: 10.96.0.80', 'clusterIP: 10.96.0.81');
  const moved = SHOP.replace('10.96.0.80', '10.96.0.99');
  const file = shell.file('clash.yaml', `${moved}---\n${clash}`);
  const { code, stdout, stderr } = await shell.run(['apply', '-f', file]);
  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /clash\.yaml:8:14: error: spec\.clusterIPs\[0\]: Invalid value: .*may not change once set/);
  assert.match(
    stderr,
    /clash\.yaml:39:56: error: spec\.ports\[0\]\.nodePort: Invalid value: 30080: provided port is already allocated/,
  );
  assert.equal(cluster.store.get('Service', 'default', 'other'), undefined);
  assert.equal(cluster.store.get('Service', 'default', 'web')?.metadata.resourceVersion, before);
});

test('a dry run says what would happen and changes nothing', async (t) => {
  const { shell, cluster } = await startLab(t);
  const { stdout } = await shell.run(['apply', '-f', '-', '--dry-run=server'], SHOP);
  assert.equal(stdout, 'service/web created (server dry run)\ndeployment.apps/web created (server dry run)\n');
  assert.equal(cluster.store.get('Service', 'default', 'web'), undefined);
  const wrong = await shell.run(['apply', '-f', '-', '--dry-run=perhaps'], SHOP);
  assert.equal(wrong.code, 2);
});

test('create refuses what exists, and creates none of the others', async (t) => {
  const { shell, cluster } = await startLab(t);
  const web = (SHOP.split('---\n')[0] ?? '').replace(/clusterIP: .*|, nodePort: \d+/g, '');
  assert.equal((await shell.run(['create', '-f', '-'], web)).stdout, 'service/web created\n');
  const { code, stderr } = await shell.run(['create', '-f', '-'], `${web.replace('name: web', 'name: b')}---\n${web}`);
  assert.equal(code, 1);
  assert.match(stderr, /<stdin>:13:1: error: services "web" already exists/);
  assert.equal(cluster.store.get('Service', 'default', 'b'), undefined);
});

test('delete by name, by file and by label; what is missing is said', async (t) => {
  const { shell, cluster } = await startLab(t);
  const file = shell.file('shop.yaml', SHOP);
  await shell.run(['apply', '-f', file]);
  await cluster.settled();
  const named = await shell.run(['delete', 'svc', 'web', 'nope']);
  assert.equal(named.code, 1);
  assert.equal(named.stdout, 'service "web" deleted from default namespace\n');
  assert.equal(named.stderr, 'Error from server (NotFound): services "nope" not found\n');
  assert.equal((await shell.run(['delete', 'svc', 'nope', '--ignore-not-found'])).code, 0);
  const filed = await shell.run(['delete', '-f', file, '--ignore-not-found']);
  assert.deepEqual(filed, { code: 0, stdout: 'deployment.apps "web" deleted from default namespace\n', stderr: '' });
  const nothing = await shell.run(['delete', 'svc', '-l', 'x=y']);
  assert.deepEqual(nothing, { code: 0, stdout: '', stderr: 'No resources found\n' });
  assert.equal((await shell.run(['delete', 'svc'])).code, 2);
});

test('labels and annotations are set, kept and removed', async (t) => {
  const { shell } = await startLab(t);
  await shell.run(['apply', '-f', '-'], SHOP);
  const say = async (...words: string[]): Promise<string> => {
    const { stdout, stderr } = await shell.run(words);
    return stdout + stderr;
  };
  assert.equal(await say('label', 'svc', 'web', 'tier=front'), 'service/web labeled\n');
  assert.equal(await say('label', 'svc/web', 'tier=front'), 'service/web not labeled\n');
  assert.equal(
    await say('label', 'svc', 'web', 'tier=back'),
    "error: 'tier' already has a value (front), and --overwrite is false\n",
  );
  assert.equal(await say('label', 'svc', 'web', 'tier=back', '--overwrite'), 'service/web labeled\n');
  assert.equal(await say('label', 'svc', 'web', '--list'), 'app=web\ntier=back\n');
  assert.equal(await say('label', 'svc', 'web', 'tier-'), 'service/web unlabeled\n');
  assert.equal(await say('annotate', 'svc', 'web', 'note=a=b'), 'service/web annotated\n');
  assert.equal(await say('get', 'svc', 'web', '-o', 'jsonpath={.metadata.annotations.note}'), 'a=b');
});

test('patch, scale and expose answer as kubectl does', async (t) => {
  const { shell, cluster } = await startLab(t);
  await shell.run(['apply', '-f', '-'], SHOP);
  await cluster.settled();
  const patch = ['patch', 'svc', 'web', '-p', '{"spec":{"sessionAffinity":"ClientIP"}}'];
  assert.equal((await shell.run(patch)).stdout, 'service/web patched\n');
  assert.equal((await shell.run(patch)).stdout, 'service/web patched (no change)\n');
  const wrong = await shell.run(['patch', 'svc', 'web', '-p', 'spec: {sessionAffinity: Sometimes}']);
  assert.equal(
    wrong.stderr,
    'The Service "web" is invalid: spec.sessionAffinity: Unsupported value: "Sometimes": supported values: "ClientIP", "None"\n',
  );
  assert.equal((await shell.run(['scale', 'deploy/web', '--replicas', '1'])).stdout, 'deployment.apps/web scaled\n');
  const expected = await shell.run(['scale', 'deploy/web', '--replicas=5', '--current-replicas=4']);
  assert.equal(expected.stderr, 'error: Expected replicas to be 4, was 1\n');
  const dry = await shell.run([
    'expose',
    'deployment',
    'web',
    '--port=9',
    '--name=second',
    '--dry-run=client',
    '-o',
    'yaml',
  ]);
  assert.equal(
    dry.stdout,
    `apiVersion: v1
kind: Service
metadata:
  labels:
    app: web
  name: second
spec:
  ports:
  - port: 9
    protocol: TCP
    targetPort: 9
  selector:
    app: web
status:
  loadBalancer: {}
`,
  );
  const exposed = await shell.run(['expose', 'deployment', 'web', '--name', 'second', '--type=LoadBalancer']);
  assert.equal(exposed.stdout, 'service/second exposed\n');
  const twice = await shell.run(['expose', 'deployment', 'web', '--name', 'second']);
  assert.equal(twice.stderr, 'Error from server (AlreadyExists): services "second" already exists\n');
});

test('a watch prints every change until the reader goes away', async (t) => {
  const { shell, cluster } = await startLab(t);
  const watch = shell.run(['get', 'svc', '-w', '-o', 'name']);
  await until(() => shell.heard.includes('service/kubernetes\n'));
  cluster.apply([{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'late' }, spec: { ports: [{ port: 1 }] } }]);
  await until(() => shell.heard.includes('service/late\n'));
  shell.stop();
  const { stdout } = await watch;
  assert.match(stdout, /^service\/kubernetes\nservice\/late\n/);
});

test('a selector that is none deletes, labels and shows nothing', async (t) => {
  const { shell, cluster } = await startLab(t);
  await shell.run(['apply', '-f', shell.file('shop.yaml', SHOP)]);
  await cluster.settled();
  for (const selector of ['((((', ',', 'app=web(', 'app=web=', 'app web']) {
    for (const words of [
      ['delete', 'pods', '-l', selector],
      ['label', 'pods', 'x=y', '-l', selector],
      ['get', 'pods', '-l', selector],
    ]) {
      const { code, stdout, stderr } = await shell.run(words);
      assert.deepEqual([code, stdout], [1, ''], words.join(' '));
      assert.match(stderr, /^error: (unable to parse requirement: |found ')/);
    }
  }
  const blank = await shell.run(['delete', 'pods', '-l', ' ']);
  assert.deepEqual([blank.code, blank.stdout], [2, '']);
  assert.match(blank.stderr, /no name was specified/);
  const none = await shell.run(['delete', 'pods', '-l', 'app>3']);
  assert.deepEqual([none.code, none.stdout], [0, '']);
  assert.equal(cluster.store.list('Pod').length, 2);
});
