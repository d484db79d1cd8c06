// manifests.ts - `-f` of the verbs that follow packets: objects that are sound, and whether they are a state already.
import { checkObjects } from '../../manifest/check.js';
import { type LoadResult, loadManifests } from '../../manifest/load.js';
import { type PrintOptions, report } from '../../manifest/print.js';
import type { Gates } from '../../manifest/validate/gates.js';
import type { Issue } from '../../model/issue.js';
import type { KubeObject } from '../../model/objects.js';
import { RefusedObjects } from '../../observe/objects.js';
import { type Taking, takingOf } from '../../observe/taking.js';
import { DEFAULT_CONFIG } from '../../plan/config.js';
import { annotationWarnings } from '../../topology/annotated.js';
import { unusableIssues } from '../../topology/usable.js';
import { Exit, usage } from '../failure.js';
import { wantsColour } from '../print/colour.js';
import { configOf, type ProxyFlags } from './proxyflags.js';

export interface FileFlags extends ProxyFlags {
  namespace?: string;
  recorded?: boolean;
  allocate?: boolean;
  output?: string;
  /** Feature gates of the API server that would have taken the manifests; default: those of the newest release. */
  gates?: Partial<Gates>;
}

const printing = ({ sourceLine }: LoadResult): PrintOptions => ({ colour: wantsColour(process.stderr), sourceLine });

/** Ends the command with all findings and their places. */
function refuse(loaded: LoadResult, issues: readonly Issue[]): never {
  process.stderr.write(report(issues, printing(loaded), 'nothing done'));
  throw new Exit(1);
}

/** What the cluster says about an object, at the object's place. */
function refusalIssues(loaded: LoadResult, error: RefusedObjects): Issue[] {
  return error.refused.flatMap(({ index, object, error: status }) => {
    const place = loaded.objects[index]?.place('metadata.name');
    const { kind, metadata } = object;
    const about = { kind, name: metadata.name, ...(metadata.namespace ? { namespace: metadata.namespace } : {}) };
    return [
      { type: 'InternalError', field: '', message: status.message, detail: '', ...about, ...(place ? { place } : {}) },
    ];
  });
}

export const objectsOf = (loaded: LoadResult): KubeObject[] => loaded.objects.map(({ object }) => object);

/** What the flags say about the objects, if anything. */
function takingAsked(flags: FileFlags, verb: string): Taking | undefined {
  if (flags.recorded && flags.allocate) throw usage('--recorded and --allocate exclude each other', verb);
  if (flags.recorded) return { how: 'recorded', why: '--recorded says so' };
  return flags.allocate ? { how: 'allocate', why: '--allocate says so' } : undefined;
}

/** Reports a guess that could have been made otherwise, with the flag that does so. */
function sayGuess({ how, why }: Taking, objects: readonly KubeObject[]): void {
  if (how === 'recorded') {
    process.stderr.write(`note: taken as they are, the state of a cluster: ${why} (else say --allocate)\n`);
  } else if (objects.some(({ kind }) => kind === 'EndpointSlice')) {
    process.stderr.write(`note: addresses and ports are given as the lab gives them: ${why} (else say --recorded)\n`);
  }
}

/** Kinds whose odd values kube-proxy accepts. */
const LENIENT: ReadonlySet<string | undefined> = new Set(['Service', 'EndpointSlice']);

const STRICT: ReadonlySet<Issue['type']> = new Set(['FieldValueRequired', 'FieldValueTypeInvalid']);

/**
 * The issues that stop the command. A recorded state was accepted by its cluster, so of recorded Services and slices only
 * what is missing or malformed stops it; the other issues are printed all the same.
 */
const stops = ({ type, kind, field }: Issue, { how }: Taking): boolean =>
  how === 'allocate' || !LENIENT.has(kind) || field.startsWith('status') || STRICT.has(type);

interface LoadedFiles {
  readonly loaded: LoadResult;
  readonly taking: Taking;
}

/** Sound manifests, with warnings on stderr. Ends the command with everything that is wrong with them otherwise. */
export function loadFiles(flags: FileFlags, paths: readonly string[], verb: string): LoadedFiles {
  const asked = takingAsked(flags, verb);
  const loaded = loadManifests(paths, flags.namespace === undefined ? {} : { namespace: flags.namespace });
  for (const notice of loaded.notices) process.stderr.write(`${notice}\n`);
  const issues = [
    ...loaded.issues,
    ...checkObjects(loaded.objects, [], flags.gates),
    ...unusableIssues(loaded.objects),
  ];
  if (loaded.issues.length > 0) refuse(loaded, issues);
  if (loaded.objects.length === 0) {
    const none = loaded.notices.length > 0 ? 'no objects on which packets depend' : 'no objects';
    throw new Exit(1, `error: ${none} in ${paths.join(', ')}\nGive -f a manifest or a directory of manifests.`);
  }
  // Without a spec there is nothing to guess from, and its issue says that it is missing.
  const sound = objectsOf(loaded).filter(({ kind, spec }) => kind !== 'Service' || spec !== undefined);
  const taking = asked ?? takingOf(sound);
  if (issues.some((issue) => stops(issue, taking))) refuse(loaded, issues);
  // Whoever reads JSON with a program knows what was written.
  if (!asked && flags.output !== 'json') sayGuess(taking, sound);
  const { ipvsScheduler = DEFAULT_CONFIG.ipvsScheduler } = configOf(flags, verb);
  const doubts = issues.map((issue): Issue => ({ ...issue, type: 'Warning' }));
  process.stderr.write(report([...doubts, ...annotationWarnings(loaded.objects, { ipvsScheduler })], printing(loaded)));
  return { loaded, taking };
}

/** Ends the command with what the cluster says about manifests; any other error is thrown on. */
export function explain(loaded: LoadResult, error: unknown): never {
  if (!(error instanceof RefusedObjects)) throw error;
  // What is wrong with one object was printed before. This is what only a cluster knows: conflicts, full ranges.
  return refuse(loaded, refusalIssues(loaded, error));
}
