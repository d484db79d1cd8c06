// loop.h - the only way to scan rows of a table: a bounded loop that BPF verifiers accept.
//
// A BPF build maps it to the helper bpf_loop, because verifiers refuse long `for` loops over rows; elsewhere it is a
// plain `for` loop.
#ifndef KUBEWIRE_CORE_LOOP_H
#define KUBEWIRE_CORE_LOOP_H

#include "core/bytes.h"

/* Looks at row `index`. Returns 0 to go on, 1 to stop. */
typedef long (*kw_loop_step)(uint32_t index, void *context);

/* Calls step(0 .. count - 1, context) until it returns 1. */
static inline void kw_loop(uint32_t count, kw_loop_step step, void *context) {
#ifdef KW_BPF_LOOP
  KW_BPF_LOOP(count, step, context, 0);
#else
  for (uint32_t index = 0; index < count; index++) {
    if (step(index, context) != 0) return;
  }
#endif
}

#endif
