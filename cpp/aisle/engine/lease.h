#pragma once

/// A workspace for the length of one request.
///
/// Data path   engine, inside recommend()
/// Threads     the list of free workspaces has a lock, held for a push or a pop
/// Ownership   the engine owns the workspaces; a Lease gives its one back
/// Cost        one lock

#include <memory>
#include <utility>

#include "aisle/engine/engine.h"
#include "aisle/slate/workspace.h"

namespace aisle::engine {

class Engine::Lease {
 public:
  explicit Lease(const Engine& engine) : engine_(engine) {
    {
      const std::scoped_lock lock(engine_.workspaces_mutex_);
      if (!engine_.workspaces_.empty()) {
        work_ = std::move(engine_.workspaces_.back());
        engine_.workspaces_.pop_back();
      }
    }
    if (!work_) work_ = std::make_unique<slate::RequestWorkspace>();
  }
  ~Lease() {
    const std::scoped_lock lock(engine_.workspaces_mutex_);
    engine_.workspaces_.push_back(std::move(work_));
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  slate::RequestWorkspace& operator*() const noexcept { return *work_; }

 private:
  const Engine& engine_;
  std::unique_ptr<slate::RequestWorkspace> work_;
};

}  // namespace aisle::engine
