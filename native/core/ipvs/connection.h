// connection.h - counts the connections of a virtual server: when one is active, and what to release at its end
// (native/law/ipvs.md).
#ifndef KUBEWIRE_CORE_IPVS_CONNECTION_H
#define KUBEWIRE_CORE_IPVS_CONNECTION_H

#include "core/ipvs/template.h"

/* kw_flow.counted */
#define KW_IPVS_UNCOUNTED 0u
#define KW_IPVS_INACTIVE 1u
#define KW_IPVS_ACTIVE 2u

/* Where connections are counted. */
struct kw_ipvs_books {
  struct kw_ipvs_pool *pool;
  struct kw_ipvs_template *templates; /* all places; NULL when no Service has affinity */
};

/* TCP is active from the SYN to the first FIN or RST, SCTP once it is answered, UDP never. [IPVS-20] */
static inline uint8_t kw_ipvs_activity(const struct kw_flow *flow) {
  if (flow->original.protocol == KW_PROTOCOL_TCP) {
    const uint8_t state = flow->tcp_state;
    const int opening =
        state == KW_TCP_STATE_SYN_SENT || state == KW_TCP_STATE_SYN_RECV || state == KW_TCP_STATE_SYN_SENT2;
    return opening || state == KW_TCP_STATE_ESTABLISHED ? KW_IPVS_ACTIVE : KW_IPVS_INACTIVE;
  }
  const int answered = flow->original.protocol == KW_PROTOCOL_SCTP && (flow->flags & KW_FLOW_FLAG_SEEN_REPLY);
  return answered ? KW_IPVS_ACTIVE : KW_IPVS_INACTIVE;
}

static inline void kw_ipvs_count(struct kw_ipvs_destination *to, uint8_t counted, int32_t by) {
  if (counted == KW_IPVS_ACTIVE) {
    to->active += by;
  } else {
    to->inactive += by;
  }
}

/* A flow to a destination begins. `place` is the index of its template, or KW_NONE. [IPVS-21] */
static inline void kw_ipvs_flow_begins(const struct kw_ipvs_books *books, struct kw_flow *flow, uint32_t destination,
                                       uint32_t place) {
  struct kw_ipvs_destination *to = &books->pool->rows[destination];
  flow->destination = destination;
  flow->place = place;
  if (place != KW_NONE) flow->place_serial = books->templates[place].serial;
  flow->counted = kw_ipvs_activity(flow);
  to->flows++;
  kw_ipvs_count(to, flow->counted, 1);
}

/* To be called after every packet that may have changed the state of a counted flow. */
static inline void kw_ipvs_flow_changes(const struct kw_ipvs_books *books, struct kw_flow *flow) {
  const uint8_t counted = kw_ipvs_activity(flow);
  if (KW_LIKELY(counted == flow->counted)) return;
  struct kw_ipvs_destination *to = &books->pool->rows[flow->destination];
  kw_ipvs_count(to, flow->counted, -1);
  kw_ipvs_count(to, counted, 1);
  flow->counted = counted;
}

/* A counted flow is forgotten. */
static inline void kw_ipvs_flow_ends(const struct kw_ipvs_books *books, struct kw_flow *flow) {
  struct kw_ipvs_destination *to = &books->pool->rows[flow->destination];
  kw_ipvs_count(to, flow->counted, -1);
  flow->counted = KW_IPVS_UNCOUNTED;
  to->flows--;
  kw_ipvs_let_go(books->pool, flow->destination);
  if (flow->place == KW_NONE) return;
  struct kw_ipvs_template *place = &books->templates[flow->place];
  if (place->serial == flow->place_serial) place->flows--;
}

#endif
