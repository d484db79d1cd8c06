// random.h - the random draws (native/law/choose.md): xoshiro128** on 32-bit words, seeded by splitmix32.
#ifndef KUBEWIRE_CORE_RANDOM_H
#define KUBEWIRE_CORE_RANDOM_H

#include "core/hash.h"

struct kw_random {
  uint32_t word[4];
};

/* [CHOOSE-5] */
static inline void kw_random_seed(struct kw_random *random, uint32_t seed) {
  uint32_t s = seed;
  for (uint32_t i = 0; i < 4; i++) {
    s += 0x9e3779b9u;
    uint32_t z = s;
    z = (z ^ (z >> 16)) * 0x21f0aaadu;
    z = (z ^ (z >> 15)) * 0x735a2d97u;
    random->word[i] = z ^ (z >> 15);
  }
}

static inline uint32_t kw_random_next(struct kw_random *random) {
  uint32_t *s = random->word;
  const uint32_t result = kw_rotl32(s[1] * 5u, 7) * 9u;
  const uint32_t t = s[1] << 9;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = kw_rotl32(s[3], 11);
  return result;
}

#endif
