// strategies.h - the images that world.ts makes, one for each strategy of the contract.
#ifndef KUBEWIRE_TEST_STRATEGIES_H
#define KUBEWIRE_TEST_STRATEGIES_H

#include "abi/abi.gen.h"

#define KW_WORLD(name, word, lookup, choice) #word ".kwim",
constexpr const char* kWorlds[] = {KW_STRATEGIES(KW_WORLD)};
#undef KW_WORLD

#endif
