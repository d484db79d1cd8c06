// ranges.test.ts - flags of `kubewire up` that change the default lab.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labRanges } from '../../../src/cli/lab/ranges.js';
import { nodeAttachment, proxySettings } from '../../../src/topology/attachment.js';
import { createTopology, defaultNode, type Topology, validateTopology } from '../../../src/topology/topology.js';

test('without flags the lab is the default lab', () => {
  assert.deepEqual(labRanges({}, 'up'), {});
});

test("kube-proxy's flags reach every node's kube-proxy", () => {
  const ranges = labRanges({ masqueradeAll: 'true', nodeportAddresses: ['primary'], ipvsScheduler: 'mh' }, 'up');
  const settings = proxySettings(createTopology(ranges));
  assert.deepEqual(
    [settings.masqueradeAll, settings.nodePortAddresses, settings.ipvsScheduler, settings.localhostNodePorts],
    [true, ['primary'], 'mh', true],
  );
});

test("kube-proxy's flags of connection tracking are read as Go reads them", () => {
  const settings = (flags: object) => proxySettings(createTopology(labRanges(flags, 'up')));
  const usual = settings({});
  assert.deepEqual(
    [usual.conntrackTCPBeLiberal, usual.conntrackTCPTimeoutEstablished, usual.conntrackTCPTimeoutCloseWait],
    [false, 86_400, 3_600],
  );
  const told = settings({
    conntrackTcpBeLiberal: 'true',
    conntrackTcpTimeoutEstablished: '1h30m',
    conntrackTcpTimeoutCloseWait: '0s',
  });
  assert.deepEqual(
    [told.conntrackTCPBeLiberal, told.conntrackTCPTimeoutEstablished, told.conntrackTCPTimeoutCloseWait],
    [true, 5_400, 0],
  );
  const udp = settings({ conntrackUdpTimeout: '10s', conntrackUdpTimeoutStream: '5m' });
  assert.deepEqual([usual.conntrackUDPTimeout, usual.conntrackUDPTimeoutStream], [0, 0]);
  assert.deepEqual([udp.conntrackUDPTimeout, udp.conntrackUDPTimeoutStream], [10, 300]);
  for (const wrong of ['90', 'soon', '1d', '', '-1h', '500ms', '600000h']) {
    assert.throws(() => labRanges({ conntrackTcpTimeoutEstablished: wrong }, 'up'), /[Ee]stablished/);
  }
});

test('ranges of Services, NodePorts and the load balancer are taken over', () => {
  const flags = {
    serviceClusterIpRange: ['2001:db8:1::/112', '10.0.0.0/16'],
    serviceNodePortRange: '20000-20100',
    loadBalancerPool: ['192.0.2.0/30', '2001:db8::1-2001:db8::9'],
  };
  const topology = createTopology(labRanges(flags, 'up'));
  assert.deepEqual(validateTopology(topology), []);
  assert.deepEqual(topology.serviceCIDRs, flags.serviceClusterIpRange);
  assert.equal(topology.nodePortRange, '20000-20100');
  assert.deepEqual(topology.loadBalancerPool[0], { first: '192.0.2.0', last: '192.0.2.3' });
  assert.equal(topology.loadBalancerPool.length, 2);
});

test('a lab without a pool leaves load balancers pending', () => {
  assert.deepEqual(labRanges({ loadBalancerPool: ['none'] }, 'up'), { loadBalancerPool: [] });
});

test('a recorded state needs a lab without machines', () => {
  const ranges = labRanges({ recorded: true, maxEndpointsPerSlice: '3' }, 'up');
  assert.deepEqual(ranges, { recorded: true, maxEndpointsPerSlice: 3 });
  assert.deepEqual(validateTopology(createTopology({ count: 0, ...ranges })), []);
  assert.match(validateTopology(createTopology(ranges))[0]?.message ?? '', /^recorded: .*--nodes 0/);
});

test('what makes no sense is wrong usage', () => {
  for (const flags of [
    { loadBalancerPool: ['somewhere'] },
    { localhostNodeports: 'perhaps' },
    { nodeportAddresses: ['primary', '10.0.0.0/8'] },
    { serviceClusterIpRange: ['10.0.0.0/16', '10.1.0.0/16'] },
    { proxyMode: 'userspace' },
    { maxEndpointsPerSlice: '1001' },
  ]) {
    assert.throws(() => labRanges(flags, 'up'), { code: 2 }, JSON.stringify(flags));
  }
});

test('the ports of masquerading reach every node, and what is no range is refused', () => {
  const topology = createTopology(labRanges({ masqueradePorts: '61000-61007' }, 'up'));
  const ports = (of: Topology): readonly number[] => nodeAttachment(of, defaultNode(1), []).snatPorts;
  assert.deepEqual(ports(topology), [61_000, 61_007]);
  assert.deepEqual(ports(createTopology()), [1024, 65_535]);
  for (const wrong of ['', '61000', '61007-61000', '0-9', '1-65536', 'a-b'])
    assert.throws(() => labRanges({ masqueradePorts: wrong }, 'up'), /--masquerade-ports must be FIRST-LAST/);
});
