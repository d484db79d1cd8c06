// descriptions.ts - what types and fields of the API mean, in our own words: the text of `kubectl explain`.
import { META } from './descriptions/meta.js';
import { NETWORK } from './descriptions/network.js';
import { WORKLOADS } from './descriptions/workloads.js';

/** `core.v1.ServiceSpec` or `core.v1.ServiceSpec.ports` → a sentence. */
const SENTENCES: ReadonlyMap<string, string> = new Map(
  [META, NETWORK, WORKLOADS].flatMap((text) =>
    text
      .trim()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const blank = line.indexOf(' ');
        return [line.slice(0, blank), line.slice(blank + 1).trim()] as const;
      }),
  ),
);

export const typeDescription = (type: string): string | undefined => SENTENCES.get(type);

/** Fields that mean the same in every type are told once, as `*.FIELD`. */
export const descriptionOf = (type: string, field: string): string | undefined =>
  SENTENCES.get(`${type}.${field}`) ?? SENTENCES.get(`*.${field}`);

/** Everything that is described: for a test that nothing is described that is not there. */
export const describedNames = (): Iterable<string> => SENTENCES.keys();
