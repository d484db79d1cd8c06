// ipv6.ts - the same rules and addresses in IPv6: each address of IPv4 is the end of one of fd00::/96.

const DOTTED = /(?<![\d.])(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?(?::(\d+))?/g;

/** `10.96.0.20` → `fd00::a60:14`; with a length, and in brackets where a port follows. */
export const inIPv6 = (text: string): string =>
  text.replaceAll(DOTTED, (_, a, b, c, d, length, port) => {
    const word = (high: string, low: string): string => (Number(high) * 256 + Number(low)).toString(16);
    const address = `fd00::${word(a, b)}:${word(c, d)}${length === undefined ? '' : `/${96 + Number(length)}`}`;
    return port === undefined ? address : `[${address}]:${port}`;
  });

/** What rules of IPv4 say, and those of IPv6 instead. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/-p icmp -m icmp (! )?--icmp-type (8\/0|8)/g, '-p ipv6-icmp -m icmp6 $1--icmpv6-type 128'],
  [/-p icmp -m icmp (! )?--icmp-type (0|echo-request)/g, '-p ipv6-icmp -m icmp6 $1--icmpv6-type 129'],
  [/-p icmp\b/g, '-p ipv6-icmp'],
  [/icmp-host-prohibited/g, 'icmp6-adm-prohibited'],
  [/icmp-port-unreachable/g, 'icmp6-port-unreachable'],
  [/LOCAL,BROADCAST/g, 'LOCAL,MULTICAST'],
  [/family inet\b/g, 'family inet6'],
  [/\bip (saddr|daddr)/g, 'ip6 $1'],
  [/\bip protocol (!= )?icmp/g, 'ip6 nexthdr $1ipv6-icmp'],
  [/\bip protocol/g, 'ip6 nexthdr'],
  [/l4proto (!= )?icmp\b/g, 'l4proto $1ipv6-icmp'],
  [/\bicmp type (!= )?/g, 'icmpv6 type $1'],
  [/icmpv6 type host-prohibited/g, 'icmpv6 type admin-prohibited'],
  [/with icmp type/g, 'with icmpv6 type'],
  [/\b(dnat|snat) ip to/g, '$1 ip6 to'],
  [/ipv4_addr/g, 'ipv6_addr'],
  [/^table ip /gm, 'table ip6 '],
];

export const rulesInIPv6 = (text: string): string =>
  WORDS.reduce((said, [words, instead]) => said.replaceAll(words, instead), inIPv6(text));
