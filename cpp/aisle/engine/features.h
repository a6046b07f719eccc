#pragma once

/// An engine's features of a request: the columns that its bundle's definition names.
///
/// Data path   bundle, observe -> [features] -> a model of the caller's own
/// Threads     may run on any number of threads, beside everything
/// Ownership   fills the caller's rows
/// Cost        tens of microseconds for 200 items, no memory once a thread is warm

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aisle/live/model.h"
#include "aisle/person/identities.h"

namespace aisle::engine {

/// The model's features.
/// @throws ConfigError that says what to fit with, where the bundle has none.
[[nodiscard]] const features::FeatureStore& features_of(const live::Model& model);

struct FeatureRequest {
  std::string_view visitor{};
  /// Instead of a visitor: items that somebody new has viewed just now, oldest first.
  std::optional<std::span<const std::string_view>> session{};
  std::span<const std::string_view> items{};  ///< Empty: one row without an item.
  Timestamp now = 0;
};

/// A row for each item: what is known by now, as of `now`, of the person on all their devices. An
/// item that nobody has heard of has no events.
/// @throws ConfigError where the bundle has no features.
void read_features(const live::Model& model, const person::Identities& identities,
                   const FeatureRequest& asked, std::vector<float>& rows);

/// What is counted of the person who uses `visitor` at `now`.
[[nodiscard]] std::vector<features::Stretch> stretches_of(const person::Identities& identities,
                                                          std::string_view visitor, Timestamp now);

}  // namespace aisle::engine
