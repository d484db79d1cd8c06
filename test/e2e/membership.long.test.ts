// membership.long.test.ts - machines leave the cluster and come back while it runs: pods go elsewhere, the Service stays.
// Takes turns: a whole lab.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { playStory } from '../../src/story/play.js';
import { readStories } from '../../src/story/story.js';
import { labUnavailable } from './harness.js';

const [story] = readStories(
  'membership.md',
  `# Nodes leave and come back

\`\`\`config
up: --no-dns
\`\`\`

\`\`\`yaml web.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]}
\`\`\`

\`\`\`console
$ kubewire apply -f web.yaml
deployment.apps/web created
service/web created
$ running() { kubewire get pods --no-headers -o wide | grep 'Running.*1/1\\|1/1 *Running' | grep -c "$1"; }
$ running node-
3
[within 20s]
$ kubewire node remove node-2
node/node-2 cordoned
…
node/node-2 drained
node/node-2 removed
$ kubewire get nodes -o name
node/node-1
node/node-3
$ running node-
3
[within 20s]
$ running node-2
0
[exit 1]
$ kubewire exec client/outside -- sh -c 'for i in $(seq 24); do curl -sS -m 2 http://192.168.0.240/; done' | grep -c ^pod:
24
[within 10s]
$ kubewire exec client/outside -- curl -s -m 1 http://192.168.0.12:30080/
[exit 28]
$ kubewire node add node-2
node/node-2 added
$ kubewire exec client/outside -- curl -s -m 2 http://192.168.0.12:30080/ | grep -c ^pod:
1
[within 20s]
$ kubewire delete node node-3
node "node-3" deleted
$ running node-3
0
[exit 1]
[within 20s]
$ running node-
3
[within 20s]
$ kubewire node add node-3 && kubewire node add node-3
node/node-3 added
node/node-3 is one already
$ kubewire get nodes --no-headers | grep -c ' Ready '
3
[within 20s]
\`\`\`
`,
);

describe('nodes of a lab that runs', { skip: labUnavailable() ?? false }, () => {
  test('leave with their pods served elsewhere, and are members again when they are added', async () => {
    assert.ok(story);
    const row = await playStory('membership', story, { strategy: 'nftables', dataplane: 'kubewire' });
    assert.deepEqual([row.result, row.reason], ['passed', '']);
  });
});
