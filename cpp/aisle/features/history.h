#pragma once

/// A log played back in order of time: the features of chosen moments, as they were known then.
///
/// Data path   log -> [history] -> training table, bundle
/// Threads     one call works alone on its store
/// Ownership   borrows columns for the call
/// Cost        an observe() for each event, a read() for each row

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "aisle/features/store.h"

namespace aisle::features {

/// A log in columns; items are numbers of the catalogue.
struct LogColumns {
  std::span<const std::uint32_t> visitor;
  std::span<const ItemId> item;  ///< kNoItem: the event counts nowhere.
  std::span<const Timestamp> time;
  std::span<const std::uint8_t> type;
  std::span<const std::uint32_t> session;   ///< Empty: sessions are cut at pauses.
  std::span<const std::uint32_t> event_id;  ///< Empty: none; kNoId: that event has none.
  std::span<const std::uint8_t> consent;    ///< 0: none was given. Empty: all gave it.

  static constexpr std::uint32_t kNoId = 0xffffffffU;
  /// @throws ConfigError when columns differ in length or a type is none, DataError for a time
  /// beyond the year 3111.
  void validate() const;
};

/// What is asked: the visitor's features for that item just before that time.
struct Moments {
  std::span<const std::uint32_t> visitor;  ///< Numbers as in the log; others are of strangers.
  std::span<const ItemId> item;
  std::span<const Timestamp> time;
};

/// Who has which device, told in the order of time while a log is played.
class Hands {
 public:
  Hands() = default;
  Hands(const Hands&) = delete;
  Hands& operator=(const Hands&) = delete;
  virtual ~Hands() = default;
  /// From now on all is known that was told up to that time, and at it.
  virtual void tell(Timestamp until) = 0;
  /// Where the stretch of the visitor's time begins that holds `time`.
  [[nodiscard]] virtual Timestamp stretch_at(std::uint32_t visitor, Timestamp time) const = 0;
  /// What is counted of the person who uses the visitor's device at `now`; empty: of it alone.
  virtual void stretches(std::uint32_t visitor, Timestamp now, std::vector<Stretch>& out) const = 0;
};

/// The store's row of a stretch of the time of a visitor, who is a number of the log.
[[nodiscard]] Key played_row(std::uint32_t visitor, Timestamp stretch) noexcept;

/// Called now and then with how many events are done; false stops the work.
using KeepGoing = std::function<bool(std::size_t)>;

/// Plays the log in order of time, rows of one time in their order, and writes a row of
/// store.names() for each moment, from the events before it: those of the same instant are not
/// among them, nor is what `hands` tells at that instant: they may be null, and then every visitor
/// is a person. The same event again (visitor, item, type and time, or event id) counts once.
/// @throws Error when it was stopped.
void play(FeatureStore& store, const catalog::Catalog& catalog, const LogColumns& log,
          const Moments& moments, Into into, std::span<float> out, const KeepGoing& keep_going,
          Hands* hands = nullptr);

}  // namespace aisle::features
