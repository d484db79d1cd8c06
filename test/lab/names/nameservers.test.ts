// nameservers.test.ts - the thread that serves names begins again when it has crashed, with the sockets of all its pods.
// Takes turns: a namespace.
import assert from 'node:assert/strict';
import { openSync } from 'node:fs';
import { test } from 'node:test';
import { directoryOf } from '../../../src/cluster/directory.js';
import { CLUSTER_ZONES, Resolver } from '../../../src/dns/resolver.js';
import { createNamespace } from '../../../src/lab/host/host.js';
import { socketsOf } from '../../../src/lab/host/sandbox.js';
import { NameServers } from '../../../src/lab/names/nameservers.js';
import { PodLog } from '../../../src/lab/pods/log.js';
import { testCluster } from '../../cluster/fixtures.js';
import { until } from '../../support/eventually.js';
import { noLab } from '../../support/sandbox.js';

const UDP = { protocol: 'UDP', port: 53 } as const;

test('when the thread that serves names crashes that is told, and its pods have their sockets again', {
  skip: noLab(),
}, async (t) => {
  const ns = createNamespace();
  const reports: string[] = [];
  const resolver = new Resolver(
    directoryOf(testCluster(), () => undefined),
    CLUSTER_ZONES,
  );
  const report = (message: string) => reports.push(message);
  const servers = new NameServers({ resolver, clock: () => new Date(), random: Math.random, report });
  t.after(async () => {
    await servers.close();
    ns.close();
  });
  const sockets = socketsOf(ns);
  let made = 0;
  const counted = {
    ...sockets,
    bindUdp: (address: string, port: number) => {
      const fd = sockets.bindUdp(address, port);
      made++;
      return fd;
    },
  };
  assert.deepEqual(servers.open(['127.0.0.1'], counted, new PodLog()).update([UDP]), []);
  const file = openSync('/dev/null', 'r');
  const broken = servers.open(['127.0.0.1'], { listenTcp: () => file, bindUdp: () => file }, new PodLog());
  broken.update([UDP]);
  await until(() => reports.length > 0);
  await broken.drain(0);
  await until(() => made === 2);
  assert.match(
    reports.join(),
    /^the thread that serves names crashed \(.+\): their connections are cut, and it begins/,
  );
});
