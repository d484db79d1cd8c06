// question.h - facts about a NEW packet that several stages need: where it comes from, and what its ends are to this
// node.
#ifndef KUBEWIRE_CORE_QUESTION_H
#define KUBEWIRE_CORE_QUESTION_H

#include "core/packet.h"
#include "core/storage.h"
#include "core/tables.h"

struct kw_question {
  const struct kw_tables *tables;
  struct kw_storage *storage;
  const struct kw_packet *packet;
  struct kw_decision *decision;
  uint64_t now;
  uint32_t from;          /* kw_port_kind of the port it came through */
  uint32_t source_is_pod; /* the local detector of its family says so */
  uint32_t source_is_node;
  uint32_t detector;                        /* its family has a local detector */
  const struct kw_local_address_row *local; /* row of its destination; NULL when that is not local */
};

/* [SERVICE-4] */
static inline void kw_ask(struct kw_question *q) {
  const struct kw_tuple *tuple = &q->packet->tuple;
  const uint32_t bit = q->packet->v4 ? KW_SERVICE_MODE_FLAG_DETECT_LOCAL : KW_SERVICE_MODE_FLAG_DETECT_LOCAL_6;
  q->detector = (q->tables->node->service_flags & bit) != 0;
  q->source_is_pod = q->detector && kw_in_cidr(q->tables, KW_CIDR_KIND_DETECT_LOCAL, tuple->source);
  const struct kw_local_address_row *found[2];
  kw_find_locals(q->tables, tuple, found);
  q->source_is_node = found[0] != NULL;
  q->local = found[1];
  if (q->source_is_pod) q->decision->flags |= KW_DECISION_FLAG_SOURCE_IS_POD;
  if (q->source_is_node) q->decision->flags |= KW_DECISION_FLAG_SOURCE_IS_NODE;
}

#endif
