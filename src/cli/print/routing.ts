// routing.ts - which rule takes a request, for people and as JSON.
import type { HttpPort } from '../../gateway/plan.js';
import {
  backendText,
  conditionText,
  type Decision,
  decide,
  others,
  refusalText,
  sourceText,
} from '../../gateway/routing/explain.js';
import { locationOf } from '../../gateway/routing/filters.js';
import type { Filters, RequestFacts, Rule } from '../../gateway/routing/rule.js';

export interface AskedUrl {
  readonly url: URL;
  readonly facts: RequestFacts;
}

const filterTexts = (rule: Rule, { url, facts }: AskedUrl, port: HttpPort): string[] => {
  const { filters, invalid, requestTimeout, backendTimeout } = rule.action;
  const incoming = {
    scheme: port.protocol === 'HTTPS' ? ('https' as const) : ('http' as const),
    ...{ host: facts.host, port: port.port, target: `${url.pathname}${url.search}` },
  };
  const { redirect, rewrite, request, response, mirrors }: Filters = filters;
  return [
    ...(invalid === undefined ? [] : [`500: ${invalid}`]),
    ...(redirect ? [`${redirect.status} → ${locationOf(redirect, rule.path, incoming)}`] : []),
    ...(rewrite?.hostname === undefined ? [] : [`host becomes ${rewrite.hostname}`]),
    ...(rewrite?.path ? [`path: ${rewrite.path.type} ${rewrite.path.value}`] : []),
    ...(request ? ['headers of the request are changed'] : []),
    ...(response ? ['headers of the response are changed'] : []),
    ...mirrors.map(({ backend, share }) => `${Math.round(share * 100)}% are copied to ${backend.name}`),
    ...(requestTimeout === undefined ? [] : [`504 after ${requestTimeout} ms`]),
    ...(backendTimeout === undefined ? [] : [`504 when the backend takes ${backendTimeout} ms`]),
  ];
};

function told(port: HttpPort, decision: Decision, asked: AskedUrl): string[] {
  const { rule } = decision;
  if (!rule) return [`404: ${refusalText(decision, asked.facts)}`];
  const later = others(decision, asked.facts);
  return [
    `${sourceText(rule)}: ${conditionText(rule)}`,
    ...filterTexts(rule, asked, port),
    ...(rule.action.filters.redirect ? [] : rule.action.backends.map((backend) => `→ ${backendText(backend)}`)),
    ...later.map((one) => `not ${sourceText(one)}: ${conditionText(one)}, which comes later`),
  ];
}

const nameOf = (port: HttpPort, { listener }: Decision): string =>
  listener?.name ?? port.listeners.map(({ name }) => name).join(', ');

/** One paragraph for each port that requests of the URL's scheme and port can come to. */
export const routingText = (ports: readonly HttpPort[], asked: AskedUrl): string =>
  ports
    .map((port) => {
      const decision = decide(port, asked.facts);
      return `${nameOf(port, decision)}, port ${port.port}\n${told(port, decision, asked)
        .map((line) => `  ${line}\n`)
        .join('')}`;
    })
    .join('\n');

export const routingJson = (ports: readonly HttpPort[], asked: AskedUrl): object[] =>
  ports.map((port) => {
    const decision = decide(port, asked.facts);
    const { rule } = decision;
    return {
      at: nameOf(port, decision),
      port: port.port,
      protocol: port.protocol,
      rule: rule && { ...rule.source, conditions: conditionText(rule) },
      backends: rule?.action.backends.map(({ name, weight, endpoints, failure }) => ({
        ...{ name, weight, endpoints, failure },
      })),
      reason: rule ? null : refusalText(decision, asked.facts),
      later: others(decision, asked.facts).map(({ source }) => source),
    };
  });
