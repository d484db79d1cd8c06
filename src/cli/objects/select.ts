// select.ts - TYPE, TYPE NAME…, TYPE/NAME… and TYPE,TYPE on the command line → kinds and names.

import { Exit, usage } from '../failure.js';
import type { Kind, Kinds } from './discovery.js';

/** Objects of one kind: some by name, or, without names, all that a namespace or a selector has. */
export interface Selection {
  readonly kind: Kind;
  readonly names: readonly string[];
}

/** The kinds of `all`, in kubectl's order, for servers that name no categories. */
const ALL = ['pods', 'services', 'daemonsets', 'deployments', 'replicasets', 'statefulsets'];

function kindsOf(word: string, kinds: Kinds): Kind[] {
  if (word !== 'all') return [kinds.resolve(word)];
  const found = kinds.all.filter(({ categories }) => categories.includes('all'));
  const rank = ({ plural }: Kind): number => (ALL.includes(plural) ? ALL.indexOf(plural) : ALL.length);
  return found.sort((a, b) => rank(a) - rank(b));
}

function required(verb: string): Exit {
  return usage(
    `you must specify the type of resource to ${verb}, for example: kubewire ${verb} services\n` +
      'Use "kubewire api-resources" for a complete list of types.',
    verb,
  );
}

/** `svc/web`; also `svc/shop/web` where a name may carry its namespace. */
function byPair(words: readonly string[], verb: string, kinds: Kinds, placed: boolean): Selection[] {
  const found: { kind: Kind; names: string[] }[] = [];
  for (const word of words) {
    const [type = '', name = '', ...more] = word.split('/');
    if (!word.includes('/')) {
      throw usage(
        `there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubewire ${verb} resource/<resource_name>' instead of 'kubewire ${verb} resource resource/<resource_name>')`,
        verb,
      );
    }
    if (type === '' || name === '' || more.length > (placed ? 1 : 0) || more[0] === '') {
      throw usage(`arguments in resource/name form must have a single resource and name, not "${word}"`, verb);
    }
    const kind = kinds.resolve(type);
    const known = found.find((one) => one.kind === kind);
    const full = [name, ...more].join('/');
    if (known) known.names.push(full);
    else found.push({ kind, names: [full] });
  }
  return found;
}

/** True for `svc shop/web`: a kind, and names that carry their namespaces. */
const arePlaced = ([type = '', ...names]: readonly string[], kinds: Kinds): boolean =>
  !type.includes('/') && names.every((name) => kinds.find(name.split('/', 1)[0] ?? '') === undefined);

/**
 * Reads the words after a verb. Throws Exit 2 for a form that does not exist, Exit 1 for a kind that is not served.
 * @param placed a name may be NAMESPACE/NAME
 */
export function selectObjects(words: readonly string[], verb: string, kinds: Kinds, placed = false): Selection[] {
  const [types = '', ...names] = words;
  if (types === '') throw required(verb);
  if (words.some((word) => word.includes('/')) && !(placed && arePlaced(words, kinds))) {
    return byPair(words, verb, kinds, placed);
  }
  const list = [...new Set(types.split(',').flatMap((word) => (word === '' ? [] : kindsOf(word, kinds))))];
  if (list.length === 0) throw required(verb);
  if (names.length > 0 && types === 'all')
    throw new Exit(2, `error: "all" takes no names\nSee 'kubewire ${verb} --help' for usage.`);
  return list.map((kind) => ({ kind, names: [...new Set(names)] }));
}
