// frame.h - kw_frame: one Ethernet frame in the caller's buffer, with the fields of its virtio-net header.
#ifndef KUBEWIRE_CORE_FRAME_H
#define KUBEWIRE_CORE_FRAME_H

#include "abi/abi.gen.h"

#define KW_ETHERNET_HEADER 14u

/* virtio_net_hdr.gso_type */
#define KW_GSO_NONE 0u
#define KW_GSO_UDP_L4 5u
#define KW_GSO_ECN 0x80u

struct kw_frame {
  uint8_t *data;
  uint32_t length;
  /* Bytes that may be written at data. If an answer does not fit, the frame is dropped silently. */
  uint32_t capacity;
  /* The PORT row it came in through. */
  uint32_t port;
  /* VIRTIO_NET_HDR_F_NEEDS_CSUM: the L4 checksum holds the folded, uncomplemented pseudo-header sum. */
  uint8_t needs_checksum;
  /* VIRTIO_NET_HDR_GSO_*: 0 none, 1 TCPv4, 4 TCPv6, 5 UDP_L4 (0x80 = ECN). */
  uint8_t gso_type;
  /* Payload bytes of each segment. */
  uint16_t gso_size;
  /* Ethernet + IP + L4 header bytes; a hint. */
  uint16_t header_length;
  uint16_t checksum_start;
  uint16_t checksum_offset;
};

/* Clears the offload fields: an answer made by the node is complete, with nothing left for a device to do. */
static inline void kw_frame_clear_offload(struct kw_frame *frame) {
  frame->needs_checksum = 0;
  frame->gso_type = 0;
  frame->gso_size = 0;
  frame->header_length = 0;
  frame->checksum_start = 0;
  frame->checksum_offset = 0;
}

#endif
