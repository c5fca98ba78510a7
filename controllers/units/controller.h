// Images and units: containers under systemd. Owned by townd's main; run by one Reconciler.
#pragma once

#include <functional>

#include "controllers/drivers/podman.h"
#include "controllers/drivers/systemd.h"
#include "controllers/units/plan.h"
#include "engine/controller.h"
#include "state/guarded.h"

namespace town::units {

class UnitsController final : public Controller {
 public:
  /// Takes what a command prints that was run for a unit.
  using Say = std::function<void(const std::string& unit, const std::string& line)>;

  UnitsController(Systemd& systemd, Podman& podman, RenderPaths paths, Say say = {})
      : systemd_(systemd), podman_(podman), paths_(std::move(paths)), say_(std::move(say)) {}

  [[nodiscard]] std::string_view name() const override { return "units"; }
  [[nodiscard]] std::span<const Kind> kinds() const override;
  Plan plan(const View& view, const std::stop_token& stop) override;
  void apply(const Change& change, const View& view,
             const std::function<void(const std::string&)>& progress,
             const std::stop_token& stop) override;
  void on_change(std::function<void(const Key* key)> notify) override;

 private:
  /// A unit file's text, and what it says.
  struct ReadFile {
    std::string text;
    std::optional<FileMark> mark;
  };

  Observed observe(const View& view);
  void write(const Change& change, const View& view);
  void run_command(const Change& change, const View& view, const std::stop_token& stop);
  void forget(const std::string& unit, const std::stop_token& stop);

  Systemd& systemd_;
  Podman& podman_;
  RenderPaths paths_;
  Say say_;
  /// By unit. The same text says the same: it is compared each time, but taken apart once. Used by
  /// the loop's thread only.
  std::map<std::string, ReadFile> read_;
  /// Whose unit it is: only an index for signals; what it does not know makes everything due.
  /// Shared with the listener, which a late signal may outlive us to call.
  std::shared_ptr<Guarded<std::map<std::string, Key>>> keys_ =
      std::make_shared<Guarded<std::map<std::string, Key>>>();
};

}  // namespace town::units
