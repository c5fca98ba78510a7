#include "controllers/drivers/memory_state.h"
#include "controllers/drivers/seeds.h"
#include "state/error.h"

namespace town {
namespace {

constexpr std::string_view kStaging = "town/staging/";

class MemorySeeds final : public Seeds {
 public:
  explicit MemorySeeds(std::shared_ptr<MemoryMachine::State> state) : state_(std::move(state)) {}

  void prepare() override { state_->call("seeds.prepare"); }

  bool fill(const std::string& id, const std::string& staged, const SeedSpec& seed,
            const FileOwner& /*owner*/, const std::function<void(const std::string&)>& progress,
            const std::stop_token& stop) override {
    const auto name = seed_name(seed);
    state_->call("seeds.fill " + name);
    if (progress) progress("filling from " + name);
    if (stop.stop_requested()) throw Error(Code::unavailable, "Stopped", "It was interrupted.");
    const std::lock_guard lock(state_->mutex);
    const auto volume = state_->staged.find(id);
    if (volume == state_->staged.end() || staged != std::string(kStaging) + id) {
      throw Error(Code::internal, "FileSystem", "'" + staged + "' could not be opened.");
    }
    if (state_->sources.empty()) {
      volume->second.files.emplace("from", name);
      return true;
    }
    const auto source = state_->sources.find(name);
    if (source == state_->sources.end()) throw missing(seed);
    volume->second.files.insert(source->second.begin(), source->second.end());
    return !volume->second.files.empty();
  }

 private:
  static Error missing(const SeedSpec& seed) {
    if (seed.from == "archive") {
      return {Code::not_found, "ArchiveMissing", "There is no archive " + seed.source + "."};
    }
    if (seed.from == "image") {
      return {Code::remote, "ImageNotFound", "The registry has no image " + seed.source + "."};
    }
    return {Code::remote, "RepositoryNotFound", seed.source + " is not there."};
  }

  std::shared_ptr<MemoryMachine::State> state_;
};

}  // namespace

std::string seed_name(const SeedSpec& seed) {
  std::string name = seed.from + " " + seed.source;
  if (!seed.directory.empty()) name += " " + seed.directory;
  if (!seed.branch.empty()) name += " " + seed.branch;
  return name;
}

std::unique_ptr<Seeds> make_memory_seeds(std::shared_ptr<MemoryMachine::State> state) {
  return std::make_unique<MemorySeeds>(std::move(state));
}

}  // namespace town
