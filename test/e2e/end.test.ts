// end.test.ts - how a lab ends, and how it does not begin: nothing is left after Ctrl-C, down and kill -9; clear refusals.
// Runs alone: it looks for namespaces by their numbers, which others could be given meanwhile.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { eventually } from '../support/eventually.js';
import { readableClone } from '../support/readable.js';
import { labUnavailable, programUnavailable, root, shop, User } from './harness.js';

/** Network namespaces of all processes, with the processes in each. */
function namespaces(): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const name = readlinkSync(`/proc/${pid}/ns/net`);
      // A process that has ended and that nobody has waited for yet holds nothing.
      const state = /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      if (state !== 'Z') found.set(name, [...(found.get(name) ?? []), Number(pid)]);
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

/** The network namespaces that a lab holds, by the names of its file descriptors. */
function namespacesOf(pid: number): Set<string> {
  const own = readlinkSync(`/proc/${pid}/ns/net`);
  const held = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
      if (target.startsWith('net:[') && target !== own) held.add(target);
    } catch {
      // Closed while we looked.
    }
  }
  return held;
}

const lives = (pid: number): boolean => existsSync(`/proc/${pid}/stat`) && !/^State:\s+Z/m.test(statusOf(pid));
const statusOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return 'State: Z';
  }
};

/** Processes whose command line or environment belongs to this user's lab. */
function processesOf(user: User): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        return environment.includes(`XDG_RUNTIME_DIR=${user.folder}`) && lives(Number(pid));
      } catch {
        return false;
      }
    })
    .map(Number);
}

const exitOf = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.on('exit', resolve));

async function assertNothingLeft(user: User, held: ReadonlySet<string>): Promise<void> {
  await eventually(() => (processesOf(user).length === 0 ? true : null), 5000).catch(() => {
    const left = processesOf(user).map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
    assert.fail(`processes are left: ${left.join('; ')}`);
  });
  const now = namespaces();
  assert.deepEqual(
    [...held].filter((name) => now.has(name)),
    [],
    'namespaces are left',
  );
  assert.equal(existsSync(join(user.folder, 'kubewire')), false, 'files are left');
}

/** Leaves a grandchild behind: in a session of its own, with an empty environment, with another parent. */
const DAEMON = ['env', '-i', 'setsid', '-f', 'sh', '-c', 'exec </dev/null >/dev/null 2>&1; sleep 301; true'];

/** Such grandchildren in any of these namespaces. */
const daemons = (held: ReadonlySet<string>): number[] =>
  [...namespaces()]
    .flatMap(([name, pids]) => (held.has(name) ? pids : []))
    .filter((pid) => /^sh .*sleep 301/.test(commandOf(pid)));

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

describe('the end of a lab', { skip: labUnavailable() ?? false }, () => {
  test('kill -9 while traffic runs leaves no namespace, process or file, and the next lab starts', async () => {
    const user = new User();
    try {
      const pid = await user.up('-f', shop);
      const held = namespacesOf(pid);
      assert.ok(held.size >= 10, `${held.size} namespaces: nodes, client and pods`);
      const loop = 'while :; do curl -s -m 5 -o /dev/null http://192.168.0.240/; done';
      const traffic = user.start(['exec', 'client/outside', '--', 'sh', '-c', loop]);
      const idle = user.start(['exec', 'node/node-1', '--', 'sh', '-c', 'sleep 300; true']);
      const pods = (await user.must('get', 'pods', '-n', 'shop', '-o', 'jsonpath={.items[*].metadata.name}')).split(
        ' ',
      );
      for (const target of ['node/node-2', `shop/${pods[0]}`])
        assert.equal((await user.exec(target, ...DAEMON)).code, 0);
      assert.equal(daemons(held).length, 2, 'programs that have left their session and their environment');
      await eventually(() => ([...held].filter((name) => namespaces().has(name)).length >= 2 ? true : null));
      const ends = Promise.all([exitOf(traffic), exitOf(idle)]);
      process.kill(pid, 'SIGKILL');
      await ends;
      await assertNothingLeft(user, held);
      assert.equal((await user.run(['status'])).code, 1);
      await user.up();
    } finally {
      await user.leave();
    }
  });

  test('a pod that is deleted takes the programs in it along, and nobody else', async () => {
    const user = new User();
    try {
      const held = namespacesOf(await user.up('-f', shop));
      const pods = (await user.must('get', 'pods', '-n', 'shop', '-o', 'jsonpath={.items[*].metadata.name}')).split(
        ' ',
      );
      const [first = '', second = ''] = pods;
      for (const pod of [first, second]) await user.exec(`shop/${pod}`, ...DAEMON);
      // The shell that starts a daemon may still be on its way out.
      await eventually(() => (daemons(held).length === 2 ? true : null));
      await user.must('delete', 'pod', '-n', 'shop', first);
      await eventually(() => (daemons(held).length === 1 ? true : null));
      await user.must('down');
      await eventually(() => (daemons(held).length === 0 ? true : null));
    } finally {
      await user.leave();
    }
  });

  test('Ctrl-C ends a lab in the foreground with exit code 0 and leaves nothing', async () => {
    const user = new User();
    try {
      const child = user.start(['up', '-f', shop]);
      let said = '';
      child.stderr?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      await eventually(() => (said.includes('Ctrl-C ends it.') ? true : null), 20_000);
      const held = namespacesOf(child.pid ?? 0);
      const ended = exitOf(child);
      child.kill('SIGINT');
      assert.equal(await ended, 0);
      assert.match(said, /✓ 3 nodes, fabric and outside client/);
      await assertNothingLeft(user, held);
    } finally {
      await user.leave();
    }
  });

  test('down ends a lab in the background with what runs in it', async () => {
    const user = new User();
    try {
      const held = namespacesOf(await user.up('-f', shop));
      const inside = user.start(['exec', 'node/node-2', '--', 'sleep', '300']);
      await eventually(() => ([...held].some((name) => namespaces().has(name)) ? true : null));
      const ended = exitOf(inside);
      assert.equal((await user.run(['down'])).code, 0);
      await ended;
      await assertNothingLeft(user, held);
      const again = await user.run(['down']);
      assert.deepEqual([again.code, again.stderr], [0, 'No lab is running.\n']);
    } finally {
      await user.leave();
    }
  });

  test('a socket that was left behind is no obstacle', async () => {
    const user = new User();
    try {
      const script = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
      spawnSync('mkdir', ['-m', '700', join(user.folder, 'kubewire')]);
      spawnSync(process.execPath, ['-e', script, join(user.folder, 'kubewire', 'default.sock')]);
      assert.ok(existsSync(join(user.folder, 'kubewire', 'default.sock')));
      await user.up();
    } finally {
      await user.leave();
    }
  });
});

describe('a lab that cannot begin', { skip: labUnavailable() ?? false }, () => {
  const here = { root, node: process.execPath };
  const commandOf = ({ root: folder, node }: typeof here): string => `"${node}" "${folder}/dist/src/cli/main.js"`;

  /** Runs `up` as another user, or with another /dev/net/tun, in a mount namespace of its own. */
  function upWith(user: User, prepare: string, as = '', program = here): { status: number | null; stderr: string } {
    const script = `${prepare}; cd /; exec ${as} ${commandOf(program)} up`;
    const { status, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', script], { env: user.env, encoding: 'utf8' });
    return { status, stderr };
  }

  /** Shell words that put a device node of the user's own over /dev/net/tun, seen in this mount namespace alone. */
  const ownTun = (user: User, mode: string): string =>
    `mknod ${user.folder}/tun c 10 200; chmod ${mode} ${user.folder}/tun; mount --bind ${user.folder}/tun /dev/net/tun`;

  test('without /dev/net/tun it says how to get it', async (t) => {
    if (programUnavailable('unshare')) return t.skip('needs unshare');
    const user = new User();
    const { status, stderr } = upWith(user, 'mount -t tmpfs none /dev/net');
    assert.equal(status, 1);
    assert.match(stderr, /^error: \/dev\/net\/tun cannot be opened \(ENOENT\)\nLoad the module with "modprobe tun"/);
    await user.leave();
  });

  test('without permission it says what would give it', async (t) => {
    if (programUnavailable('setpriv')) return t.skip('needs setpriv');
    const user = new User();
    const clone = readableClone();
    t.after(clone.remove);
    const prepare = `${clone.mount}; chmod 755 ${user.folder}; ${ownTun(user, '600')}`;
    const { status, stderr } = upWith(user, prepare, 'setpriv --reuid=65534 --regid=65534 --clear-groups', clone);
    assert.equal(status, 1);
    assert.match(stderr, /^error: no permission to open \/dev\/net\/tun \(EACCES\)\nRun as root, or/);
    await user.leave();
  });

  test('an ordinary user who may open the device has a whole lab in a user namespace', async (t) => {
    if (programUnavailable('setpriv')) return t.skip('needs setpriv');
    const uid = 65534;
    const as = ['--reuid', String(uid), '--regid', String(uid), '--clear-groups'];
    const user = new User();
    const clone = readableClone();
    t.after(clone.remove);
    const kubewire = commandOf(clone);
    const commands = [
      `${kubewire} up --detach -f "${clone.root}/examples/shop"`,
      `${kubewire} check shop/web --requests 4 -o json`,
      `${kubewire} exec node/node-1 -- sh -c 'exit 9'; test $? = 9`,
      `${kubewire} down`,
    ].join(' && ');
    const inner = user.file('inner.sh', `cd /; ${commands}\n`);
    const script =
      `${clone.mount}; ${ownTun(user, '666')}; chown ${uid} ${user.folder} && ` +
      `exec setpriv ${as.join(' ')} sh ${inner}`;
    const result = spawnSync('unshare', ['-m', 'sh', '-c', script], { env: user.env, encoding: 'utf8' });
    await user.leave();
    if (/user\.max_user_namespaces/.test(result.stderr)) return t.skip('this machine forbids user namespaces');
    assert.equal(result.status, 0, result.stderr + result.stdout);
    assert.equal((JSON.parse(result.stdout) as { passed: boolean }).passed, true);
  });

  test('wrong manifests start nothing and show their places; wrong usage is exit code 2', async () => {
    const user = new User();
    const path = user.file(
      'bad.yaml',
      'apiVersion: v1\nkind: Service\nmetadata: { name: x }\nspec:\n  ports: [{ port: 70000 }]\n',
    );
    const bad = await user.run(['up', '-f', path]);
    assert.equal(bad.code, 1);
    assert.match(bad.stderr, /bad\.yaml:5:.*error: spec\.ports\[0\]\.port: Invalid value: 70000/);
    assert.match(bad.stderr, /nothing started/);
    assert.equal((await user.run(['up', '-f', join(user.folder, 'missing.yaml')])).code, 1);
    assert.equal((await user.run(['up', '--nodes', 'many'])).code, 2);
    assert.equal((await user.run(['up', '--strategy', 'magic'])).code, 2);
    assert.equal((await user.run(['up', '--unknown'])).code, 2);
    assert.equal((await user.run(['check'])).code, 1);
    await user.leave();
  });
});
