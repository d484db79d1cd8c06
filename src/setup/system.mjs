// system.mjs - what the system must have: compilers to build with, and the real clients that the tests use.
//
// Installed by apt where we may; otherwise named with the exact command. What is missing all the same skips visibly.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, onPath, run, say, stop } from './say.mjs';

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
  ['tshark', 'tshark'],
  ['nft', 'nftables'],
  ['iptables', 'iptables'],
  ['ipset', 'ipset'],
  ['clang', 'clang'],
  ['dig', 'bind9-dnsutils'],
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
  const apt = (...args) => run('apt-get', args, { DEBIAN_FRONTEND: 'noninteractive' });
  const install = () => apt('install', '-y', '-q', ...packages);
  let result = install();
  if (!result.ok) result = apt('update', '-q').ok ? install() : result;
  if (!result.ok) say(lastLines(result.output, 10));
  return result.ok;
}

/** libFuzzer's run-time library is a package of its own, named after clang's version. */
function fuzzerPackage() {
  if (!onPath('clang')) return [];
  const clang = (argument) => execFileSync('clang', [argument], { encoding: 'utf8' }).trim();
  const major = /version (\d+)/.exec(clang('--version'))?.[1];
  const library = clang('--print-file-name=libclang_rt.fuzzer-x86_64.a');
  const resource = join(clang('--print-resource-dir'), 'lib/linux/libclang_rt.fuzzer-x86_64.a');
  return existsSync(library) || existsSync(resource) || !major ? [] : [`libclang-rt-${major}-dev`];
}

/** Brings the system packages, those of the tests too when it is for them. */
export function systemPackages(forTests) {
  if (process.platform !== 'linux') return;
  const needed = missingOf(BUILD_NEEDS);
  const wanted = [...missingOf(OPTIONAL_NEEDS), ...(forTests ? missingOf(TEST_NEEDS) : [])];
  if (needed.length > 0 && !aptInstall(needed)) stop(`cannot build the native addon without ${needed.join(', ')}`);
  if (wanted.length > 0 && !aptInstall(wanted)) say('going on without them: what needs them says so');
  if (!forTests) return;
  const fuzzer = fuzzerPackage();
  if (fuzzer.length > 0) aptInstall(fuzzer);
}
