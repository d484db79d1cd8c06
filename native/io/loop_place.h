// loop_place.h - what a loop keeps of a node: the dataplane, its way to others, and its devices.
#ifndef KUBEWIRE_IO_LOOP_PLACE_H
#define KUBEWIRE_IO_LOOP_PLACE_H

#include "loop.h"
#include "uplinks.h"

namespace kubewire {

struct Loop::Port {
  Place* place;
  uint32_t number;
  std::unique_ptr<Device> device;
  /// Its cable's end in the yard; 0 = it has none.
  uint32_t cable;
};

struct Loop::Place {
  Place(uint32_t id, uint32_t seed, uint32_t flow_capacity, uint64_t* counters)
      : id(id), node(seed, flow_capacity, counters), counters(counters) {}

  const uint32_t id;
  Node node;
  uint64_t* const counters;
  Uplinks uplinks;
  /// Indexed by port row; null where nothing is attached.
  std::vector<std::unique_ptr<Port>> ports;
};

}  // namespace kubewire

#endif
