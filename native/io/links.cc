// links.cc - Links: frames that get lost, late, twice or damaged on their way, as links were told to misbehave.
#include "links.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/bytes.h"

namespace kubewire {

namespace {

constexpr uint32_t kEthernetBytes = 14;
constexpr uint64_t kSecond = 1'000'000'000;
/// Draws whose sum varies normally, with a variance of 1 (Irwin and Hall).
constexpr int kNormalDraws = 12;

void add(uint64_t* cell, uint64_t amount) {
  __atomic_store_n(cell, __atomic_load_n(cell, __ATOMIC_RELAXED) + amount, __ATOMIC_RELAXED);
}

bool happens(kw_random& random, uint32_t chance) {
  if (chance == 0) return false;
  const uint32_t draw = kw_random_next(&random);
  return chance == 0xffffffff || draw < chance;
}

bool in_prefix(const uint8_t* address, const kw_link_end_row& end) {
  const uint32_t whole = end.prefix_length / 8, rest = end.prefix_length % 8;
  if (memcmp(address, end.prefix, whole) != 0) return false;
  return rest == 0 || ((address[whole] ^ end.prefix[whole]) >> (8 - rest)) == 0;
}

bool has_ports(uint8_t protocol) { return protocol == 6 || protocol == 17 || protocol == 132; }

uint16_t be16(const uint8_t* at) { return static_cast<uint16_t>(at[0] << 8 | at[1]); }

/// A number from -1 to 1.
double even(kw_random& random) { return kw_random_next(&random) / 2147483648.0 - 1.0; }

double normal(kw_random& random) {
  double sum = 0;
  for (int i = 0; i < kNormalDraws; i++) sum += kw_random_next(&random) / 4294967296.0;
  return sum - kNormalDraws / 2;
}

}  // namespace

Ends ends_of(const Frame& frame) {
  Ends ends;
  const uint8_t* ip = frame.data + kEthernetBytes;
  if (frame.length < kEthernetBytes + 20) return ends;
  const uint16_t type = be16(frame.data + 12);
  uint32_t header = 0;
  bool first = true;
  if (type == 0x0800) {
    header = (ip[0] & 15u) * 4;
    ends.protocol = ip[9];
    first = (be16(ip + 6) & 0x1fff) == 0;
    for (uint8_t* address : {ends.source, ends.destination}) {
      memset(address, 0, 10);
      memset(address + 10, 0xff, 2);
    }
    memcpy(ends.source + 12, ip + 12, 4);
    memcpy(ends.destination + 12, ip + 16, 4);
  } else if (type == 0x86dd && frame.length >= kEthernetBytes + 40) {
    header = 40;
    ends.protocol = ip[6];
    memcpy(ends.source, ip + 8, 16);
    memcpy(ends.destination, ip + 24, 16);
  } else {
    return ends;
  }
  ends.is_ip = true;
  ends.ip_bytes =
      frame.gso_type == 0 ? frame.length - kEthernetBytes : frame.header_length - kEthernetBytes + frame.gso_size;
  if (first && has_ports(ends.protocol) && frame.length >= kEthernetBytes + header + 4) {
    memcpy(&ends.source_port_be, ip + header, 2);
    memcpy(&ends.destination_port_be, ip + header + 2, 2);
  }
  return ends;
}

bool Links::load(const kw_link_row* rows, size_t count, const kw_link_end_row* ends, size_t end_count,
                 uint64_t* cells) {
  if (count > kMost) return false;
  for (size_t i = 0; i < count; i++) {
    const auto fits = [&](uint32_t first, uint32_t number) { return uint64_t{first} + number <= end_count; };
    if (!fits(rows[i].from_first, rows[i].from_count) || !fits(rows[i].to_first, rows[i].to_count)) return false;
  }
  if (std::any_of(ends, ends + end_count, [](const kw_link_end_row& end) { return end.prefix_length > 128; })) {
    return false;
  }
  std::vector<Link> links(count);
  for (size_t i = 0; i < count; i++) {
    Link& link = links[i];
    const auto known = std::find_if(links_.begin(), links_.end(), [&](const Link& old) {
      return old.row.id == rows[i].id && old.row.seed == rows[i].seed;
    });
    if (known != links_.end()) {
      link = *known;
    } else {
      uint32_t seed = rows[i].seed;
      for (kw_random* random : {&link.loss, &link.duplicate, &link.reorder, &link.corrupt, &link.jitter}) {
        kw_random_seed(random, seed++);
      }
    }
    // What waits was met by a link in another place.
    link.waiting = link.waiting_bytes = 0;
    link.row = rows[i];
    link.cells = cells + i * KW_LINK_CELL_CELLS;
  }
  links_ = std::move(links);
  ends_.assign(ends, ends + end_count);
  return true;
}

bool Links::is_end(uint32_t first, uint32_t count, const Ends& before, const Ends& after, bool sends) const {
  if (count == 0) return true;
  return std::any_of(ends_.begin() + first, ends_.begin() + first + count, [&](const kw_link_end_row& end) {
    // Clients see a Service where a packet comes to it, and where an answer leaves from it.
    const Ends& seen = (end.service != 0) == sends ? after : before;
    if (!seen.is_ip || (end.protocol != 0 && end.protocol != seen.protocol)) return false;
    const uint16_t port_be = sends ? seen.source_port_be : seen.destination_port_be;
    if (end.port_be != 0 && end.port_be != port_be) return false;
    return in_prefix(sends ? seen.source : seen.destination, end);
  });
}

bool Links::matches(const Link& link, const Ends& before, const Ends& after) const {
  const kw_link_row& row = link.row;
  return is_end(row.from_first, row.from_count, before, after, true) &&
         is_end(row.to_first, row.to_count, before, after, false);
}

/// Why the frame is lost on this link; 0 if it is not.
uint32_t Links::refuse(Link& link, const Ends& after, uint32_t bytes) {
  const kw_link_row& row = link.row;
  if (row.flags & KW_LINK_FLAG_DOWN) return add(link.cells + KW_LINK_CELL_DOWN, 1), KW_REASON_LINK_DOWN;
  if (row.mtu != 0 && after.ip_bytes > row.mtu) {
    return add(link.cells + KW_LINK_CELL_TOO_LONG, 1), KW_REASON_LINK_TOO_LONG;
  }
  bool lost = false;
  if (row.flags & KW_LINK_FLAG_BURSTS) {
    if (happens(link.loss, link.bad ? row.recovery : row.loss)) link.bad = !link.bad;
    lost = happens(link.loss, link.bad ? row.bad_loss : row.good_loss);
  } else {
    lost = happens(link.loss, row.loss);
  }
  if (lost) return add(link.cells + KW_LINK_CELL_LOST, 1), KW_REASON_LINK_LOST;
  const bool waits = row.delay_ns != 0 || row.jitter_ns != 0 || row.rate != 0;
  const bool full = link.waiting >= row.limit || (row.limit_bytes != 0 && link.waiting_bytes + bytes > row.limit_bytes);
  if (waits && full) return add(link.cells + KW_LINK_CELL_OVERFLOWED, 1), KW_REASON_LINK_QUEUE_FULL;
  return 0;
}

/// As tc-netem(8): time on the wire after what is before it, then the way, unless it overtakes.
void Links::delay(Link& link, uint32_t bytes, uint64_t now, Fate& fate) {
  const kw_link_row& row = link.row;
  uint64_t due = std::max(fate.due, now);
  if (row.rate != 0) {
    due = std::max(due, link.busy_until) + static_cast<uint64_t>(bytes) * 8 * kSecond / row.rate;
    link.busy_until = due;
  }
  if (row.delay_ns != 0 && happens(link.reorder, row.reorder)) {
    add(link.cells + KW_LINK_CELL_REORDERED, 1);
  } else if (row.delay_ns != 0 || row.jitter_ns != 0) {
    double way = static_cast<double>(row.delay_ns);
    if (row.jitter_ns != 0) {
      const double by = row.flags & KW_LINK_FLAG_NORMAL ? normal(link.jitter) : even(link.jitter);
      way += by * static_cast<double>(row.jitter_ns);
    }
    due += way > 0 ? static_cast<uint64_t>(way) : 0;
  }
  fate.due = due;
}

Fate Links::meet(const Ends& before, const Ends& after, uint32_t bytes, Passage& passage, uint64_t now) {
  Fate fate;
  for (size_t i = 0; i < links_.size(); i++) {
    Link& link = links_[i];
    const uint64_t bit = uint64_t{1} << i;
    if ((passage.met & bit) != 0 || !matches(link, before, after)) continue;
    passage.met |= bit;
    fate.by |= bit;
    add(link.cells + KW_LINK_CELL_MATCHED, 1);
    add(link.cells + KW_LINK_CELL_BYTES, bytes);
    fate.reason = refuse(link, after, bytes);
    if (fate.reason != 0) return fate;
    if (happens(link.duplicate, link.row.duplicate)) {
      add(link.cells + KW_LINK_CELL_DUPLICATED, 1);
      fate.twice = true;
    }
    if (happens(link.corrupt, link.row.corrupt)) {
      add(link.cells + KW_LINK_CELL_CORRUPTED, 1);
      const uint32_t first = (kEthernetBytes + 40) * 8;
      const uint32_t bits = bytes * 8;
      if (bits > first) fate.flipped = first + kw_random_next(&link.corrupt) % (bits - first);
    }
    delay(link, bytes, now, fate);
  }
  return fate;
}

void Links::hold(uint64_t by, uint32_t bytes) {
  for (size_t i = 0; i < links_.size(); i++) {
    if ((by & (uint64_t{1} << i)) == 0) continue;
    links_[i].waiting++;
    links_[i].waiting_bytes += bytes;
    __atomic_store_n(links_[i].cells + KW_LINK_CELL_WAITING, links_[i].waiting, __ATOMIC_RELAXED);
  }
}

void Links::release(uint64_t by, uint32_t bytes) {
  for (size_t i = 0; i < links_.size(); i++) {
    Link& link = links_[i];
    if ((by & (uint64_t{1} << i)) == 0 || link.waiting == 0) continue;
    link.waiting--;
    link.waiting_bytes -= std::min(link.waiting_bytes, bytes);
    __atomic_store_n(link.cells + KW_LINK_CELL_WAITING, link.waiting, __ATOMIC_RELAXED);
  }
}

}  // namespace kubewire
