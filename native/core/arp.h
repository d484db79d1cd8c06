// arp.h - answers every ARP request with the node's own MAC, whatever address it asks for (RFC 826).
#ifndef KUBEWIRE_CORE_ARP_H
#define KUBEWIRE_CORE_ARP_H

#include "core/frame.h"
#include "core/tables.h"

#define KW_ARP_FRAME 42u

/* Turns the frame into the answer and returns ARP_REPLY, or returns the reason for a drop. */
static inline uint32_t kw_arp(const struct kw_tables *tables, struct kw_frame *frame) {
  static const uint8_t ethernet_ipv4[6] = {0, 1, 8, 0, 6, 4};
  uint8_t *arp = frame->data + KW_ETHERNET_HEADER;
  if (frame->length < KW_ARP_FRAME || __builtin_memcmp(arp, ethernet_ipv4, 6) != 0)
    return KW_REASON_MALFORMED_ARP; /* [ARP-1] */
  uint8_t *sender_mac = arp + 8, *sender_ip = arp + 14, *target_mac = arp + 18, *target_ip = arp + 24;
  const uint32_t sender = kw_load32(sender_ip), target = kw_load32(target_ip);
  /* A request from address zero is a probe, one for the sender's own address an announcement (RFC 5227). */
  if (kw_load_be16(arp + 6) != 1 || sender == 0 || sender == target) return KW_REASON_ARP_IGNORED; /* [ARP-2] */
  if (tables->ports[frame->port].kind == KW_PORT_KIND_UPLINK) return KW_REASON_ARP_IGNORED;        /* [ARP-3] */
  kw_store_be16(arp + 6, 2);                                                                       /* [ARP-4] */
  kw_copy_mac(target_mac, sender_mac);
  kw_copy_mac(sender_mac, tables->node->mac);
  __builtin_memcpy(sender_ip, &target, 4);
  __builtin_memcpy(target_ip, &sender, 4);
  kw_copy_mac(frame->data, target_mac);
  kw_copy_mac(frame->data + 6, tables->node->mac);
  frame->length = KW_ARP_FRAME;
  kw_frame_clear_offload(frame);
  return KW_REASON_ARP_REPLY;
}

#endif
