// storage.cc - kw_storage as bytes, and back.
#include "engine/storage.h"

using kubewire::StateReader;
using kubewire::StateWriter;

void kw_storage::save(StateWriter* to) const {
  servers.save(to);
  flows.save(to);
  to->put_used(affinity, [](const kw_affinity_place& place) { return !kw_address_is_unspecified(place.address); });
  to->put_used(fragments, [](const kw_fragment_record& record) { return record.expiry != 0; });
  to->put(random);
  to->put(draws, sizeof draws);
  for (const uint32_t word : {draws_made, tables_age, static_cast<uint32_t>(has_clients)}) to->put(word);
}

bool kw_storage::restore(StateReader* from) {
  uint32_t clients;
  if (!servers.restore(from) || !flows.restore(from, servers.pool_used(), servers.template_count())) return false;
  servers.restored(flows);
  if (!from->take_used(&affinity) || !from->take_used(&fragments) || !from->take(&random)) return false;
  for (uint32_t& draw : draws) {
    if (!from->take(&draw)) return false;
  }
  if (!from->take(&draws_made) || !from->take(&tables_age) || !from->take(&clients) || tables_age == 0) return false;
  has_clients = clients != 0;
  return from->done();
}
