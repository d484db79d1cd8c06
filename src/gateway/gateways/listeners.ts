// listeners.ts - the listeners of a Gateway: which kinds of routes they take, their certificates, and what is wrong with them.
import { type HostCertificate, type KeyPair, keyPairOf } from '../certificates.js';
import {
  GATEWAY_GROUP,
  type Gateway,
  type Listener,
  nameOf,
  namespaceOf,
  type Reference,
  type ReferenceGrant,
  type Secret,
} from '../objects.js';
import { gatewayHost } from '../routing/host.js';
import { type Finding, fails, holds } from './conditions.js';
import { isPermitted } from './grants.js';

/** Protocol → the kind of route that it carries. */
const KIND_OF: Readonly<Record<string, string>> = {
  HTTP: 'HTTPRoute',
  HTTPS: 'HTTPRoute',
  TCP: 'TCPRoute',
  UDP: 'UDPRoute',
};

export interface ListenerState {
  readonly listener: Listener;
  /** Kinds of routes that may attach. */
  readonly kinds: readonly string[];
  /** It takes part: not refused and not in conflict. */
  readonly accepted: boolean;
  /** Its references are good, so that it serves requests. */
  readonly programmed: boolean;
  readonly certificates: readonly HostCertificate[];
  readonly findings: readonly Finding[];
}

/** Kinds that the listener asks for and its protocol carries; `wrong`: it asks for others, too. */
function kindsOf({ protocol, allowedRoutes }: Listener): { readonly kinds: string[]; readonly wrong: boolean } {
  const native = KIND_OF[protocol];
  const asked = allowedRoutes?.kinds ?? [];
  if (native === undefined) return { kinds: [], wrong: false };
  if (asked.length === 0) return { kinds: [native], wrong: false };
  const good = asked.filter(({ group = GATEWAY_GROUP, kind }) => group === GATEWAY_GROUP && kind === native);
  return { kinds: good.length > 0 ? [native] : [], wrong: good.length < asked.length };
}

/** Ports of one number are apart if one is of UDP. */
const samePort = (a: Listener, b: Listener): boolean =>
  a.port === b.port && (a.protocol === 'UDP') === (b.protocol === 'UDP');

/** Two protocols on one port, or one host twice. */
function conflictOf(listener: Listener, all: readonly Listener[]): Finding | null {
  const others = all.filter((other) => other !== listener && samePort(other, listener));
  const protocol = others.find((other) => other.protocol !== listener.protocol);
  if (protocol) {
    const message = `listener ${protocol.name} speaks ${protocol.protocol} on port ${listener.port}`;
    return { ...holds('Conflicted', 'ProtocolConflict', message) };
  }
  const host = others.find((other) => gatewayHost(other.hostname).text === gatewayHost(listener.hostname).text);
  if (!host) return null;
  return holds('Conflicted', 'HostnameConflict', `listener ${host.name} has the same port and host`);
}

interface References {
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly grants: readonly ReferenceGrant[];
}

function certificateOf(gateway: Gateway, reference: Reference, { secrets, grants }: References): KeyPair | Finding {
  const { group = '', kind = 'Secret', name, namespace = namespaceOf(gateway) } = reference;
  const invalid = (message: string): Finding => fails('ResolvedRefs', 'InvalidCertificateRef', message);
  if (group !== '' || kind !== 'Secret') return invalid(`a certificate is a Secret, not a ${kind}`);
  const from = { group: GATEWAY_GROUP, kind: 'Gateway', namespace: namespaceOf(gateway) };
  if (!isPermitted(from, { group, kind, namespace, name }, grants)) {
    const message = `no ReferenceGrant in namespace ${namespace} lets Gateways of ${from.namespace} use Secret ${name}`;
    return fails('ResolvedRefs', 'RefNotPermitted', message);
  }
  const pair = keyPairOf(secrets.get(`${namespace}/${name}`), `${namespace}/${name}`);
  return typeof pair === 'string' ? invalid(pair) : pair;
}

/** The key pairs of an HTTPS listener, or the first thing that is wrong with them. */
function certificatesOf(gateway: Gateway, listener: Listener, references: References): HostCertificate[] | Finding {
  if (listener.protocol !== 'HTTPS') return [];
  const refs = listener.tls?.certificateRefs ?? [];
  if (refs.length === 0) return fails('ResolvedRefs', 'InvalidCertificateRef', 'an HTTPS listener needs a certificate');
  const found: HostCertificate[] = [];
  for (const reference of refs) {
    const pair = certificateOf(gateway, reference, references);
    if ('type' in pair) return pair;
    found.push({ host: gatewayHost(listener.hostname), pair });
  }
  return found;
}

function refusalOf({ protocol, tls }: Listener): Finding | null {
  if (KIND_OF[protocol] === undefined)
    return fails(
      'Accepted',
      'UnsupportedProtocol',
      `protocol ${protocol} is none of ${Object.keys(KIND_OF).join(', ')}`,
    );
  if (protocol === 'HTTPS' && (tls?.mode ?? 'Terminate') !== 'Terminate')
    return fails('Accepted', 'UnsupportedProtocol', `HTTPS is terminated, not ${tls?.mode}`);
  return null;
}

function stateOf(gateway: Gateway, listener: Listener, references: References): ListenerState {
  const { kinds, wrong } = kindsOf(listener);
  const conflict = conflictOf(listener, gateway.spec.listeners ?? []);
  const refused = refusalOf(listener) ?? (conflict && fails('Accepted', conflict.reason, conflict.message));
  const certificates = certificatesOf(gateway, listener, references);
  const badKinds =
    wrong && fails('ResolvedRefs', 'InvalidRouteKinds', `${listener.protocol} carries ${KIND_OF[listener.protocol]}s`);
  const unresolved = badKinds || (Array.isArray(certificates) ? null : certificates);
  const programmed = !refused && Array.isArray(certificates) && kinds.length > 0;
  return {
    listener,
    kinds,
    accepted: !refused,
    programmed,
    certificates: Array.isArray(certificates) ? certificates : [],
    findings: [
      refused ?? holds('Accepted', 'Accepted', 'the listener is accepted'),
      unresolved ?? holds('ResolvedRefs', 'ResolvedRefs', 'all references are resolved'),
      programmed
        ? holds('Programmed', 'Programmed', 'the proxy serves it')
        : fails('Programmed', 'Invalid', 'the proxy does not serve it'),
      conflict ?? fails('Conflicted', 'NoConflicts', 'no other listener is in its way'),
    ],
  };
}

export function listenerStates(
  gateway: Gateway,
  secrets: readonly Secret[],
  grants: readonly ReferenceGrant[],
): ListenerState[] {
  const references = { secrets: new Map(secrets.map((secret) => [nameOf(secret), secret])), grants };
  return (gateway.spec.listeners ?? []).map((listener) => stateOf(gateway, listener, references));
}
