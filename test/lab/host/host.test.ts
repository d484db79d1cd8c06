// host.test.ts - namespaces, interfaces, sockets and processes as the lab uses them, on the real kernel.
// Runs alone: it counts the processes of namespaces, whose numbers others could be given meanwhile.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { addressesInForce } from '../../../src/lab/host/addresses.js';
import {
  configureInterface,
  connectTcp,
  createNamespace,
  createTap,
  kernelFault,
  listenTcp,
  type Namespace,
  removeAddresses,
  setSysctl,
} from '../../../src/lab/host/host.js';
import { execInNamespace, labAccess, runInNamespace, spawnInNamespace } from '../../../src/lab/host/process.js';
import { Fault } from '../../../src/model/fault.js';
import { until } from '../../support/eventually.js';
import { readableClone } from '../../support/readable.js';
import { noLab } from '../../support/sandbox.js';

const skip = noLab();

async function withNamespace(work: (ns: Namespace) => Promise<void>): Promise<void> {
  const ns = createNamespace();
  try {
    await work(ns);
  } finally {
    ns.close();
  }
}

const output = async (ns: Namespace | string, ...argv: string[]): Promise<string> =>
  (await runInNamespace(ns, argv)).stdout;

test('a namespace has a loopback that is up, and this thread stays where it was', { skip }, async () => {
  const before = readlinkSync('/proc/thread-self/ns/net');
  await withNamespace(async (ns) => {
    assert.match(await output(ns, 'ip', '-o', 'addr', 'show', 'lo'), /127\.0\.0\.1\/8.*::1\/128/s);
    assert.notEqual(await output(ns, 'readlink', '/proc/self/ns/net'), `${before}\n`);
  });
  assert.equal(readlinkSync('/proc/thread-self/ns/net'), before);
});

test('an interface gets its MAC, MTU, addresses, neighbours and routes', { skip }, async () => {
  await withNamespace(async (ns) => {
    const tap = createTap(ns, { name: 'eth0', mac: '02:00:00:00:00:07', mtu: 1400 });
    configureInterface(ns, 'eth0', {
      up: true,
      addresses: ['10.244.1.2/32', 'fd00::2/64'],
      neighbours: [{ address: '169.254.1.1', mac: '02:00:00:00:00:01' }],
      routes: [
        { prefix: '0.0.0.0/0', via: '169.254.1.1', onlink: true, source: '10.244.1.2' },
        { prefix: '::/0', via: 'fd00::1' },
        { prefix: '192.0.2.0/24' },
      ],
    });
    const link = await output(ns, 'ip', '-o', 'addr');
    assert.match(link, /10\.244\.1\.2\/32/);
    assert.match(link, /fd00::2\/64/);
    // The interface's own link-local address may wait for a worker of the kernel; nobody uses it.
    assert.doesNotMatch(link, /fd00::2\/64.*tentative/, 'IPv6 addresses are usable at once');
    assert.match(await output(ns, 'ip', 'link', 'show', 'eth0'), /mtu 1400 .*02:00:00:00:00:07/s);
    assert.match(await output(ns, 'ip', 'route'), /default via 169\.254\.1\.1 dev eth0 .*src 10\.244\.1\.2 onlink/);
    assert.match(await output(ns, 'ip', '-6', 'route'), /default via fd00::1 dev eth0/);
    assert.match(await output(ns, 'ip', 'neigh'), /169\.254\.1\.1 .*lladdr 02:00:00:00:00:01 PERMANENT/);
    removeAddresses(ns, 'eth0', ['fd00::2/64']);
    assert.doesNotMatch(await output(ns, 'ip', '-o', 'addr'), /fd00::2/);
    assert.equal(tap.headerBytes, 10);
    assert.ok((tap.offloads & 0x07) === 0x07, 'checksum and TSO are granted');
  });
});

test('what comes in for an IPv6 address is delivered once the address is in force', { skip }, async () => {
  await withNamespace(async (ns) => {
    createTap(ns, { name: 'eth0', mac: '02:00:00:00:00:07', mtu: 1500 });
    configureInterface(ns, 'eth0', { up: true });
    const lookups: string[] = [];
    const addresses = Array.from({ length: 100 }, (_, i) => `fd00::${i + 1}`);
    for (const address of addresses) {
      configureInterface(ns, 'eth0', { addresses: [`${address}/128`] });
      await addressesInForce(ns, 'eth0', [address]);
      lookups.push(await output(ns, 'ip', 'route', 'get', address, 'from', 'fd01::1', 'iif', 'eth0'));
    }
    assert.deepEqual(
      lookups.filter((text) => !text.startsWith('local ')),
      [],
    );
  });
});

test('a TAP without offloads has no virtio-net header', { skip }, async () => {
  await withNamespace(async (ns) => {
    const tap = createTap(ns, { name: 'eth0', mac: '02:00:00:00:00:07', mtu: 1500, offloads: false });
    assert.deepEqual({ ...tap, fd: 0 }, { fd: 0, headerBytes: 0, offloads: 0 });
  });
});

test('what the kernel refuses says what was tried and why, and leaves nothing', { skip }, async () => {
  await withNamespace(async (ns) => {
    const make = (): unknown => createTap(ns, { name: 'eth0', mac: '02:00:00:00:00:07', mtu: 1500 });
    make();
    const errors: [() => unknown, string, RegExp][] = [
      [make, 'EBUSY', /TUNSETIFF eth0/],
      [() => createTap(ns, { name: 'eth1', mac: 'nonsense', mtu: 1500 }), 'EINVAL', /MAC address nonsense/],
      [() => configureInterface(ns, 'nosuch', { up: true }), 'ENODEV', /interface nosuch/],
      [() => configureInterface(ns, 'eth0', { addresses: ['10.0.0.300/24'] }), 'EINVAL', /address 10\.0\.0\.300/],
      [
        () => configureInterface(ns, 'eth0', { routes: [{ prefix: '10.0.0.0/33' }] }),
        'EINVAL',
        /route 10\.0\.0\.0\/33/,
      ],
      [() => setSysctl(ns, 'net.no.such', 1), 'ENOENT', /sysctl net\.no\.such/],
      [() => listenTcp(ns, { family: 4, address: '10.9.9.9', port: 80 }), 'EADDRNOTAVAIL', /bind 10\.9\.9\.9 port 80/],
    ];
    for (const [work, code, message] of errors) {
      assert.throws(work, (error: NodeJS.ErrnoException) => error.code === code && message.test(error.message));
    }
    assert.doesNotMatch(await output(ns, 'ip', '-o', 'link'), /eth1/);
  });
});

test('sockets stay in the namespace in which they were made', { skip }, async () => {
  await withNamespace(async (ns) => {
    const { createServer } = await import('node:net');
    const server = createServer((socket) => socket.end(`from ${socket.remoteAddress}`));
    server.listen({ fd: listenTcp(ns, { family: 4, address: '0.0.0.0', port: 80 }) });
    const chunks: string[] = [];
    for await (const chunk of connectTcp(ns, { family: 4, address: '127.0.0.1', port: 80 })) chunks.push(String(chunk));
    assert.equal(chunks.join(''), 'from 127.0.0.1');
    const refused = connectTcp(ns, { family: 6, address: '::1', port: 80 });
    const [error] = await new Promise<[NodeJS.ErrnoException]>((resolve) =>
      refused.on('error', (...all) => resolve(all as [NodeJS.ErrnoException])),
    );
    assert.equal(error.code, 'ECONNREFUSED');
    server.close();
  });
});

test('a program gets its arguments, environment, directory and pipes, and its exit code comes back', {
  skip,
}, async () => {
  await withNamespace(async (ns) => {
    const script = 'cat; echo "$GREETING $0 $1 $PWD"; echo wrong >&2; exit 3';
    const result = await runInNamespace(ns, ['sh', '-c', script, 'a b', '*'], {
      input: 'in\n',
      env: { PATH: process.env.PATH, GREETING: 'hello' },
      cwd: '/usr',
    });
    assert.deepEqual(result, { code: 3, stdout: 'in\nhello a b * /usr\n', stderr: 'wrong\n' });
    assert.equal(await execInNamespace(ns.path, ['sh', '-c', 'exit 7']), 7);
    await assert.rejects(runInNamespace(ns, ['no-such-program']), { code: 'ENOENT' });
    await assert.rejects(runInNamespace(ns, ['/etc/passwd']), { code: 'EACCES' });
    await assert.rejects(runInNamespace(ns, ['true'], { cwd: '/no/such' }), { code: 'ENOENT' });
    await assert.rejects(
      execInNamespace('/proc/4194304/fd/3', ['true']),
      (error) => error instanceof Fault && error.code === 'LAB_ABSENT',
    );
  });
});

test('a program that takes too long is killed with everything that it started', { skip }, async () => {
  await withNamespace(async (ns) => {
    const start = performance.now();
    const { code } = await runInNamespace(ns, ['sh', '-c', 'sleep 30 & sleep 30; true'], { timeoutMs: 200 });
    assert.equal(code, 137);
    assert.ok(performance.now() - start < 5000);
  });
});

test('a child has none of our file descriptors, no blocked and no ignored signal', { skip }, async () => {
  await withNamespace(async (ns) => {
    assert.doesNotMatch(await output(ns, 'ls', '-l', '/proc/self/fd'), /net\/tun|net:|eventfd|eventpoll/);
    const signals = await output(ns, 'grep', '-E', 'SigBlk|SigIgn', '/proc/self/status');
    assert.match(signals, /^SigBlk:\s0+\nSigIgn:\s0+$/m);
  });
});

test('a signal ends a program as a shell would say it', { skip }, async () => {
  await withNamespace(async (ns) => {
    const child = spawnInNamespace(ns, ['sleep', '30']);
    assert.ok(child.kill('SIGTERM'));
    assert.equal(await child.wait(), 143);
    assert.equal(child.kill('SIGTERM'), false);
  });
});

interface Held {
  readonly path: string;
  readonly pids: readonly number[];
}

async function startHolder(): Promise<{ child: ChildProcess; held: Held }> {
  const file = new URL(import.meta.url.replace(/host\.test(\.[jt]s)$/, 'holder$1'));
  const child = spawn(process.execPath, [...process.execArgv, file.pathname], { stdio: ['ignore', 'pipe', 'inherit'] });
  assert.ok(child.stdout);
  for await (const line of createInterface(child.stdout)) return { child, held: JSON.parse(line) as Held };
  throw new Error('the holder said nothing');
}

/** Processes that are in this network namespace. */
function processesIn(namespace: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/ns/net`) === namespace;
    } catch {
      return false;
    }
  });
}

test('kill -9 under traffic leaves no process and no namespace', { skip }, async () => {
  const { child, held } = await startHolder();
  const namespace = readlinkSync(held.path);
  try {
    assert.match(await output(held.path, 'ip', '-o', 'link'), /eth0/);
    const guest = execInNamespace(held.path, ['sleep', '60']);
    await until(() => processesIn(namespace).length >= 2);
    assert.equal(processesIn(namespace).length, 2, 'the sender and the guest');
    child.kill('SIGKILL');
    assert.equal(await guest, 137, 'a guest of the lab ends with it');
  } finally {
    child.kill('SIGKILL');
  }
  await until(() => !held.pids.some((pid) => existsSync(`/proc/${pid}`)));
  assert.deepEqual(processesIn(namespace), []);
  assert.ok(!existsSync(held.path));
});

test('missing rights and a missing device are told apart, each with a remedy', () => {
  const cases = [
    ['open /dev/net/tun', 13, 'NO_PERMISSION', /chmod 0666/],
    ['open /dev/net/tun', 2, 'NO_TUN', /modprobe tun/],
    ['open /dev/net/tun', 19, 'NO_TUN', /modprobe tun/],
    ['unshare', 1, 'NO_PERMISSION', /Run as root/],
    ['unshare', 28, 'NO_PERMISSION', /max_user_namespaces/],
    ['TUNSETIFF eth0', 1, 'NO_PERMISSION', /Run as root/],
  ] as const;
  for (const [what, errno, code, remedy] of cases) {
    const fault = kernelFault(Object.assign(new Error(what), { what, errno }));
    assert.ok(fault instanceof Fault);
    assert.equal(fault.code, code);
    assert.match(fault.remedy ?? '', remedy);
  }
});

test('an ordinary user gets a user namespace, or hears what is missing', { skip }, async (t) => {
  const { mount, root, node, remove } = readableClone();
  t.after(remove);
  const script = `import(${JSON.stringify(`${root}/dist/src/lab/host/process.js`)}).then((k) => console.log(k.labAccess()))
    .catch((e) => (console.log(e.code, e.remedy), console.error(e.stack)))`;
  const as = 'setpriv --reuid=65534 --regid=65534 --clear-groups';
  const shell = `${mount} && exec ${as} ${node} --input-type=module -e '${script}'`;
  await withNamespace(async (ns) => {
    const { stdout, stderr } = await runInNamespace(ns, ['unshare', '-m', 'sh', '-c', shell], {
      env: { PATH: process.env.PATH, HOME: '/tmp' },
      cwd: '/',
    });
    assert.match(stdout, /^(user-namespace|NO_PERMISSION Run as root.*)$/m, stderr);
  });
  assert.equal(labAccess(), 'direct');
});
