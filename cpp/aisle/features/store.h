#pragma once

/// Counts what happens to items, to values of columns and to visitors, and reads features off it.
///
/// Data path   observe -> [store] -> features, profile
/// Threads     every method may run beside every other; a reader holds the lock of one row at a time,
///             so a matrix read beside a writer may know an event in one column and not yet in another
/// Ownership   owns all counts; keyed by hashes of ids, so a model that numbers its items otherwise
///             may go on with it
/// Cost        observe() half a microsecond or so; read() some ten nanoseconds a cell, and no memory
///             once its workspace is warm

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "aisle/catalog/catalog.h"
#include "aisle/features/visitor_table.h"

namespace aisle::features {

/// An item that no catalogue has: nothing was ever counted of it. kNoItem is no item at all, whose
/// features are NaN.
inline constexpr ItemId kStranger{0xfffffffeU};

/// NaN for an item without a price.
[[nodiscard]] double log_price(const catalog::Catalog& catalog, ItemId item) noexcept;

/// The first stretch of a visitor's time, for most the only one. It has the visitor's own key.
inline constexpr Timestamp kFirstStretch = std::numeric_limits<Timestamp>::min();

/// One event on its way in.
struct Arrived {
  std::uint64_t visitor = 0;  ///< A well mixed hash of the id.
  Event event;
  std::uint32_t session_key = 0;  ///< 0: sessions are cut at pauses.
  std::uint32_t ticket = 0;       ///< What ticket() said before the event went anywhere.
  /// Where the stretch of the visitor's time begins that the event is of.
  Timestamp stretch = kFirstStretch;
  Key item_key = 0;  ///< item_key() of its item; 0: to be made.
};

/// Whose counts an event goes into.
enum class Into : std::uint8_t { all, visitors, items };

struct Asked {
  std::uint64_t visitor = 0;
  std::span<const ItemId> items;  ///< Empty: one row without an item.
  Timestamp now = 0;
  std::span<const Key> keys{};  ///< item_key() of each, where the caller has the ids; or empty.
  /// What is counted of a person on all devices; empty: of the visitor alone.
  std::span<const Stretch> stretches{};
  /// Instead of a visitor: items that somebody new has viewed just now, oldest first.
  std::optional<std::span<const ItemId>> session{};
  std::span<const Key> session_keys{};  ///< item_key() of each.
};

/// Scratch memory of a reader: one for each thread.
struct ReadWorkspace {
  VisitorState visitor;
  VisitorState stretch;
  std::vector<Key> values;
  std::vector<Key> keys;
  std::vector<Key> seen;             ///< Values whose features stand in a row already.
  std::vector<std::uint32_t> where;  ///< That row.
};

class FeatureStore {
 public:
  /// @throws ConfigError when the definition does not hold.
  explicit FeatureStore(const Definition& definition);

  [[nodiscard]] std::uint32_t ticket(std::uint64_t visitor) const noexcept {
    return visitors_.ticket(visitor);
  }
  /// Takes an event in; `catalog` has the item's values and price.
  void observe(const Arrived& arrived, const catalog::Catalog& catalog, Into into = Into::all);

  /// For batches: called far, middle and near before observe() of that visitor and item.
  void prefetch(std::uint64_t visitor, Key item, Ahead ahead) const noexcept {
    visitors_.prefetch(visitor, ahead);
    if (ahead == Ahead::far) items_.prefetch_slot(item);
    if (ahead == Ahead::middle) items_.prefetch_row(item);
  }

  /// Writes one row of names() for each item, from what was observed so far. What is later than
  /// `now` counts as of `now`.
  void read(const Asked& asked, const catalog::Catalog& catalog, ReadWorkspace& work,
            std::span<float> out) const;

  /// Erases one stretch of the visitor's time.
  bool forget(std::uint64_t visitor, Timestamp stretch = kFirstStretch) {
    return visitors_.forget(visitor, row_key(visitor, stretch));
  }
  std::size_t expire(Timestamp now) { return visitors_.expire(now); }
  /// What is known of a person at `now`; false when nothing is.
  bool person(std::span<const Stretch> stretches, Timestamp now, VisitorState& out) const {
    VisitorState one;
    return visitors_.copy(stretches, now, one, out);
  }

  /// Counter by counter the greater, of items and values: for a store that counted the same events.
  void take_greater(const FeatureStore& other);

  /// The row of an item, or of a column's value: for bundles.
  [[nodiscard]] RowTable& items() noexcept { return items_; }
  [[nodiscard]] const RowTable& items() const noexcept { return items_; }
  [[nodiscard]] RowTable& values(std::size_t column) noexcept { return *values_[column]; }
  [[nodiscard]] const RowTable& values(std::size_t column) const noexcept {
    return *values_[column];
  }
  [[nodiscard]] static Key item_key(std::string_view id) noexcept;
  [[nodiscard]] static Key value_key(std::string_view value) noexcept;
  /// The row of a stretch of the visitor's time.
  [[nodiscard]] static Key row_key(std::uint64_t visitor, Timestamp stretch) noexcept;

  [[nodiscard]] const Plan& plan() const noexcept { return plan_; }
  [[nodiscard]] std::size_t width() const noexcept { return plan_.readings.size(); }
  [[nodiscard]] std::size_t visitor_count() const { return visitors_.size(); }
  [[nodiscard]] std::size_t memory_bytes() const;
  /// The time of the newest event that its bundle counted; the smallest of all times: of none.
  [[nodiscard]] Timestamp counted_until() const noexcept { return counted_until_; }
  void set_counted_until(Timestamp time) noexcept { counted_until_ = time; }

 private:
  [[nodiscard]] Counted described(const Event& event, Key item, const catalog::Catalog& catalog,
                                  std::vector<Key>& values) const;
  void know_visitor(const Asked& asked, const catalog::Catalog& catalog, ReadWorkspace& work) const;
  void count_item(const Event& event, Key item, std::span<const Key> values);
  void read_visitor(const Asked& asked, const VisitorState& state, std::span<float> row) const;
  void fetch(const Asked& asked, const catalog::Catalog& catalog, std::size_t begin,
             std::size_t end, std::vector<Key>& keys) const;
  void read_item(ItemId item, Key key, const catalog::Catalog& catalog, Timestamp now,
                 const VisitorState& state, std::span<float> row) const;
  void read_values(const Asked& asked, const catalog::Catalog& catalog, std::size_t column,
                   ReadWorkspace& work, std::span<float> out) const;

  Plan plan_;
  RowTable items_;
  std::vector<std::unique_ptr<RowTable>> values_;  // by column
  VisitorTable visitors_;
  Timestamp counted_until_ = std::numeric_limits<Timestamp>::min();
};

}  // namespace aisle::features
