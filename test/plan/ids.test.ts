// ids.test.ts - stable ids, and the configuration's validation.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_CONFIG, parsePortRange, validateConfig } from '../../src/plan/config.js';
import { IdTable } from '../../src/plan/ids.js';

test('a name has the same id in every table, two names never share one', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 50 }), (names) => {
      const table = new IdTable();
      const ids = names.map((name) => table.of(name));
      assert.equal(new Set(ids).size, names.length);
      assert.ok(ids.every((id) => id > 0 && id < 0xffffffff));
      assert.deepEqual(
        names.map((name) => table.of(name)),
        ids,
      );
    }),
  );
});

test('a hundred thousand names collide now and then, and are still told apart', () => {
  const table = new IdTable();
  const ids = new Set(Array.from({ length: 100_000 }, (_, i) => table.of(`shop/web-${i}:http/TCP/IPv4`)));
  assert.equal(ids.size, 100_000);
});

test('configuration is refused in the words of kube-proxy', () => {
  const messages = (more: object): string[] =>
    validateConfig({ ...DEFAULT_CONFIG, ...more }).map(({ message }) => message);
  assert.deepEqual(messages({}), []);
  assert.match(messages({ proxyMode: 'userspace' })[0] ?? '', /must be iptables, ipvs, nftables or blank/);
  assert.match(
    messages({ nodePortAddresses: ['primary', '10.0.0.0/8'] })[0] ?? '',
    /can't use both 'primary' and CIDRs/,
  );
  assert.match(messages({ nodePortAddresses: ['10.0.0.0'] })[0] ?? '', /nodePortAddresses\[0\].*must be a valid CIDR/);
  assert.match(messages({ clusterCIDR: ['10.0.0.0/8', '11.0.0.0/8'] })[0] ?? '', /at most one CIDR of each IP family/);
  assert.match(messages({ ipvsScheduler: 'best' })[0] ?? '', /must be one of rr/);
  for (const seconds of [-1, 0.5, 2_147_484, Number.NaN]) {
    assert.match(
      messages({ conntrackTCPTimeoutEstablished: seconds })[0] ?? '',
      /^conntrack\.tcpEstablishedTimeout: Invalid value: .* must be /,
    );
  }
  assert.match(
    messages({ conntrackTCPTimeoutCloseWait: -5 })[0] ?? '',
    /^conntrack\.tcpCloseWaitTimeout: Invalid value: "-5s": must be greater than or equal to 0$/,
  );
});

test('port ranges are first-last, first+count or one port', () => {
  assert.deepEqual(parsePortRange('30000-32767'), { first: 30_000, last: 32_767 });
  assert.deepEqual(parsePortRange('30000+10'), { first: 30_000, last: 30_010 });
  assert.deepEqual(parsePortRange('80'), { first: 80, last: 80 });
  for (const wrong of ['', '5-4', '1-65536', 'a-b', '-1']) assert.equal(parsePortRange(wrong), null);
});
