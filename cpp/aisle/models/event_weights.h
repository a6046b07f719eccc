#pragma once

/// How much an event counts: by its type (a cart more than a view) and by how long ago it was.
///
/// Data path   session, past sessions -> [event weights] -> session models
/// Threads     value
/// Ownership   value
/// Cost        a look-up and an exponential an event

#include <array>
#include <span>
#include <vector>

#include "aisle/base/event.h"
#include "aisle/models/session_model.h"
#include "aisle/retrieve/session_index.h"

namespace aisle::models {

struct EventWeights {
  std::array<float, kEventTypes> of_type = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  double step_half_life = 0.0;  ///< Seconds after which a step of a session counts half; 0: off.

  [[nodiscard]] bool has_types() const noexcept;
  /// @throws ConfigError naming the field and the value.
  void validate() const;

  [[nodiscard]] float type(EventType type) const noexcept {
    return of_type[static_cast<std::size_t>(type)];
  }
  /// Of two events of one session, so many seconds apart.
  [[nodiscard]] double apart(double seconds) const noexcept;

  /// Of each event of the session, time told from its newest; empty where all count alike.
  [[nodiscard]] std::span<const double> of_session(const SessionQuery& query,
                                                   std::vector<double>& out) const;
};

/// Of each row of the index: the greatest weight that its item's types have in its session. Empty
/// where all count alike.
[[nodiscard]] std::vector<float> row_weights(const retrieve::SessionIndexData& index,
                                             const EventWeights& weights);

}  // namespace aisle::models
