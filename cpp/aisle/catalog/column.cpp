#include "aisle/catalog/column.h"

#include <algorithm>
#include <array>

namespace aisle::catalog {
namespace {

constexpr std::array<std::string_view, kAttributeKinds> kKindNames{"category", "number", "flag",
                                                                   "text",     "time",   "labels"};

/// At most `most` bytes of UTF-8, no character cut in two.
std::string_view cut(std::string_view text, std::size_t most) noexcept {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0U) == 0x80U) --most;
  return text.substr(0, most);
}

/// A chunk at a time: its cells lie side by side.
template <class Cells, class T, class Stored>
void fill(Cells& cells, std::span<const T> values, Stored stored) {
  for (std::size_t first = 0; first < values.size(); first += Cells::kChunk) {
    auto* const run = &cells.at(first);
    const auto part = values.subspan(first, std::min(Cells::kChunk, values.size() - first));
    for (std::size_t i = 0; i < part.size(); ++i) {
      run[i].store(stored(part[i]), std::memory_order_release);
    }
  }
}

}  // namespace

std::string_view name_of(AttributeKind kind) noexcept {
  return kKindNames[static_cast<std::size_t>(kind)];
}

std::optional<AttributeKind> kind_of(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(kKindNames, name);
  if (found == kKindNames.end()) return std::nullopt;
  return static_cast<AttributeKind>(found - kKindNames.begin());
}

std::string described(AttributeKind kind) {
  if (kind == AttributeKind::labels) return "a set of labels";
  return "a " + std::string(name_of(kind));
}

Column::Column(std::string name, AttributeKind kind, std::shared_ptr<Dictionary> values,
               std::shared_ptr<LabelSets> sets)
    : name_(std::move(name)), kind_(kind) {
  const bool is_labels = kind == AttributeKind::labels;
  if (is_labels || kind == AttributeKind::category || kind == AttributeKind::text) {
    values_ = values ? std::move(values) : std::make_shared<Dictionary>();
  }
  if (is_labels) sets_ = sets ? std::move(sets) : std::make_shared<LabelSets>();
  if (kind == AttributeKind::number || kind == AttributeKind::time) {
    wide_ = std::make_unique<Wide>();
  } else {
    narrow_ = std::make_unique<Narrow>();
  }
}

std::uint32_t Column::encode(std::string_view value) {
  if (value.empty()) return kNullCode;
  if (kind_ == AttributeKind::text) value = cut(value, Dictionary::kMaxIdBytes);
  return values_->insert(value);
}

template <class T>
void Column::copy_to(std::span<T> cells) const noexcept {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const ItemId item{static_cast<std::uint32_t>(i)};
    if constexpr (std::is_same_v<T, std::uint32_t>) cells[i] = code(item);
    if constexpr (std::is_same_v<T, double>) cells[i] = number(item);
    if constexpr (std::is_same_v<T, std::uint8_t>) cells[i] = flag(item);
    if constexpr (std::is_same_v<T, Timestamp>) cells[i] = time(item);
  }
}

template <class T>
void Column::load(std::span<const T> cells) {
  if constexpr (std::is_same_v<T, std::uint32_t>) {
    fill(*narrow_, cells, [](std::uint32_t code) { return code ^ kNullCode; });
  } else if constexpr (std::is_same_v<T, double>) {
    fill(*wide_, cells, stored_number);
  } else if constexpr (std::is_same_v<T, std::uint8_t>) {
    fill(*narrow_, cells, [](std::uint8_t flag) { return std::uint32_t{flag} ^ kNullFlag; });
  } else {
    fill(*wide_, cells,
         [](Timestamp time) { return std::bit_cast<std::uint64_t>(time) ^ kNullTimeBits; });
  }
}

template void Column::copy_to(std::span<std::uint32_t>) const noexcept;
template void Column::copy_to(std::span<double>) const noexcept;
template void Column::copy_to(std::span<std::uint8_t>) const noexcept;
template void Column::copy_to(std::span<Timestamp>) const noexcept;
template void Column::load(std::span<const std::uint32_t>);
template void Column::load(std::span<const double>);
template void Column::load(std::span<const std::uint8_t>);
template void Column::load(std::span<const Timestamp>);

std::size_t Column::memory_bytes() const noexcept {
  return sizeof(changes_) + (narrow_ ? narrow_->memory_bytes() : wide_->memory_bytes()) +
         (values_ ? values_->memory_bytes() : 0) + (sets_ ? sets_->memory_bytes() : 0);
}

}  // namespace aisle::catalog
