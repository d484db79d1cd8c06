// releases.ts - what a release of Kubernetes says about kube-proxy's modes: defaults, warnings, gates, removals.
//
// Sources: KEP-3866 (nftables), KEP-5343 (default mode), KEP-5495 (ipvs), the changelogs up to 1.36. What comes later is
// announced and may move.
import { DEFAULT_GATES, type Gates } from '../manifest/validate/gates.js';

export const MODES = ['iptables', 'ipvs', 'nftables'] as const;
export type Mode = (typeof MODES)[number];

/** A minor release: 36 is Kubernetes 1.36. */
export type Release = number;

const FIRST: Release = 29;
const LAST: Release = 46;
/** The newest release whose behaviour is known and not only announced. */
const KNOWN: Release = 36;

/** Releases that help and completion offer; every one from 1.29 to 1.46 is understood. */
export const OFFERED = ['1.30', '1.36', '1.37', '1.40-preview'] as const;
export const SPAN = `1.${FIRST} to 1.${LAST}`;

export const releaseText = (release: Release): string => `1.${release}${release > KNOWN ? ' (as announced)' : ''}`;

/** `1.36`, `v1.36.2`, `1.40-preview`; null for anything else and for what is too old or too new. */
export function parseRelease(text: string): Release | null {
  const minor = Number(/^v?1\.(\d{1,2})(\.\d+)?(-[a-z0-9.]+)?$/.exec(text.trim())?.[1]);
  return minor >= FIRST && minor <= LAST ? minor : null;
}

/** The mode of a kube-proxy that is told none. */
export const defaultMode = (release: Release): Mode => (release >= 40 ? 'nftables' : 'iptables');

/** The feature gates of the API server that change validation, as the release has them. */
export const gatesOf = (release: Release): Gates =>
  release >= KNOWN
    ? DEFAULT_GATES
    : {
        StrictIPCIDRValidation: false,
        RelaxedServiceNameValidation: false,
        PreferSameTrafficDistribution: release >= 34,
      };

/** What any release accepts. */
export const ANY_RELEASE: Partial<Gates> = { StrictIPCIDRValidation: false };

/** A fact about a mode in a span of releases. */
interface ModeFact {
  readonly mode: Mode;
  readonly since: Release;
  /** The first release in which it no longer holds. */
  readonly until: Release;
  /** `must`: the mode does not run like that. */
  readonly severity: 'must' | 'should';
  readonly text: string;
  readonly first: string;
}

const MODE_FACTS: readonly ModeFact[] = [
  {
    mode: 'nftables',
    since: FIRST,
    until: 31,
    severity: 'must',
    text: 'mode nftables is alpha and off',
    first: 'Set the feature gate NFTablesProxyMode=true on every kube-proxy, or wait for 1.31 (beta) or 1.33 (stable).',
  },
  {
    mode: 'ipvs',
    since: 35,
    until: 40,
    severity: 'should',
    text: 'mode ipvs is deprecated: kube-proxy warns at its start',
    first: 'Plan the change to nftables before 1.40, where ipvs is off.',
  },
  {
    mode: 'ipvs',
    since: 40,
    until: 46,
    severity: 'must',
    text: 'mode ipvs is off unless its feature gate is set, and is removed in 1.46',
    first: 'Move to nftables before this release.',
  },
  {
    mode: 'ipvs',
    since: 46,
    until: LAST + 1,
    severity: 'must',
    text: 'mode ipvs is removed',
    first: 'Move to nftables before this release.',
  },
];

export const modeFacts = (mode: Mode, release: Release): ModeFact[] =>
  MODE_FACTS.filter((fact) => fact.mode === mode && release >= fact.since && release < fact.until);
