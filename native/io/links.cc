// links.cc - Links: frames that get lost, late, twice or damaged on their way, as links were told to misbehave.
#include "links.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "core/bytes.h"

namespace kubewire {

namespace {

constexpr uint32_t kEthernetBytes = 14;
constexpr uint64_t kSecond = 1'000'000'000;
/// Draws whose sum varies normally, with a variance of 1 (Irwin and Hall).
constexpr int kNormalDraws = 12;
constexpr double kDraws = 4294967296.0;
constexpr double kSampleScale = 8192;

void add(uint64_t* cell, uint64_t amount) {
  __atomic_store_n(cell, __atomic_load_n(cell, __ATOMIC_RELAXED) + amount, __ATOMIC_RELAXED);
}

bool in_prefix(const uint8_t* address, const kw_link_end_row& end) {
  const uint32_t whole = end.prefix_length / 8, rest = end.prefix_length % 8;
  if (memcmp(address, end.prefix, whole) != 0) return false;
  return rest == 0 || ((address[whole] ^ end.prefix[whole]) >> (8 - rest)) == 0;
}

bool has_ports(uint8_t protocol) { return protocol == 6 || protocol == 17 || protocol == 132; }

uint16_t be16(const uint8_t* at) { return static_cast<uint16_t>(at[0] << 8 | at[1]); }

/// A number with a mean of 0 and a variance of 1.
double normal(kw_random& random) {
  double sum = 0;
  for (int i = 0; i < kNormalDraws; i++) sum += kw_random_next(&random) / kDraws;
  return sum - kNormalDraws / 2;
}

/// The same, distributed as Pareto has it with a shape of 3: at least -0.58, rarely much.
double pareto(uint32_t draw) {
  const double mean = 1.5, deviation = std::sqrt(0.75);
  return (std::cbrt(kDraws / (draw + 1.0)) - mean) / deviation;
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

/// As tc-netem(8) has it: so much of the last number, and the rest by chance.
uint32_t Links::Draws::next(uint32_t correlation) {
  const uint64_t fresh = kw_random_next(&random);
  if (correlation == 0) return static_cast<uint32_t>(fresh);
  last = static_cast<uint32_t>((fresh * ((uint64_t{1} << 32) - correlation) + uint64_t{last} * correlation) >> 32);
  return last;
}

bool Links::Draws::happens(uint32_t chance, uint32_t correlation) {
  if (chance == 0) return false;
  const uint32_t draw = next(correlation);
  return chance == 0xffffffff || draw < chance;
}

bool Links::load(Rows given, uint64_t* cells) {
  const std::vector<kw_link_row>& rows = given.links;
  const size_t count = rows.size();
  if (count > kMost) return false;
  const auto fits = [](uint32_t first, uint32_t number, size_t most) { return uint64_t{first} + number <= most; };
  for (const kw_link_row& row : rows) {
    if (!fits(row.from_first, row.from_count, given.ends.size()) ||
        !fits(row.to_first, row.to_count, given.ends.size()) ||
        !fits(row.samples_first, row.samples_count, given.samples.size())) {
      return false;
    }
  }
  const auto is_long = [](const kw_link_end_row& end) { return end.prefix_length > 128; };
  if (std::any_of(given.ends.begin(), given.ends.end(), is_long)) return false;
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
      for (Draws* draws : {&link.loss, &link.duplicate, &link.reorder, &link.corrupt, &link.jitter}) {
        kw_random_seed(&draws->random, seed++);
        draws->last = kw_random_next(&draws->random);
        kw_random_seed(&draws->random, seed - 1);
      }
    }
    // What waits was met by a link in another place.
    link.waiting = link.waiting_bytes = 0;
    link.row = rows[i];
    link.cells = cells + i * KW_LINK_CELL_CELLS;
  }
  links_ = std::move(links);
  ends_ = std::move(given.ends);
  samples_ = std::move(given.samples);
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
    if (link.loss.happens(link.bad ? row.recovery : row.loss)) link.bad = !link.bad;
    lost = link.loss.happens(link.bad ? row.bad_loss : row.good_loss);
  } else {
    lost = link.loss.happens(row.loss, row.loss_correlation);
  }
  if (lost) return add(link.cells + KW_LINK_CELL_LOST, 1), KW_REASON_LINK_LOST;
  const bool waits = row.delay_ns != 0 || row.jitter_ns != 0 || row.rate != 0;
  const bool full = link.waiting >= row.limit || (row.limit_bytes != 0 && link.waiting_bytes + bytes > row.limit_bytes);
  if (waits && full) return add(link.cells + KW_LINK_CELL_OVERFLOWED, 1), KW_REASON_LINK_QUEUE_FULL;
  return 0;
}

/// By how many times its jitter a way is longer. With a correlation each number has something of the one before.
double Links::vary(Link& link) const {
  const kw_link_row& row = link.row;
  if (row.flags & KW_LINK_FLAG_NORMAL) {
    const double rho = row.jitter_correlation / kDraws;
    link.swing = rho * link.swing + std::sqrt(1 - rho * rho) * normal(link.jitter.random);
    return link.swing;
  }
  const uint32_t draw = link.jitter.next(row.jitter_correlation);
  if (row.samples_count != 0) {
    const uint64_t place = uint64_t{draw} * row.samples_count >> 32;
    return samples_[row.samples_first + place] / kSampleScale;
  }
  return row.flags & KW_LINK_FLAG_PARETO ? pareto(draw) : draw / (kDraws / 2) - 1.0;
}

/// As tc-netem(8): time on the wire after what is before it, then the way, unless it overtakes.
void Links::delay(Link& link, uint32_t bytes, uint64_t now, Fate& fate) {
  const kw_link_row& row = link.row;
  uint64_t due = std::max(fate.due, now);
  if (row.rate != 0) {
    due = std::max(due, link.busy_until) + static_cast<uint64_t>(bytes) * 8 * kSecond / row.rate;
    link.busy_until = due;
  }
  if (row.delay_ns != 0 && link.reorder.happens(row.reorder, row.reorder_correlation)) {
    add(link.cells + KW_LINK_CELL_REORDERED, 1);
  } else if (row.delay_ns != 0 || row.jitter_ns != 0) {
    double way = static_cast<double>(row.delay_ns);
    if (row.jitter_ns != 0) way += vary(link) * static_cast<double>(row.jitter_ns);
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
    if (link.duplicate.happens(link.row.duplicate, link.row.duplicate_correlation)) {
      add(link.cells + KW_LINK_CELL_DUPLICATED, 1);
      fate.twice = true;
    }
    if (link.corrupt.happens(link.row.corrupt, link.row.corrupt_correlation)) {
      add(link.cells + KW_LINK_CELL_CORRUPTED, 1);
      const uint32_t first = (kEthernetBytes + 40) * 8;
      const uint32_t bits = bytes * 8;
      if (bits > first) fate.flipped = first + kw_random_next(&link.corrupt.random) % (bits - first);
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
