#include "aisle/engine/updates.h"

#include <string>

#include "aisle/base/error.h"

namespace aisle::engine {
namespace {

using catalog::AttributeKind;
using catalog::Catalog;
using catalog::Column;
using catalog::kNullCode;

/// Copies cells between columns of one kind; each code is translated once.
class CellCopier {
 public:
  CellCopier(const Column& from, Column& to) : from_(from), to_(to) {}

  void copy(ItemId there, ItemId here) {
    switch (from_.kind()) {
      case AttributeKind::number:
        return to_.set_number(here, from_.number(there));
      case AttributeKind::flag:
        return to_.set_flag(here, from_.flag(there));
      case AttributeKind::time:
        return to_.set_time(here, from_.time(there));
      case AttributeKind::category:
      case AttributeKind::text:
      case AttributeKind::labels:
        return to_.set_code(here, translated(from_.code(there)));
    }
  }

 private:
  std::uint32_t translated(std::uint32_t code) {
    if (code == kNullCode) return kNullCode;
    if (code >= code_.size()) code_.resize(std::size_t{code} + 1, kNullCode);
    std::uint32_t& own = code_[code];
    if (own == kNullCode) own = from_.has_codes() ? encoded(code) : set_of(code);
    return own;
  }
  std::uint32_t encoded(std::uint32_t code) { return to_.encode(from_.values()->name(code)); }
  std::uint32_t set_of(std::uint32_t code) {
    labels_.clear();
    for (const std::uint32_t label : from_.sets()->labels(code)) labels_.push_back(encoded(label));
    return to_.sets()->insert(labels_);
  }

  const Column& from_;
  Column& to_;
  std::vector<std::uint32_t> code_;  // there -> here
  std::vector<std::uint32_t> labels_;
};

/// Refuses what add_column() would refuse, before anything is written.
void check_columns(const Catalog& told, Catalog& live) {
  std::size_t count = live.column_count();
  for (std::size_t c = 0; c < told.column_count(); ++c) {
    const Column& column = told.column_at(c);
    if (live.find_column(column.name()) != nullptr) {
      live.add_column(column.name(), column.kind());
    } else if (++count > Catalog::kMaxColumns) {
      throw ConfigError("a catalogue has at most " + std::to_string(Catalog::kMaxColumns) +
                        " columns; column \"" + column.name() + "\" would be one more");
    }
  }
}

void remember(std::vector<bool>& written, ItemId item) {
  const std::size_t place = value_of(item);
  if (place >= written.size()) written.resize(place + 1 + written.size() / 8, false);
  written[place] = true;
}

}  // namespace

void Updates::write(const Catalog& told, Catalog& live) {
  check_columns(told, live);
  std::vector<ItemId> here(told.size());
  for (std::uint32_t i = 0; i < here.size(); ++i)
    here[i] = ItemId{live.items()->insert(told.items()->name(i))};
  for (std::size_t c = 0; c < told.column_count(); ++c) {
    const Column& column = told.column_at(c);
    CellCopier cells(column, live.add_column(column.name(), column.kind()));
    std::vector<bool>& written = written_[column.name()];
    for (std::uint32_t i = 0; i < here.size(); ++i) {
      cells.copy(ItemId{i}, here[i]);
      remember(written, here[i]);
    }
  }
}

Updates Updates::carry_over(const Catalog& from, std::span<const ItemId> new_item_of,
                            Catalog& to) const {
  Updates carried;
  for (const auto& [name, cells_written] : written_) {
    const Column& column = from.column(name);
    CellCopier cells(column, to.add_column(name, column.kind()));
    std::vector<bool>& written = carried.written_[name];
    for (std::uint32_t i = 0; i < cells_written.size(); ++i) {
      if (!cells_written[i]) continue;
      cells.copy(ItemId{i}, new_item_of[i]);
      remember(written, new_item_of[i]);
    }
  }
  return carried;
}

}  // namespace aisle::engine
