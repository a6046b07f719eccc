#pragma once

/// Who is who: which user a device belongs to, and since when.
///
/// Data path   identify -> [identities] -> ask: whose events a request is answered from
/// Threads     every method from any thread; one lock, shared by those who read
/// Ownership   owns the ids; nothing of a session: events stay with the device that told them, so a
///             link can be taken back and the order in which links and events come does not matter
/// Cost        is_empty() one load; of(…) two look-ups and a copy of the person's ids

#include <atomic>
#include <limits>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "aisle/base/hash.h"
#include "aisle/base/ids.h"

namespace aisle::person {

inline constexpr Timestamp kBeginning = std::numeric_limits<Timestamp>::min();
inline constexpr Timestamp kEnd = std::numeric_limits<Timestamp>::max();

/// From `since` on the device is in the hands of `user`; empty: of nobody who is known.
struct Link {
  Timestamp since = 0;
  std::string user;
};

/// Events of `visitor` with from <= time < until are the person's.
struct Part {
  std::string visitor;
  Timestamp from = kBeginning;
  Timestamp until = kEnd;
};

class Identities {
 public:
  /// The first link of a device takes what it did before along: whoever logs in was there already.
  /// At the same time the later call holds.
  /// @throws ConfigError when the user is a device of somebody, or the device a user: persons don't
  /// chain.
  void link(std::string_view device, std::string_view user, Timestamp since);
  /// Takes all links of the device to the user back; returns how many there were.
  std::size_t unlink(std::string_view device, std::string_view user);
  /// Takes out every link from or to that id; returns where the id's own stretches began.
  std::vector<Timestamp> forget(std::string_view id);

  /// Fills the parts of the person who uses `visitor` at `now`, the asked one first. Strings keep
  /// their capacity from call to call.
  void of(std::string_view visitor, Timestamp now, std::vector<Part>& parts) const;
  /// A device's time falls into stretches: every link but the first begins one, and it stays when the
  /// link goes. Whatever is counted by stretches is divided among those who had the device.
  /// Where the stretch that holds `time` begins.
  [[nodiscard]] Timestamp stretch_at(std::string_view device, Timestamp time) const;
  /// of(), part by part as the stretches that begin in it, in the order of ids and time: `from` is
  /// where the stretch begins, `until` where the part ends.
  void stretches(std::string_view visitor, Timestamp now, std::vector<Part>& parts) const;

  /// Devices that were ever linked to the user, in the order of their ids.
  [[nodiscard]] std::vector<std::string> devices(std::string_view user) const;
  /// Links of a device, oldest first.
  [[nodiscard]] std::vector<Link> links(std::string_view device) const;
  [[nodiscard]] bool is_empty() const noexcept {
    return devices_count_.load(std::memory_order_relaxed) == 0;
  }
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  template <class Value>
  using Map = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;
  void find_parts(std::string_view visitor, Timestamp now, std::vector<Part>& parts) const;
  void cut(std::string_view device, Timestamp at);
  void count_devices() noexcept;
  void add_spans(std::string_view device, std::string_view user, std::vector<Part>& parts,
                 std::size_t& count) const;
  void drop_device_of(std::string_view user, std::string_view device);

  mutable std::shared_mutex mutex_;
  Map<std::vector<Link>> links_;              // by device, ordered by `since`
  Map<std::vector<std::string>> devices_of_;  // by user, ordered by id
  Map<std::vector<Timestamp>> cuts_;          // by device: where stretches begin, in order
  std::atomic<std::size_t> devices_count_{0};
};

}  // namespace aisle::person
