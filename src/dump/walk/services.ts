// services.ts - the Service that a rule of kube-proxy is for, read off its comment or the name of its chain.

const NAME = '[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?';
/** `shop/web:http cluster IP`, `masquerade traffic for shop/web:http external destinations`, `shop/web -> 10.0.0.1:80`. */
const COMMENT = new RegExp(
  `(?:^|(?:masquerade|pod|route LOCAL|masquerade LOCAL|other) traffic (?:for|to) )(${NAME}/${NAME}(?::${NAME})?)(?= |$)`,
);
/** `service-ULMVA6XW-ns1/svc1/tcp/p80`, `endpoint-…-ns1/svc1/tcp/p80__10.0.0.1/80`. */
const CHAIN = new RegExp(
  `^(?:service|local|external|firewall|endpoint)-[A-Z2-7]{8}-(${NAME})/(${NAME})/(?:tcp|udp|sctp)/(${NAME})?(?:__|$)`,
);

/** `namespace/name:port`, without the port's name if it has none; null for rules that are for no Service. */
export function serviceOf(chain: string, comment: string): string | null {
  const [, namespace, name, port] = CHAIN.exec(chain) ?? [];
  if (namespace !== undefined) return `${namespace}/${name}${port ? `:${port}` : ''}`;
  return chain.startsWith('KUBE-') ? (COMMENT.exec(comment)?.[1] ?? null) : null;
}
