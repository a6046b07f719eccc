#pragma once

/// Entries as they wait for the writer, and as their checksums are taken: one after the other.
///
/// Data path   journal -> [packing] -> store
/// Threads     pure functions
/// Ownership   an unpacked entry's texts lie in what was packed
/// Cost        a copy of the texts

#include <string>
#include <string_view>

#include "aisle/base/hash.h"
#include "aisle/journal/journal.h"

namespace aisle::journal {

/// Adds the entry to `out`, with its length, as it waits and as its checksum is taken.
void pack(const Entry& entry, Deed deed, std::string& out);
/// Takes the first entry off `packed`.
Entry unpack(std::string_view& packed, Deed& deed);

/// Of packed entries, as the tables have it.
[[nodiscard]] inline std::int64_t checksum_of(std::string_view packed) noexcept {
  return static_cast<std::int64_t>(checksum(packed.data(), packed.size()));
}

}  // namespace aisle::journal
