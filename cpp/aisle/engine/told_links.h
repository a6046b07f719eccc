#pragma once

/// Links of devices to users in columns, told one by one while a log is played back.
///
/// Data path   table(links=) -> [told links] -> features::play
/// Threads     one log, one thread
/// Ownership   borrows columns and ids for the call
/// Cost        a look-up for each event; for a row one of the person's parts and their ids

#include <cstdint>
#include <span>
#include <vector>

#include "aisle/catalog/dictionary.h"
#include "aisle/features/history.h"
#include "aisle/person/identities.h"

namespace aisle::engine {

/// As identify() was called: visitors and users are numbers of one dictionary.
struct LinkColumns {
  std::span<const std::uint32_t> visitor;
  std::span<const std::uint32_t> user;  ///< kNobody: logged out.
  std::span<const Timestamp> time;

  static constexpr std::uint32_t kNobody = 0xffffffffU;
};

class ToldLinks : public features::Hands {
 public:
  /// @throws ConfigError when columns differ in length or a device is linked to itself.
  ToldLinks(const LinkColumns& links, const catalog::Dictionary& ids);

  /// @throws ConfigError where persons would chain.
  void tell(Timestamp until) override;
  [[nodiscard]] Timestamp stretch_at(std::uint32_t visitor, Timestamp time) const override;
  void stretches(std::uint32_t visitor, Timestamp now,
                 std::vector<features::Stretch>& out) const override;

 private:
  LinkColumns links_;
  const catalog::Dictionary& ids_;
  std::vector<std::uint32_t> order_;  // by time
  std::size_t next_ = 0;
  person::Identities identities_;
  mutable std::vector<person::Part> parts_;
};

}  // namespace aisle::engine
