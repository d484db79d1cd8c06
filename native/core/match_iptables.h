// match_iptables.h - the frontend of a packet as chain KUBE-SERVICES finds it: the first row that matches.
//
// Its cost grows with the number of rows, as in iptables. Rows with the unspecified address stand for KUBE-NODEPORTS;
// they follow all others (the loader checks that) and are searched only for destinations local to the node.
#ifndef KUBEWIRE_CORE_MATCH_IPTABLES_H
#define KUBEWIRE_CORE_MATCH_IPTABLES_H

#include "core/gather.h"
#include "core/loop.h"

struct kw_scan {
  const struct kw_frontend_row *rows; /* where the chain begins */
  const uint8_t *address;
  uint16_t port_be;
  uint8_t protocol;
  uint32_t found; /* counted from `rows` */
};

static inline long kw_scan_step(uint32_t index, void *context) {
  struct kw_scan *scan = (struct kw_scan *)context;
  const struct kw_frontend_row *row = &scan->rows[index];
  if (!kw_address_equal(row->address, scan->address)) return 0;
  if (row->port_be != scan->port_be || row->protocol != scan->protocol) return 0;
  scan->found = index;
  return 1;
}

/* The first row of FRONTEND with this key, or KW_NONE. */
static inline uint32_t kw_match_iptables(const struct kw_tables *tables, const uint8_t *address, uint16_t port_be,
                                         uint8_t protocol) {
  const int node_ports = kw_address_is_unspecified(address); /* [MATCH-2] */
  const uint32_t first = node_ports ? tables->node_port_first : 0;
  const uint32_t end = node_ports ? tables->frontend_count : tables->node_port_first;
  struct kw_scan scan;
  scan.rows = &tables->frontends[first];
  scan.address = address;
  scan.port_be = port_be;
  scan.protocol = protocol;
  scan.found = KW_NONE;
  kw_loop(end - first, kw_scan_step, &scan);
  return scan.found == KW_NONE ? KW_NONE : first + scan.found;
}

/* The rules of the frontend with this key, or NULL. */
static inline const struct kw_perfect_row *kw_rules_iptables(const struct kw_tables *tables, const uint8_t *address,
                                                             uint16_t port_be, uint8_t protocol,
                                                             struct kw_perfect_row *gathered) {
  return kw_gather(tables, kw_match_iptables(tables, address, port_be, protocol), gathered);
}

#endif
