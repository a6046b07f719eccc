#include "aisle/catalog/dictionary.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "aisle/base/error.h"
#include "aisle/base/hash.h"

namespace aisle::catalog {

/// Open addressing with linear probes. A slot holds 32 bits of hash and number + 1 in one atomic
/// word, so a reader sees all of an entry or none of it.
struct Dictionary::Table {
  explicit Table(std::size_t slot_count)
      : mask(slot_count - 1), slots(std::make_unique<std::atomic<std::uint64_t>[]>(slot_count)) {}

  static std::uint64_t pack(std::uint64_t hash, std::uint32_t number) noexcept {
    return (hash & 0xffffffff00000000ULL) | (static_cast<std::uint64_t>(number) + 1);
  }
  void put(std::uint64_t hash, std::uint32_t number) const noexcept {
    std::size_t at = hash & mask;
    while (slots[at].load(std::memory_order_relaxed) != 0) at = (at + 1) & mask;
    slots[at].store(pack(hash, number), std::memory_order_release);
  }

  /// False, and nothing done, if the dictionary has an entry of that name here already.
  [[nodiscard]] bool put_new(std::uint64_t hash, std::uint32_t number,
                             const Dictionary& names) const noexcept {
    std::size_t at = hash & mask;
    for (;; at = (at + 1) & mask) {
      const std::uint64_t slot = slots[at].load(std::memory_order_relaxed);
      if (slot == 0) break;
      if ((slot ^ hash) >> 32U != 0) continue;
      if (names.name(static_cast<std::uint32_t>((slot & 0xffffffffU) - 1)) == names.name(number)) {
        return false;
      }
    }
    slots[at].store(pack(hash, number), std::memory_order_relaxed);
    return true;
  }

  std::size_t mask;
  std::unique_ptr<std::atomic<std::uint64_t>[]> slots;
};

namespace {

constexpr std::size_t kMaxIds = 0xfffffffeU;  // kNoItem and its neighbours stay free

[[noreturn]] void refuse_length(std::string_view id) {
  throw DataError("an id is " + std::to_string(id.size()) + " bytes long (it begins with \"" +
                  printable(id, 24) + "\"); at most " + std::to_string(Dictionary::kMaxIdBytes) +
                  " bytes are allowed");
}

}  // namespace

Dictionary::Dictionary() {
  tables_.push_back(std::make_unique<Table>(256));
  table_.store(tables_.back().get(), std::memory_order_release);
}

Dictionary::~Dictionary() = default;

std::optional<std::uint32_t> Dictionary::find(std::string_view id) const noexcept {
  const Table* const there = table_.load(std::memory_order_acquire);
  if (there == nullptr) return scan(id);
  const Table& table = *there;
  const std::uint64_t hash = hash_bytes(id);
  for (std::size_t at = hash & table.mask;; at = (at + 1) & table.mask) {
    const std::uint64_t slot = table.slots[at].load(std::memory_order_acquire);
    if (slot == 0) return std::nullopt;
    if ((slot ^ hash) >> 32U != 0) continue;
    const auto number = static_cast<std::uint32_t>((slot & 0xffffffffU) - 1);
    if (name(number) == id) return number;
  }
}

std::uint32_t Dictionary::insert(std::string_view id) {
  if (const auto known = find(id)) return *known;
  if (id.empty()) throw DataError("an id is empty; leave such rows out or give them an id");
  if (id.size() > kMaxIdBytes) refuse_length(id);
  if (!is_utf8(id)) throw DataError("an id is not valid UTF-8; decode it before it comes in");

  const std::scoped_lock lock(writer_);
  if (tables_.empty()) index(std::bit_ceil(4 * (size() + 1)));
  if (const auto known = find(id)) return *known;  // another writer was faster
  if (size() >= kMaxIds) throw DataError("there are more ids than a dictionary can number");
  const auto number = static_cast<std::uint32_t>(size());
  make_entry(number) = {keep(id), static_cast<std::uint32_t>(id.size())};
  size_.store(number + 1U, std::memory_order_release);
  if (2 * (number + std::size_t{1}) > tables_.back()->mask) {
    grow();
  } else {
    tables_.back()->put(hash_bytes(id), number);
  }
  return number;
}

std::shared_ptr<Dictionary> Dictionary::from_blob(std::span<const char> text,
                                                  std::span<const std::uint64_t> offsets,
                                                  std::shared_ptr<const void> keep, Lookup lookup) {
  if (offsets.empty() || offsets.front() != 0 || offsets.back() != text.size() ||
      offsets.size() - 1 > kMaxIds) {
    throw DataError("the offsets of ids do not fit their text");
  }
  if (!is_utf8({text.data(), text.size()})) throw DataError("the text of ids is not valid UTF-8");
  auto dictionary = std::make_shared<Dictionary>();
  const auto count = static_cast<std::uint32_t>(offsets.size() - 1);
  for (std::uint32_t number = 0; number < count; ++number) {
    const std::uint64_t begin = offsets[number];
    const std::uint64_t end = offsets[number + 1];
    if (begin >= end || end > text.size() || end - begin > kMaxIdBytes ||
        (static_cast<unsigned char>(text[begin]) & 0xc0U) == 0x80U) {
      throw DataError("id number " + std::to_string(number) + " has no text of its own: bytes " +
                      std::to_string(begin) + " to " + std::to_string(end) + " of " +
                      std::to_string(text.size()));
    }
  }
  dictionary->loaded_ = count;
  dictionary->loaded_text_ = text.data();
  dictionary->loaded_offsets_ = offsets.data();
  dictionary->keep_ = std::move(keep);
  dictionary->size_.store(count, std::memory_order_release);
  dictionary->tables_.clear();
  dictionary->table_.store(nullptr, std::memory_order_release);
  if (lookup == Lookup::now) dictionary->index_new();
  return dictionary;
}

void Dictionary::index_new() {
  auto table = std::make_unique<Table>(std::bit_ceil(std::max<std::size_t>(256, 2 * size() + 2)));
  const auto count = static_cast<std::uint32_t>(size());
  std::array<std::uint64_t, 32> hashes;  // some ahead, so that their slots are on the way
  for (std::uint32_t first = 0; first < count; first += 32) {
    const std::uint32_t end = std::min(first + 32, count);
    for (std::uint32_t number = first; number < end; ++number) {
      hashes[number - first] = hash_bytes(name(number));
      __builtin_prefetch(&table->slots[hashes[number - first] & table->mask], 1);
    }
    for (std::uint32_t number = first; number < end; ++number) {
      if (!table->put_new(hashes[number - first], number, *this)) {
        throw DataError("the id \"" + printable(name(number), 40) + "\" is there twice");
      }
    }
  }
  table_.store(table.get(), std::memory_order_release);
  tables_.push_back(std::move(table));
}

Dictionary::Entry& Dictionary::make_entry(std::uint32_t number) {
  const auto [chunk, index] = place_of(number);
  if (chunks_[chunk].load(std::memory_order_relaxed) == nullptr) {
    entry_blocks_.push_back(std::make_unique_for_overwrite<Entry[]>(kFirst << chunk));
    chunks_[chunk].store(entry_blocks_.back().get(), std::memory_order_release);
  }
  return chunks_[chunk].load(std::memory_order_relaxed)[index];
}

std::string_view Dictionary::name(std::uint32_t number) const noexcept {
  if (number < loaded_) {
    const std::uint64_t begin = loaded_offsets_[number];
    return {loaded_text_ + begin, loaded_offsets_[number + 1] - begin};
  }
  const auto [chunk, index] = place_of(number);
  const Entry& entry = chunks_[chunk].load(std::memory_order_acquire)[index];
  return {entry.data, entry.size};
}

std::size_t Dictionary::memory_bytes() const noexcept {
  return text_bytes_.load(std::memory_order_relaxed) + size() * (sizeof(Entry) + 32);
}

void Dictionary::grow() { index(2 * (tables_.back()->mask + 1)); }

void Dictionary::index(std::size_t slots) {
  auto table = std::make_unique<Table>(slots);
  for (std::uint32_t number = 0; number < size(); ++number) {
    table->put(hash_bytes(name(number)), number);
  }
  table_.store(table.get(), std::memory_order_release);
  tables_.push_back(std::move(table));
}

std::optional<std::uint32_t> Dictionary::scan(std::string_view id) const noexcept {
  const auto count = static_cast<std::uint32_t>(size());
  for (std::uint32_t number = 0; number < count; ++number) {
    if (name(number) == id) return number;
  }
  return std::nullopt;
}

const char* Dictionary::keep(std::string_view id) {
  if (text_left_ < id.size()) {
    text_left_ = std::max<std::size_t>(std::size_t{1} << 16U, id.size());
    text_blocks_.push_back(std::make_unique<char[]>(text_left_));
    text_bytes_.fetch_add(text_left_, std::memory_order_relaxed);
    text_at_ = text_blocks_.back().get();
  }
  char* const at = text_at_;
  std::memcpy(at, id.data(), id.size());
  text_at_ += id.size();
  text_left_ -= id.size();
  return at;
}

}  // namespace aisle::catalog
