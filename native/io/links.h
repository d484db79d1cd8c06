// links.h - Links: frames that get lost, late, twice or damaged on their way, as links were told to misbehave.
//
// A link matches a frame at the first node that sends it on with both its ends: who sent it as it came, who receives it
// as it leaves; an end may also be a Service, as its clients see it. Draws of a link come from its own seed, one
// generator for each effect, and only for frames that it matches: so the same seed does the same to the same frames.
#ifndef KUBEWIRE_IO_LINKS_H
#define KUBEWIRE_IO_LINKS_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/random.h"
#include "ring.h"

namespace kubewire {

/// Addresses and ports of a packet; `family` is false for anything but IP.
struct Ends {
  bool is_ip = false;
  uint8_t source[16], destination[16];
  uint16_t source_port_be = 0, destination_port_be = 0;
  uint8_t protocol = 0;
  /// Bytes of the IP packet; of a GSO frame, of its longest segment.
  uint32_t ip_bytes = 0;
};

Ends ends_of(const Frame& frame);

/// What a link does to a frame.
struct Fate {
  /// Why it is lost; 0 = it is not.
  uint32_t reason = 0;
  /// When it goes on, on the monotonic clock; not after now = at once.
  uint64_t due = 0;
  /// It goes on twice.
  bool twice = false;
  /// Bit of the frame that is flipped; none if 0.
  uint32_t flipped = 0;
  /// The links that decided so, a bit each.
  uint64_t by = 0;
};

class Links {
 public:
  static constexpr uint32_t kMost = 64;

  /// Rows with what they refer to.
  struct Rows {
    std::vector<kw_link_row> links;
    std::vector<kw_link_end_row> ends;
    /// Of distributions, in 8192nds of the jitter.
    std::vector<int16_t> samples;
  };

  /// `cells`: KW_LINK_CELL_CELLS for each link, which outlive this. False if a row is wrong: nothing changes.
  bool load(Rows rows, uint64_t* cells);

  bool empty() const { return links_.empty(); }

  /// Decides about a frame that a node is about to send on: `before` as it came, `after` as it leaves. Links that
  /// `passage` has met already do not match again.
  Fate meet(const Ends& before, const Ends& after, uint32_t bytes, Passage& passage, uint64_t now);

  /// A frame waits for the links `by`.
  void hold(uint64_t by, uint32_t bytes);
  /// It goes on: they have room again.
  void release(uint64_t by, uint32_t bytes);

 private:
  /// Random numbers that may each have something of the one before.
  struct Draws {
    kw_random random;
    uint32_t last;

    uint32_t next(uint32_t correlation);
    bool happens(uint32_t chance, uint32_t correlation = 0);
  };

  struct Link {
    kw_link_row row;
    Draws loss, duplicate, reorder, corrupt, jitter;
    /// The last normal number: those of a correlation follow from it.
    double swing = 0;
    bool bad = false;
    uint64_t busy_until = 0;
    uint32_t waiting = 0, waiting_bytes = 0;
    uint64_t* cells = nullptr;
  };

  bool matches(const Link& link, const Ends& before, const Ends& after) const;
  bool is_end(uint32_t first, uint32_t count, const Ends& before, const Ends& after, bool sends) const;
  uint32_t refuse(Link& link, const Ends& after, uint32_t bytes);
  void delay(Link& link, uint32_t bytes, uint64_t now, Fate& fate);
  double vary(Link& link) const;

  std::vector<Link> links_;
  std::vector<kw_link_end_row> ends_;
  std::vector<int16_t> samples_;
};

}  // namespace kubewire

#endif
