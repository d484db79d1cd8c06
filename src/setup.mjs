// setup.mjs - brings a fresh clone to a runnable state: system packages, node_modules, dist/, the native addon.
//
// Plain JavaScript, because it runs before anything is installed. Each step looks first and does nothing when there is
// nothing to do, so that a second start costs a few file dates. `--for-tests` also installs the real clients and
// compilers that the tests use; what cannot be installed is named, and the tests that need it skip visibly.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const forTests = process.argv.includes('--for-tests');
const say = (text) => process.stderr.write(`${text}\n`);

/** Stops with a message and its remedy. */
function stop(message, remedy) {
  say(`error: ${message}`);
  if (remedy) say(`  ${remedy}`);
  process.exit(1);
}

/** Runs a program with its output on stderr, so that stdout stays the data of the main job. */
function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options });
  return result.status === 0;
}

const onPath = (program) =>
  [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].some((folder) => existsSync(join(folder, program)));

/** Program (or file, when it starts with a slash) → Debian package. */
const BUILD_NEEDS = [
  ['g++', 'g++'],
  ['make', 'make'],
  ['python3', 'python3'],
];
/** Without these the main job works all the same. */
const OPTIONAL_NEEDS = [['/usr/include/pcap.h', 'libpcap-dev']];
const TEST_NEEDS = [
  ['ip', 'iproute2'],
  ['ping', 'iputils-ping'],
  ['curl', 'curl'],
  ['nc', 'netcat-openbsd'],
  ['iperf3', 'iperf3'],
  ['tcpdump', 'tcpdump'],
  ['nft', 'nftables'],
  ['iptables', 'iptables'],
  ['clang', 'clang'],
  ['clang-format', 'clang-format'],
];

const missingOf = (needs) =>
  needs.filter(([what]) => (what.startsWith('/') ? !existsSync(what) : !onPath(what))).map(([, name]) => name);

const isDebian = () =>
  existsSync('/etc/os-release') && /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));

/** Installs packages where we may; otherwise says the exact command. Returns true when they are there. */
function aptInstall(packages) {
  const command = `apt-get install -y ${packages.join(' ')}`;
  if (!isDebian() || !onPath('apt-get')) {
    say(`not installed: ${packages.join(', ')} (this is not Debian or Ubuntu: use its package manager)`);
    return false;
  }
  if (process.getuid?.() !== 0) {
    say(`not installed: ${packages.join(', ')}; to install: sudo ${command}`);
    return false;
  }
  say(`installing ${packages.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = () => run('apt-get', ['install', '-y', '-q', ...packages], { env, stdio: ['ignore', 'ignore', 2] });
  return install() || (run('apt-get', ['update', '-q'], { env, stdio: ['ignore', 'ignore', 2] }) && install());
}

/** libFuzzer's run-time library is a package of its own, named after clang's version. */
function fuzzerPackage() {
  if (!onPath('clang')) return [];
  const text = execFileSync('clang', ['--version'], { encoding: 'utf8' });
  const major = /version (\d+)/.exec(text)?.[1];
  const library = execFileSync('clang', ['--print-file-name=libclang_rt.fuzzer-x86_64.a'], { encoding: 'utf8' }).trim();
  const resource = execFileSync('clang', ['--print-resource-dir'], { encoding: 'utf8' }).trim();
  const there = existsSync(library) || existsSync(join(resource, 'lib/linux/libclang_rt.fuzzer-x86_64.a'));
  return there || !major ? [] : [`libclang-rt-${major}-dev`];
}

function systemPackages() {
  if (process.platform !== 'linux') return;
  const needed = missingOf(BUILD_NEEDS);
  const wanted = [...missingOf(OPTIONAL_NEEDS), ...(forTests ? missingOf(TEST_NEEDS) : [])];
  if (needed.length > 0 && !aptInstall(needed)) stop(`cannot build the native addon without ${needed.join(', ')}`);
  if (wanted.length > 0 && !aptInstall(wanted)) say('going on without them: what needs them says so');
  if (forTests) {
    const fuzzer = fuzzerPackage();
    if (fuzzer.length > 0) aptInstall(fuzzer);
  }
}

/** Newest change below the folders, in ms. */
function newest(folders, pattern) {
  let latest = 0;
  for (const folder of folders) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true, recursive: true })) {
      if (!entry.isFile() || !pattern.test(entry.name)) continue;
      latest = Math.max(latest, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
    }
  }
  return latest;
}

const dateOf = (path) => (existsSync(join(root, path)) ? statSync(join(root, path)).mtimeMs : 0);

function nodeModules() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const key = createHash('sha256').update(lock).update(process.version).digest('hex');
  const stamp = join(root, 'node_modules/.kubewire-stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return;
  say('installing node modules (npm ci)');
  if (!run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])) {
    stop('npm ci failed', 'its own message stands above; the npm registry must be reachable');
  }
  writeFileSync(stamp, key);
}

function typeScript() {
  const sources = Math.max(newest(['src', 'test', 'bench'], /\.ts$/), dateOf('tsconfig.json'));
  if (dateOf('dist/.stamp') > sources) return;
  say('compiling TypeScript');
  if (!run(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.json'])) stop('tsc failed');
  writeFileSync(join(root, 'dist/.stamp'), '');
}

/** Headers that came with this Node, if they did: node-gyp need not fetch them then. */
function headersOfThisNode() {
  const prefix = join(dirname(process.execPath), '..');
  const file = join(prefix, 'include/node/node_version.h');
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  const number = (name) => new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(text)?.[1];
  const version = ['MAJOR', 'MINOR', 'PATCH'].map(number).join('.');
  return version === process.versions.node ? [`--nodedir=${prefix}`] : [];
}

function addon() {
  if (process.platform !== 'linux') return say('not Linux: no native addon; commands that need no lab still work');
  const sources = Math.max(newest(['native'], /\.(h|cc|c)$/), dateOf('binding.gyp'));
  if (dateOf('build/Release/kubewire.node') > sources) return;
  say('compiling the native addon');
  const gyp = join(root, 'node_modules/.bin/node-gyp');
  mkdirSync(join(root, 'build'), { recursive: true });
  const log = join(root, 'build/node-gyp.log');
  const result = spawnSync(gyp, ['rebuild', '--jobs', '2', ...headersOfThisNode()], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout}\n${result.stderr}`);
    stop('node-gyp failed', 'a C++20 compiler (g++ 10 or newer) and the headers of this Node are needed');
  }
  writeFileSync(log, `${result.stdout}\n${result.stderr}`);
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19))
  stop(`Node ${process.versions.node} is too old`, 'install Node 20.19 or newer');
systemPackages();
nodeModules();
typeScript();
addon();
