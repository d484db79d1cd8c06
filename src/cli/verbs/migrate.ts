// migrate.ts - kubewire migrate: what another mode of kube-proxy, or another release, changes for these Services.
import type { Command } from 'commander';
import { labAccess, reexecInUserNamespace } from '../../lab/host/process.js';
import type { LoadedObject } from '../../manifest/load.js';
import { migrationOf } from '../../migrate/migration.js';
import {
  ANY_RELEASE,
  defaultMode,
  MODES,
  type Mode,
  OFFERED,
  parseRelease,
  type Release,
  SPAN,
} from '../../migrate/releases.js';
import { engineFactory } from '../../observe/engines.js';
import { takingOf } from '../../observe/taking.js';
import { Coded, usage } from '../failure.js';
import { closing, offer, outputOption } from '../flags.js';
import { clientOf } from '../lab/client.js';
import { asLoaded, mirrorOfObjects } from '../lab/mirror.js';
import { configOf } from '../packets/proxyflags.js';
import { rehearse } from '../packets/rehearsal.js';
import { loadSituation, manifestOption, type WorldFlags, worldOptions } from '../packets/world.js';
import { migrationJson, migrationPage, migrationText } from '../print/migration.js';
import { asPage } from '../print/page.js';

interface Flags extends WorldFlags {
  from?: string;
  to?: string;
  kubernetesVersion?: string;
  rehearse?: boolean;
  output: string;
}

const EXAMPLES = `
kubewire migrate --from ipvs --to nftables -f shop.yaml          what changes, and what to do first
kubewire migrate --kubernetes-version 1.40-preview -f shop.yaml  what the defaults of a release bring
kubewire migrate --from iptables --rehearse -f shop.yaml         and send what differs, in a lab, in both modes
kubewire migrate --from iptables -o html -f . > change.html      a page for the change request`;

const NOTES = `
One packet of every class that the two modes can tell apart goes through the rules of both. What the first packet of a
connection cannot show (schedulers, affinity, open connections, fields that are going) is told from the objects.
Noticed is what breaks, opens or changes for senders that exist; wrong packets that fail in another way are told, and no
reason for code 1.`;

function modeOf(text: string | undefined, flag: string): Mode | undefined {
  const mode = MODES.find((known) => known === text);
  if (text === undefined || mode) return mode;
  throw usage(`${flag}: unknown mode "${text}", use ${MODES.join(', ')}`, 'migrate');
}

function releaseOf(text: string | undefined): Release | null {
  if (text === undefined) return null;
  const release = parseRelease(text);
  if (release !== null) return release;
  throw usage(`--kubernetes-version: "${text}" is not a release from ${SPAN}`, 'migrate');
}

/** What a lab can run: manifests as they are, and of a recorded state its Services before stand-ins for the endpoints. */
function forLab(objects: readonly LoadedObject[], { recorded, allocate }: Flags) {
  const own = objects.map(({ object }) => object);
  const isState = recorded ?? (allocate ? false : takingOf(own).how === 'recorded');
  return isState ? mirrorOfObjects(own) : { loaded: asLoaded(objects) };
}

async function run(flags: Flags, command: Command): Promise<void> {
  const release = releaseOf(flags.kubernetesVersion);
  const from = modeOf(flags.from, '--from') ?? modeOf(flags.proxyMode, '--proxy-mode') ?? 'iptables';
  const to = modeOf(flags.to, '--to') ?? (release === null ? 'nftables' : defaultMode(release));
  if (from === to && release === null) {
    throw usage(`from ${from} to ${to} nothing changes: say another --to, or --kubernetes-version`, 'migrate');
  }
  if (flags.rehearse && from === to) throw usage('--rehearse needs two modes', 'migrate');
  // Before anything is read: if this user may not make namespaces, the program starts again in one where it may.
  if (flags.rehearse && labAccess() === 'user-namespace') reexecInUserNamespace();
  const given = { ...flags, proxyMode: from, gates: ANY_RELEASE };
  const { world, objects } = await loadSituation(given, 'migrate', () => clientOf(command));
  const createEngine = await engineFactory(flags.engine);
  const migration = await migrationOf({ world, objects, from, to, release, createEngine });
  const { proxyMode: _, ...proxy } = configOf(given, 'migrate');
  const rehearsed = flags.rehearse
    ? await rehearse({ ...forLab(objects, flags), from, to, proxy, createEngine })
    : null;
  const json = (): string => `${JSON.stringify(migrationJson(migration, rehearsed), null, 2)}\n`;
  const page = asPage(flags.output, () => migrationPage(migration, rehearsed));
  process.stdout.write(page ?? (flags.output === 'json' ? json() : migrationText(migration, rehearsed)));
  if (migration.noticed || rehearsed?.some(({ asForetold }) => !asForetold)) process.exitCode = 1;
}

export function register(program: Command): void {
  const command = program
    .command('migrate')
    .description('Tell what another mode of kube-proxy, or another release, changes for these Services');
  manifestOption(command, true)
    .addOption(offer(command.createOption('--from <mode>', 'the mode that runs now (default iptables)'), MODES))
    .addOption(
      offer(
        command.createOption('--to <mode>', 'the mode to come (default: that of the release, else nftables)'),
        MODES,
      ),
    )
    .addOption(offer(command.createOption('--kubernetes-version <release>', `the release to come, ${SPAN}`), OFFERED));
  command.option('--rehearse', 'start a lab in the mode of now, send what differs, switch the mode, and send it again');
  worldOptions(outputOption(command, ['text', 'json', 'html', 'md'], 'text'), true).action(
    (flags: Flags, self: Command) =>
      run(flags, self).catch((error) => {
        throw new Coded(2, error);
      }),
  );
  closing(
    command,
    EXAMPLES,
    {
      0: 'nobody notices it',
      1: 'somebody notices it, or something must be done first',
      2: 'could not be told, wrong usage, or the output could not be written',
    },
    NOTES,
  );
}
