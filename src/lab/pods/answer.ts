// answer.ts - what the default pod application says: which pod answered, and which client address it saw.
import { formatEndpoint } from '../../model/address.js';

/** The pod that answers. */
export interface PodIdentity {
  readonly pod: string;
  readonly namespace: string;
  readonly node: string;
}

export interface Answer extends PodIdentity {
  /** Address and port that the pod saw as the client's. */
  readonly client: { readonly address: string; readonly port: number };
  /** Address and port at which the client was accepted. */
  readonly local: { readonly address: string; readonly port: number };
}

/** Path (HTTP) and first word (UDP) that ask for JSON. */
export const JSON_PATH = '/json';

/** Dual-stack listeners see IPv4 clients as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2); people do not want to. */
export const plainAddress = (address: string | undefined): string => (address ?? '').replace(/^::ffff:(?=\d+\.)/, '');

const endpoint = ({ address, port }: Answer['client']): string => formatEndpoint(address, port);

/** A few `name: value` lines, for curl. */
export function answerText(answer: Answer): string {
  const { pod, namespace, node, client, local } = answer;
  return `pod: ${pod}\nnamespace: ${namespace}\nnode: ${node}\nclient: ${endpoint(client)}\nlocal: ${endpoint(local)}\n`;
}

/** The same in one line, for clients that speak plain TCP or UDP. */
export function answerLine(answer: Answer): string {
  const { pod, namespace, node, client, local } = answer;
  return `pod=${namespace}/${pod} node=${node} client=${endpoint(client)} local=${endpoint(local)}`;
}

/** JSON text → Answer, or null when it is something else. */
export function parseAnswer(text: string): Answer | null {
  try {
    const value = JSON.parse(text) as Partial<Answer> | null;
    return value && typeof value.pod === 'string' && typeof value.client?.address === 'string'
      ? (value as Answer)
      : null;
  } catch {
    return null;
  }
}
