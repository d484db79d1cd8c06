// loop.h - the one primitive for scans whose length grows with the tables: bounded, and fit for every verifier.
//
// A BPF build maps it to the helper bpf_loop, because verifiers refuse long `for` loops over rows; elsewhere it is that loop.
#ifndef KUBEWIRE_CORE_LOOP_H
#define KUBEWIRE_CORE_LOOP_H

#include "core/bytes.h"

/* Looks at row `index`; 0 = go on, 1 = stop. */
typedef long (*kw_loop_step)(uint32_t index, void *context);

/* Calls step(0 .. count - 1, context) until one says stop. */
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
