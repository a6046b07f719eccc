#pragma once

/// Whose events a request is answered from: of all devices of a person, and what they said outright.
///
/// Data path   ask -> [people] -> the events of the request
/// Threads     every method from any thread
/// Ownership   owns links and keepsakes; borrows the sessions
/// Cost        a look-up of the visitor; for a person of n devices n of them, and a sort

#include <cstdint>

#include "aisle/live/model.h"
#include "aisle/person/identities.h"
#include "aisle/person/keepsakes.h"
#include "aisle/session/session_store.h"
#include "aisle/shown/slate_log.h"
#include "aisle/slate/asked.h"

namespace aisle::engine {

class People {
 public:
  explicit People(const session::SessionStore& sessions) : sessions_(sessions) {}

  /// The events of the person who asks, into work.recent. They are a union of what each device
  /// keeps: nothing is mixed, so a link can be taken back. False when the model was swapped out.
  bool find_events(const slate::Request& request, const live::Model& model,
                   slate::RequestWorkspace& work) const;
  /// What any device of the person was shown; find_events() comes first.
  void find_showings(const slate::Asked& asked, const shown::SlateLog& slates) const;

  [[nodiscard]] person::Identities& identities() noexcept { return identities_; }
  [[nodiscard]] const person::Identities& identities() const noexcept { return identities_; }
  [[nodiscard]] person::Keepsakes& keepsakes() noexcept { return keepsakes_; }
  [[nodiscard]] const person::Keepsakes& keepsakes() const noexcept { return keepsakes_; }

 private:
  bool join_parts(const slate::Request& request, std::uint32_t generation,
                  slate::RequestWorkspace& work) const;
  void add_keepsakes(const slate::Request& request, const live::Model& model,
                     slate::RequestWorkspace& work) const;

  const session::SessionStore& sessions_;
  person::Identities identities_;
  person::Keepsakes keepsakes_;
};

}  // namespace aisle::engine
