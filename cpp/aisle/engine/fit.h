#pragma once

/// Learns everything that is counted, from a log: what fills a bundle.
///
/// Data path   events -> [fit] -> bundle
/// Threads     one call is one job; it may use two threads for the vectors
/// Ownership   borrows the columns for the call
/// Cost        about a second for a million events

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "aisle/base/event.h"
#include "aisle/catalog/bundle.h"
#include "aisle/retrieve/co_visitation.h"

namespace aisle::engine {

/// A log in columns, any order of rows.
struct FitColumns {
  std::span<const std::uint32_t> session;  ///< 0 to session_count - 1.
  std::span<const ItemId> item;            ///< kNoItem rows are left out.
  std::span<const Timestamp> time;
  std::span<const EventType> type;
  std::span<const std::uint32_t> session_rank;  ///< One for each session.
  std::size_t item_count = 0;
  std::span<const std::uint32_t> session_visitor{};  ///< One for each session, for k-anonymity.
};

struct FitOptions {
  std::size_t max_postings = 1000;        ///< Newest sessions kept for each item.
  retrieve::CoVisitationOptions pairs{};  ///< Its k_anonymity is also that of sessions.
  Timestamp trending_half_life = 0;       ///< 0: the time that the newest 2,000 sessions took.
  std::size_t vector_dim = 64;            ///< Of the SVD of the pairs; 0: no vectors.
  std::span<const float> vectors;         ///< The shop's own, item_count rows; empty: the SVD.
  std::size_t own_vector_dim = 0;

  void validate() const;
};

/// Called between steps with the step's name and the share done; returns false to stop.
using Progress = std::function<bool(std::string_view step, double share)>;

/// Adds the arrays that Model opens to `bundle`; not the catalogue's.
/// @throws ConfigError for options and columns that do not fit; Error when progress said stop.
void fit(const FitColumns& columns, const FitOptions& options, catalog::BundleBuilder& bundle,
         const Progress& progress);

}  // namespace aisle::engine
