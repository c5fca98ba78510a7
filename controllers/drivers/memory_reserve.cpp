#include "controllers/drivers/memory_state.h"
#include "state/error.h"

namespace town {
namespace {

class MemoryReserve final : public Reserve {
 public:
  explicit MemoryReserve(std::shared_ptr<MemoryMachine::State> state) : state_(std::move(state)) {}

  int held() override {
    return state_->with_lock([&] { return static_cast<int>(state_->reserve.size()); });
  }

  void hold(std::uint64_t bytes) override {
    state_->call("reserve.hold");
    const std::lock_guard lock(state_->mutex);
    if (state_->disk_usage().available < bytes) {
      throw Error(Code::unavailable, "DiskFull", "there is no room for a reserve");
    }
    state_->reserve.push_back(bytes);
  }

  void release() override {
    state_->call("reserve.release");
    const std::lock_guard lock(state_->mutex);
    if (!state_->reserve.empty()) state_->reserve.pop_back();
  }

 private:
  std::shared_ptr<MemoryMachine::State> state_;
};

}  // namespace

std::unique_ptr<Reserve> make_memory_reserve(std::shared_ptr<MemoryMachine::State> state) {
  return std::make_unique<MemoryReserve>(std::move(state));
}

}  // namespace town
