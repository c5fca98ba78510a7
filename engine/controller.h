// The knowledge of one domain: what a loop runs. A controller looks at the machine each time and
// keeps no memory of what it did. plan() is called from the loop's thread, apply() from its
// workers.
#pragma once

#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "engine/plan.h"

namespace town {

class Controller {
 public:
  virtual ~Controller() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Owned by it alone: nobody else writes their status or takes off its finalizer.
  [[nodiscard]] virtual std::span<const Kind> kinds() const = 0;

  /// Observe, then diff. Throws Error where the machine cannot be looked at.
  virtual Plan plan(const View& view, const std::stop_token& stop) = 0;

  /// Makes one change; idempotent. `progress` takes a sentence that becomes the Progressing
  /// condition.
  virtual void apply(const Change& change, const View& view,
                     const std::function<void(const std::string&)>& progress,
                     const std::stop_token& stop) = 0;

  /// Registers what makes keys due besides the store; an empty key means "look at everything".
  virtual void on_change(std::function<void(const Key* key)> notify) = 0;
};

}  // namespace town
