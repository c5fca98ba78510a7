#include "controllers/disk/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <chrono>

#include "engine/words.h"

namespace town::disk {
namespace {

using namespace std::chrono_literals;

/// A small disk is not for the box alone.
constexpr std::uint64_t kShareOfDisk = 8;

/// The log of the store is begun with 8 MB, and what lay in the old one goes to files.
constexpr std::uint64_t kRoomToOpen = 16U << 20U;

/// A single write of a person needs a few blocks.
constexpr std::uint64_t kLeastForPeople = 256U << 10U;

constexpr auto kLookAgain = 5s;
constexpr auto kLookSoon = 2s;
constexpr std::size_t kLargestNamed = 3;

constexpr const char* kWaysOn =
    "Remove a volume (townctl volume remove), uninstall an app together with its data (townctl "
    "package uninstall --purge), or make the disk larger. Nothing is removed by itself";

std::uint64_t target(const Room& room, std::uint64_t reserve) {
  return slice_size(room.usage, reserve) * kSlices;
}

/// "less than 8 MB": up to the next power of two.
std::string less_than(std::uint64_t bytes) {
  return size_words(std::max<std::uint64_t>(std::bit_ceil(bytes + 1), 1U << 20U));
}

std::string free_words(const Room& room) {
  return fmt::format("less than {} of {} are free", less_than(room.usage.available),
                     size_words(room.usage.total));
}

/// The volumes to look at first, and where else to look.
std::string where_it_went(const Observed& observed) {
  auto volumes = observed.volumes;
  std::uint64_t sum = 0;
  for (const auto& volume : volumes) sum += volume.used;
  std::sort(volumes.begin(), volumes.end(),
            [](const auto& a, const auto& b) { return a.used > b.used; });
  std::vector<std::string> largest;
  for (const auto& volume : volumes) {
    if (largest.size() == kLargestNamed || volume.used < observed.room.usage.total / 100) break;
    largest.push_back(volume.path);
  }
  std::string words;
  if (!largest.empty()) words = fmt::format(". Most is in {}", fmt::join(largest, ", "));
  if (sum < observed.room.usage.used / 2) {
    words += ". More than half of what is used is in no volume: look for other files there";
  }
  return words;
}

class Planner {
 public:
  Planner(const View& view, const Observed& observed) : view_(view), observed_(observed) {}

  Plan make() {
    for (const auto& resource : view_.snapshot.graph->of(Kind::disk)) {
      if (!resource->deleting) look(*resource);
    }
    return std::move(plan_);
  }

 private:
  void look(const Resource& resource) {
    const auto reserve = std::get<DiskSpec>(resource.spec).reserve;
    const auto status = view_.snapshot.status(resource.key);
    const auto* known = status.find(ConditionType::degraded);
    const std::string before = known ? known->reason : "";
    Sighting sighting{.key = resource.key};
    sighting.facts = {{"total_bytes", std::to_string(observed_.room.usage.total)}};
    auto lack = shortage(observed_.room, reserve);
    const bool over = lack.reason.empty();
    if (over && !before.empty() && !well(reserve)) {
      // Once short it has to become clearly better, or it would come and go.
      lack = {"DiskAlmostFull",
              "the disk is almost full: " + free_words(observed_.room) + ". " + kWaysOn};
    }
    sighting.ready = lack.reason.empty();
    sighting.degraded = !sighting.ready;
    sighting.reason = sighting.ready ? "HasRoom" : lack.reason;
    sighting.message =
        sighting.ready ? kept_words(reserve) : lack.message + where_it_went(observed_);
    sighting.again = sighting.ready ? kLookAgain : kLookSoon;
    tell(resource.key, before, sighting);
    if (observed_.room.held < kSlices && can_hold(observed_.room, reserve)) hold(resource.key);
    plan_.sightings.push_back(std::move(sighting));
  }

  [[nodiscard]] bool well(std::uint64_t reserve) const {
    if (observed_.room.held < kSlices) return can_hold(observed_.room, reserve);
    const auto wanted = target(observed_.room, reserve);
    return observed_.room.usage.available >= wanted + wanted / 2;
  }

  [[nodiscard]] std::string kept_words(std::uint64_t reserve) const {
    return fmt::format("there is room; {} are kept back for the box itself",
                       size_words(target(observed_.room, reserve)));
  }

  void tell(const Key& key, const std::string& before, const Sighting& sighting) {
    const std::string now = sighting.degraded ? sighting.reason : "";
    if (now == before) return;
    Event event;
    event.key = key;
    event.warning = sighting.degraded;
    event.reason = sighting.reason;
    event.message = sighting.degraded ? sighting.message : "the disk has room again";
    plan_.events.push_back(std::move(event));
  }

  void hold(const Key& key) {
    Change change{.key = key, .action = "hold", .reason = "ReserveMissing"};
    change.waits = false;
    plan_.changes.push_back(std::move(change));
  }

  const View& view_;
  const Observed& observed_;
  Plan plan_;
};

}  // namespace

std::uint64_t slice_size(const DiskFigures& usage, std::uint64_t reserve) {
  return std::min(reserve, usage.total / kShareOfDisk) / kSlices;
}

Verdict before_write(const Room& room, std::uint64_t reserve, Writer writer) {
  const auto slice = slice_size(room.usage, reserve);
  const bool people = writer == Writer::people;
  if (room.usage.available >= slice / 4) return Verdict::write;
  if (room.held > (people ? 0 : kSlices / 2)) return Verdict::release;
  const bool enough = people && room.usage.available >= kLeastForPeople;
  return enough ? Verdict::write : Verdict::refuse;
}

std::uint64_t room_to_open(const DiskFigures& usage, std::uint64_t reserve) {
  return std::min(kRoomToOpen, slice_size(usage, reserve) * kSlices / 2);
}

bool can_hold(const Room& room, std::uint64_t reserve) {
  const auto slice = slice_size(room.usage, reserve);
  const auto missing = static_cast<std::uint64_t>(kSlices - std::min(room.held, kSlices));
  return !room.usage.metadata_tight && room.usage.available >= (missing + kSlices) * slice;
}

Shortage shortage(const Room& room, std::uint64_t reserve) {
  const bool broken_into = room.held < kSlices && !can_hold(room, reserve);
  const auto wanted = target(room, reserve);
  const bool nothing_left = room.usage.available < wanted / kSlices;
  if (!room.usage.metadata_tight && !broken_into && room.usage.available >= wanted) return {};
  if (!room.usage.metadata_tight && !broken_into && !nothing_left) {
    return {"DiskAlmostFull", "the disk is almost full: " + free_words(room) +
                                  ", so nothing new is installed or made. " + kWaysOn};
  }
  std::string why = free_words(room);
  if (room.usage.metadata_tight) why = "there are too many files on it for more to be written";
  if (room.held < kSlices) why += ", and the box lives on what it had kept back for itself";
  return {"DiskFull", "the disk is full: " + why +
                          ". What is stored stays as it is and what runs goes on, but what an app "
                          "wants to save now fails. " +
                          kWaysOn};
}

Plan plan(const View& view, const Observed& observed) { return Planner(view, observed).make(); }

}  // namespace town::disk
