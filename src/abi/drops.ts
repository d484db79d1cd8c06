// drops.ts - the reasons of class drop (reasons.ts): the frame is freed, and the sender hears nothing.
//
// Imports nothing. Part of the contract in layout.ts; numbers are appended, never reused.

/** The frame itself is at fault. */
const UNFIT = [
  {
    name: 'MALFORMED_ETHERNET',
    number: 32,
    cause: 'packet',
    brief: 'frame shorter than an Ethernet header',
    sentence: 'lost: the frame is shorter than an Ethernet header (14 bytes)',
    remedy: 'Look for the program that writes raw frames to the device; no ordinary socket sends these.',
  },
  {
    name: 'UNKNOWN_ETHERTYPE',
    number: 33,
    cause: 'packet',
    brief: 'neither ARP, IPv4 nor IPv6',
    sentence: 'ignored: the frame is neither ARP, IPv4 nor IPv6',
    remedy: 'Usually nothing: LLDP and the like are not for a Kubernetes node. VLAN tags (802.1Q) are not supported.',
  },
  {
    name: 'MALFORMED_ARP',
    number: 34,
    cause: 'packet',
    brief: 'ARP that is not Ethernet/IPv4 or too short',
    sentence: 'lost: an ARP packet that is cut short, or not about Ethernet and IPv4',
    remedy: 'Look for the program that writes raw ARP frames to the device; the kernel sends none like this.',
  },
  {
    name: 'ARP_IGNORED',
    number: 35,
    cause: 'packet',
    brief: 'ARP reply, probe, announcement, or a question for the asker itself',
    sentence: 'ignored: ARP that needs no answer (a reply, a probe, an announcement)',
    remedy: 'Nothing: every interface sends these when it comes up.',
  },
  {
    name: 'MALFORMED_IP',
    number: 36,
    cause: 'packet',
    brief: 'version, header length or total length wrong',
    sentence: 'lost: the IP header contradicts itself or the length of the frame',
    remedy: 'Look for the program that builds raw packets, or a capture that was cut before it was replayed (snaplen).',
  },
  {
    name: 'BAD_IP_CHECKSUM',
    number: 37,
    cause: 'packet',
    brief: 'IPv4 header checksum wrong',
    sentence: 'lost: the checksum of the IPv4 header is wrong',
    remedy:
      'If you build or replay packets, recompute the header checksum. Otherwise the packet was damaged on its way.',
  },
  {
    name: 'MARTIAN',
    number: 38,
    cause: 'packet',
    brief: 'such an address may not be on a wire',
    sentence:
      'lost: its source or destination may not be on a wire (loopback, unspecified, multicast as a source, IPv4-mapped)',
    remedy:
      'Bind the client to a real address of its interface, and connect to one. 127.0.0.1 and ::1 never leave a pod, and localhost NodePorts answer on the node alone.',
  },
  {
    name: 'MULTICAST',
    number: 39,
    cause: 'packet',
    brief: 'multicast, broadcast or link-local traffic that nobody routes',
    sentence: 'ignored: multicast, broadcast and link-local traffic is not routed between pods',
    remedy:
      'Usually nothing: hosts send such packets by themselves. A program that relies on them (mDNS, DHCP) needs unicast here.',
  },
  {
    name: 'MALFORMED_L4',
    number: 40,
    cause: 'packet',
    brief: 'TCP, UDP, SCTP or ICMP header truncated or inconsistent',
    sentence: 'lost: the TCP, UDP, SCTP or ICMP header is cut short or contradicts the length of the packet',
    remedy: 'Look for the program that builds raw packets, or a capture that was cut before it was replayed (snaplen).',
  },
  {
    name: 'UNSUPPORTED_EXTENSION',
    number: 41,
    cause: 'packet',
    brief: 'IPv6 extension headers too many, truncated or unknown',
    sentence: 'lost: its IPv6 extension headers are too many, cut short, or of a kind that is not understood',
    remedy: 'Send without these extension headers: at most 8, each complete, and at most one fragment header.',
  },
  {
    name: 'FRAGMENT_UNKNOWN',
    number: 42,
    cause: 'packet',
    brief: 'later fragment whose first fragment was not seen',
    sentence: 'lost: a later fragment of a packet whose first fragment did not come here in the last 30 s',
    remedy: 'Send datagrams that fit the MTU, so that none is cut into fragments; or see why the first one was lost.',
  },
  {
    name: 'TTL_EXPIRED_SILENT',
    number: 43,
    cause: 'packet',
    brief: 'TTL expired on a packet that gets no ICMP error',
    sentence: 'lost: its time to live ran out, and no ICMP error may be sent about such a packet',
    remedy: 'Send with a larger TTL (hop limit). If it is large already, look for routes that send packets in circles.',
  },
  {
    name: 'INVALID_STATE',
    number: 44,
    cause: 'packet',
    brief: 'connection tracking calls it INVALID',
    sentence:
      'lost: it fits no connection that the node knows and cannot begin one (iptables mode drops what is INVALID)',
    remedy:
      'Open the connection anew: its entry expired, or its beginning took another way. kubewire conntrack lists what a node knows.',
  },
  {
    name: 'FLOW_TABLE_FULL',
    number: 45,
    cause: 'packet',
    brief: 'no room for another connection',
    sentence: 'lost: the connection table of the node is full',
    remedy: 'Open fewer connections at a time or reuse them; kubewire conntrack shows which fill the table.',
  },
  {
    name: 'NAT_PORTS_EXHAUSTED',
    number: 46,
    cause: 'packet',
    brief: 'no free source port for masquerading',
    sentence:
      "lost: no source port of the node is free for this endpoint, or the node has no address of the packet's family",
    remedy:
      'Reuse connections, add endpoints, or avoid the masquerade (externalTrafficPolicy: Local keeps the source address).',
  },
] as const;

/** A rule of a Service, the routes or the state of the node stop it without a word. */
const STOPPED = [
  {
    name: 'SOURCE_RANGE',
    number: 47,
    cause: 'service',
    brief: 'the source is not in loadBalancerSourceRanges',
    sentence: "timeout: the client's address is not in spec.loadBalancerSourceRanges of the Service",
    remedy: "Add the client's CIDR to spec.loadBalancerSourceRanges, or connect from an address inside.",
  },
  {
    name: 'NO_LOCAL_ENDPOINTS',
    number: 48,
    cause: 'service',
    brief: 'policy Local and no endpoint on this node',
    sentence: 'timeout: the traffic policy of the Service is Local, and no endpoint of it runs on this node',
    remedy:
      'Use a node that has an endpoint, run one on each node (a DaemonSet), or set externalTrafficPolicy (internalTrafficPolicy) to Cluster.',
  },
  {
    name: 'UNALLOCATED_SERVICE_ADDRESS',
    number: 49,
    cause: 'service',
    brief: 'an address of the Service range that no Service has',
    sentence: 'timeout: the address lies in the Service range, but no Service has it',
    remedy:
      'Ask for the address again: kubewire get svc -A. The Service was deleted or made anew with another clusterIP.',
  },
  {
    name: 'NO_ROUTE',
    number: 50,
    cause: 'route',
    brief: 'nobody has the address, and no ICMP error possible',
    sentence: 'timeout: the node has no way to the destination, and may not say so',
    remedy: 'Check the destination address: kubewire get pods,svc,nodes -A -o wide lists every address in use.',
  },
  {
    name: 'ICMP_ERROR_UNMATCHED',
    number: 51,
    cause: 'packet',
    brief: 'ICMP error about a connection that is not known',
    sentence:
      'lost: an ICMP error about a connection that the node does not know (iptables mode drops what is INVALID)',
    remedy: 'Usually nothing: the connection ended before the error came.',
  },
  {
    name: 'BAD_ICMP_CHECKSUM',
    number: 52,
    cause: 'packet',
    brief: 'ICMP error with a wrong checksum',
    sentence: 'lost: an ICMP error with a wrong checksum (iptables mode drops what is INVALID)',
    remedy: 'If you build or replay packets, recompute the ICMP checksum. Otherwise the packet was damaged on its way.',
  },
  {
    name: 'BAD_L4_CHECKSUM',
    number: 59,
    cause: 'packet',
    brief: 'TCP, UDP, SCTP or ICMP with a wrong checksum',
    sentence: 'lost: TCP, UDP, SCTP or ICMP with a wrong checksum (iptables mode drops what is INVALID)',
    remedy: 'If you build or replay packets, recompute their checksum. Otherwise the packet was damaged on its way.',
  },
  {
    name: 'TOO_BIG_SILENT',
    number: 53,
    cause: 'packet',
    brief: 'too big for the way out and no ICMP error possible',
    sentence:
      'timeout: it is larger than the MTU of the next link, and the node neither cuts packets nor may it say so',
    remedy: 'Lower the MTU of the sender or the size of its datagrams. IPv4 senders should set "don\'t fragment".',
  },
  {
    name: 'SOURCE_LOOP',
    number: 54,
    cause: 'route',
    brief: 'it would go back where it came from',
    sentence: 'timeout: the only way to the destination leads back through the port that the packet came from',
    remedy: 'Check the destination: the address belongs to nobody here, or the sender should have reached it directly.',
  },
  {
    name: 'NEIGHBOUR_IGNORED',
    number: 55,
    cause: 'packet',
    brief: 'neighbour discovery that needs no answer',
    sentence:
      'ignored: IPv6 neighbour discovery that needs no answer (router solicitation, duplicate address detection)',
    remedy: 'Nothing: every interface sends these when it comes up.',
  },
  {
    name: 'DEVICE_QUEUE_FULL',
    number: 56,
    cause: 'packet',
    brief: 'the device or ring did not take the frame',
    sentence: 'lost: the receiver did not read its packets in time, so the queue of its device is full',
    remedy: 'Send more slowly, or give the receiver more time on a processor. TCP slows down by itself.',
  },
  {
    name: 'HOP_LIMIT_INTERNAL',
    number: 57,
    cause: 'packet',
    brief: 'passed more nodes than the lab has: a routing loop',
    sentence: 'lost: it passed more nodes than there are, in circles',
    remedy: 'This is a mistake in the routes of the nodes, not in your manifests; kubewire trace shows the circle.',
  },
  {
    name: 'NO_TABLES',
    number: 58,
    cause: 'packet',
    brief: 'no image loaded yet',
    sentence: 'lost: the node has no tables yet',
    remedy: 'Wait until the node is Ready (kubewire get nodes), then send again.',
  },
  {
    name: 'LINK_LOST',
    number: 60,
    cause: 'packet',
    brief: 'a link that is made to lose packets lost it',
    sentence: 'lost: a link was told to lose some of its packets',
    remedy: 'List such links with kubewire impair, and mend them with kubewire impair --clear.',
  },
  {
    name: 'LINK_DOWN',
    number: 61,
    cause: 'packet',
    brief: 'its link is down',
    sentence: 'lost: its link was told to be down',
    remedy: 'List such links with kubewire impair, and mend them with kubewire impair --clear.',
  },
  {
    name: 'LINK_QUEUE_FULL',
    number: 62,
    cause: 'packet',
    brief: 'too many packets wait for a slow link',
    sentence: 'lost: so many packets wait for a link that was told to be slow that its queue is full',
    remedy: 'Send more slowly, or give the link a longer queue (--limit) or a higher --rate.',
  },
  {
    name: 'LINK_TOO_LONG',
    number: 63,
    cause: 'packet',
    brief: 'longer than its link lets through, and nobody is told',
    sentence: 'lost: it is longer than a link lets through that was given a smaller MTU (a black hole)',
    remedy: 'Send shorter packets, or take --mtu from the link: kubewire impair lists it.',
  },
] as const;

export const DROPS = [...UNFIT, ...STOPPED] as const;
