// manifests.ts - `-f`: the objects of files, with the kind the lab serves and the namespace they go to, or every mistake.
import type { Command } from 'commander';
import { checkObjects } from '../../manifest/check.js';
import { type LoadedObject, loadManifests } from '../../manifest/load.js';
import { issueText, type PrintOptions, summary } from '../../manifest/print.js';
import type { Issue } from '../../model/issue.js';
import type { KubeObject } from '../../model/objects.js';
import { Exit, usage } from '../failure.js';
import { wantsColour } from '../print/colour.js';
import type { Kind, Kinds } from './discovery.js';

/** An object of a manifest that is on its way to the lab. */
export interface Manifest {
  readonly loaded: LoadedObject;
  readonly kind: Kind;
  /** undefined for kinds without namespaces. */
  readonly namespace: string | undefined;
  /** With its namespace filled in. */
  readonly object: KubeObject;
}

export interface ManifestFlags {
  readonly filename?: readonly string[];
  readonly namespace: string;
}

/** The texts that issues refer to. */
type IssueContext = Pick<PrintOptions, 'sourceLine' | 'documentAt'>;

function unserved(loaded: LoadedObject): Issue {
  const { apiVersion, kind, metadata } = loaded.object;
  const detail = `no matches for kind "${kind}" in version "${apiVersion}"`;
  return {
    type: 'UnknownKind',
    field: 'kind',
    message: detail,
    detail,
    kind,
    name: metadata.name,
    place: loaded.place('kind'),
  };
}

function placed(loaded: LoadedObject, kind: Kind, flags: ManifestFlags, explicit: boolean): Manifest | Issue {
  if (!kind.namespaced) return { loaded, kind, namespace: undefined, object: loaded.object };
  const own = loaded.object.metadata.namespace;
  if (explicit && own !== undefined && own !== flags.namespace) {
    const detail = `the namespace of the object, "${own}", is not the one of --namespace, "${flags.namespace}"`;
    return {
      type: 'FieldValueInvalid',
      field: 'metadata.namespace',
      message: detail,
      detail,
      place: loaded.place('metadata.namespace'),
    };
  }
  const namespace = own ?? flags.namespace;
  const object = { ...loaded.object, metadata: { ...loaded.object.metadata, namespace } };
  return { loaded, kind, namespace, object };
}

const isError = ({ type }: Issue): boolean => type !== 'Warning';

/** Prints issues to stderr and ends the verb with exit code 1 when one of them is an error. */
export function stopAtErrors(issues: readonly Issue[], outcome: string, context: IssueContext = {}): void {
  const options: PrintOptions = { ...context, colour: wantsColour(process.stderr) };
  for (const issue of issues) process.stderr.write(`${issueText(issue, options)}\n`);
  if (!issues.some(isError)) return;
  process.stderr.write(`${summary(issues, options, outcome)}\n`);
  throw new Exit(1);
}

/**
 * Loads the files of `-f`, says on stderr what was skipped, and stops with every mistake of every file at once.
 * `only` keeps the issues that matter to the verb.
 */
export function readManifests(
  flags: ManifestFlags,
  kinds: Kinds,
  command: Command,
  outcome: string,
  only: (issue: Issue) => boolean = () => true,
): { readonly manifests: readonly Manifest[]; readonly context: IssueContext } {
  const paths = flags.filename ?? [];
  if (paths.length === 0) {
    throw usage('must specify -f with a file, a directory or - for standard input', command.name());
  }
  const served = (apiVersion: string, kind: string) => kinds.ofObject(apiVersion, kind);
  const result = loadManifests(paths, { namespace: flags.namespace, served });
  for (const notice of result.notices) process.stderr.write(`note: ${notice}\n`);
  const explicit = command.getOptionValueSource('namespace') === 'cli';
  const manifests: Manifest[] = [];
  const issues: Issue[] = [...result.issues];
  for (const loaded of result.objects) {
    const kind = kinds.ofObject(loaded.object.apiVersion, loaded.object.kind);
    const manifest = kind ? placed(loaded, kind, flags, explicit) : unserved(loaded);
    if ('loaded' in manifest) manifests.push(manifest);
    else issues.push(manifest);
  }
  // What can be read goes to the server, which says all that is wrong with it. Where that is not to be, it is said here.
  if (issues.some(isError)) issues.push(...checkObjects(result.objects));
  stopAtErrors(issues.filter(only), outcome, result);
  if (manifests.length === 0) throw new Exit(1, `error: no objects passed to ${command.name()}`);
  return { manifests, context: result };
}
