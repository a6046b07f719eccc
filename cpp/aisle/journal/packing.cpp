#include "aisle/journal/packing.h"

#include <array>
#include <cmath>
#include <cstring>

namespace aisle::journal {
namespace {

struct Header {
  Timestamp time = 0;
  float value = kNoValue;
  std::uint8_t type = 0;
  std::uint8_t deed = 0;
  std::uint16_t unused = 0;
  std::array<std::uint32_t, 4> sizes{};
};
static_assert(sizeof(Header) == 32, "no padding: its bytes are part of a checksum");

}  // namespace

void pack(const Entry& entry, Deed deed, std::string& out) {
  Header header{.time = entry.time,
                .value = std::isnan(entry.value) ? kNoValue : entry.value,
                .type = static_cast<std::uint8_t>(entry.type),
                .deed = static_cast<std::uint8_t>(deed)};
  const std::array<std::string_view, 4> texts = {entry.visitor, entry.item, entry.session,
                                                 entry.event_id};
  for (std::size_t i = 0; i < texts.size(); ++i)
    header.sizes[i] = static_cast<std::uint32_t>(texts[i].size());
  std::array<char, sizeof(Header)> bytes{};
  std::memcpy(bytes.data(), &header, sizeof(Header));
  out.append(bytes.data(), bytes.size());
  for (const std::string_view text : texts) out.append(text);
}

Entry unpack(std::string_view& packed, Deed& deed) {
  Header header;
  std::memcpy(&header, packed.data(), sizeof(Header));
  packed.remove_prefix(sizeof(Header));
  std::array<std::string_view, 4> texts;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    texts[i] = packed.substr(0, header.sizes[i]);
    packed.remove_prefix(header.sizes[i]);
  }
  deed = static_cast<Deed>(header.deed);
  return {.visitor = texts[0],
          .item = texts[1],
          .session = texts[2],
          .event_id = texts[3],
          .time = header.time,
          .value = header.value,
          .type = static_cast<EventType>(header.type)};
}

}  // namespace aisle::journal
