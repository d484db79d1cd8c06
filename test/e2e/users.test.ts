// users.test.ts - a lab belongs to the user who started it: others reach neither its API nor its namespaces.
// Runs alone: it looks at the other users of the machine.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { labUnavailable, programUnavailable, root, User } from './harness.js';

const MAIN = join(root, 'dist/src/cli/main.js');
const SOMEBODY = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];

/** Runs a program as another user. */
function asOther(user: User, ...words: string[]): { status: number | null; stderr: string; stdout: string } {
  const options = { env: user.env, encoding: 'utf8', cwd: '/', timeout: 20_000 } as const;
  return spawnSync('setpriv', [...SOMEBODY, ...words], options);
}

const unavailable = labUnavailable() ?? programUnavailable('setpriv') ?? programUnavailable('nsenter');

describe('a lab and the other users of the machine', { skip: unavailable ?? false }, () => {
  const user = new User();
  const directory = join(user.folder, 'kubewire');
  const socket = join(directory, 'default.sock');
  const readable = spawnSync('setpriv', [...SOMEBODY, 'test', '-r', MAIN]).status === 0;
  const apart = 'this clone is in a folder that other users cannot enter';

  before(async () => {
    await user.up();
    // The folder around it may be anybody's to look into: /tmp is.
    chmodSync(user.folder, 0o755);
  });
  after(() => user.leave());

  const connectAsOther = (): string => {
    const script = `require('net').connect(process.argv[1])
      .on('connect', () => { console.log('connected'); process.exit(); })
      .on('error', (error) => console.log(error.code));`;
    return asOther(user, process.execPath, '-e', script, socket).stdout.trim();
  };

  test('the directory of the socket and the socket itself are open to their owner alone', () => {
    assert.equal((statSync(directory).mode & 0o777).toString(8), '700');
    assert.equal((statSync(socket).mode & 0o777).toString(8), '600');
    assert.equal(connectAsOther(), 'EACCES');
  });

  test('the socket refuses others even where its directory lets them in', () => {
    chmodSync(directory, 0o755);
    assert.equal(connectAsOther(), 'EACCES');
    chmodSync(directory, 0o700);
  });

  test('exec, get and down by another user are refused and say whose the lab is', async (t) => {
    if (!readable) return t.skip(apart);
    for (const words of [['exec', 'node/node-1', '--', 'id'], ['get', 'nodes'], ['down']]) {
      const { status, stderr, stdout } = asOther(user, process.execPath, MAIN, ...words);
      assert.equal(status, 1);
      assert.equal(stdout, '');
      assert.match(
        stderr,
        /^error: the socket \S+ belongs to another user\nOnly the user who started the lab may use it\./,
      );
    }
    assert.equal((await user.run(['status'])).code, 0);
  });

  test('a namespace of the lab cannot be entered by others without the API either', async () => {
    const path = await user.must(
      'get',
      'node',
      'node-1',
      '-o',
      'jsonpath={.metadata.annotations.kubewire\\.dev/netns}',
    );
    assert.equal(spawnSync('nsenter', [`--net=${path}`, 'true']).status, 0);
    const { status, stderr } = asOther(user, 'nsenter', `--net=${path}`, 'true');
    assert.notEqual(status, 0);
    assert.match(stderr, /Permission denied/);
  });

  test("a socket that another user has put in the lab's place is not asked", async () => {
    const victim = new User();
    const place = join(victim.folder, 'kubewire');
    mkdirSync(place);
    const listen = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', listen, join(place, 'default.sock')]);
    chownSync(join(place, 'default.sock'), 65534, 65534);
    const { code, stderr } = await victim.run(['exec', 'node/node-1', '--', 'id']);
    assert.equal(code, 1);
    assert.match(stderr, /belongs to another user/);
    await victim.leave();
  });

  test('a directory for the socket that others could have made or can enter is refused', async () => {
    const victim = new User();
    const trap = join(victim.folder, 'kubewire');
    for (const [mode, owner] of [
      [0o777, 0],
      [0o700, 65534],
    ] as const) {
      mkdirSync(trap, { recursive: true });
      chmodSync(trap, mode);
      spawnSync('chown', [String(owner), trap]);
      const { code, stderr } = await victim.run(['up']);
      assert.equal(code, 1);
      assert.match(stderr, /kubewire is not a directory that only you can enter\nRemove it, or set XDG_RUNTIME_DIR/);
    }
    await victim.leave();
  });
});
