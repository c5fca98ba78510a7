#include "api/home_check.h"

#include <algorithm>
#include <set>

#include "engine/package/nearest.h"

namespace town::api {
namespace {

using Requests = std::vector<Request>;

std::string item(const char* list, std::size_t at) {
  return std::string(list) + "[" + std::to_string(at) + "]";
}

class Checker {
 public:
  Checker(const Home& home, const HomePlan& plan, const HomeBox& box, Diagnostics& faults)
      : home_(home), plan_(plan), box_(box), faults_(faults) {}

  /// What the preview of the whole does not look at.
  void beside_the_preview() {
    repositories();
    unknown_packages();
    quotas();
  }

  /// The whole was refused: which parts are at fault?
  void part_by_part() {
    for (const auto& [key, value] : home_.settings) {
      try_alone({SetSetting{key, value}}, "settings", key);
    }
    for (std::size_t at = 0; at < home_.volumes.size(); ++at) {
      try_alone(volume_requests(home_.volumes[at], box_.graph), item("volumes", at), "name");
    }
    for (std::size_t at = 0; at < home_.packages.size(); ++at) package(at);
    together();
  }

 private:
  struct Candidate {
    std::string field;
    Requests requests;
  };

  void add(const std::string& path, const Diagnostics& faults) {
    for (const auto& fault : faults) {
      faults_.push_back({fault.field.empty() ? path : path + "." + fault.field, fault.message, 0});
    }
  }

  /// Faults of the input are a part's own. A conflict with the box as it is may be one that another
  /// part of the document ends.
  void try_alone(const Requests& requests, const std::string& path, const std::string& name) {
    if (requests.empty()) return;
    const auto field = path + "." + name;
    try {
      box_.preview(requests);
    } catch (const InvalidInput& error) {
      const bool setting = path == "settings";
      for (const auto& fault : error.faults()) {
        const auto inner = setting || fault.field.empty() ? field : path + "." + fault.field;
        faults_.push_back({inner, fault.message, 0});
      }
      return;
    } catch (const Error& error) {
      if (error.code() != Code::conflict) {
        faults_.push_back({field, error.what(), 0});
        return;
      }
    }
    candidates_.push_back({field, requests});
  }

  void package(std::size_t at) {
    const auto& wanted = home_.packages[at];
    const bool judged =
        std::find(plan_.unknown.begin(), plan_.unknown.end(), at) != plan_.unknown.end();
    if (!wanted.readable || judged) return;
    try_alone(package_requests(wanted, box_.graph, box_.catalog), item("packages", at), "name");
  }

  [[nodiscard]] bool goes_with(const Requests& sound, const Requests& more,
                               std::string& why) const {
    auto all = sound;
    all.insert(all.end(), more.begin(), more.end());
    try {
      box_.preview(all);
      return true;
    } catch (const Error& error) {
      why = error.what();
      return false;
    }
  }

  /// Parts that are sound by themselves may want the same thing. One that another part makes room
  /// for goes in the second round.
  void together() {
    Requests sound;
    auto waiting = std::move(candidates_);
    for (int round = 0; round < 2; ++round) {
      std::vector<Candidate> refused;
      for (auto& candidate : waiting) {
        std::string why;
        if (goes_with(sound, candidate.requests, why)) {
          std::move(candidate.requests.begin(), candidate.requests.end(),
                    std::back_inserter(sound));
          continue;
        }
        if (round > 0) faults_.push_back({candidate.field, why, 0});
        refused.push_back(std::move(candidate));
      }
      waiting = std::move(refused);
    }
  }

  void repositories() {
    const auto asked = [](const std::vector<AddRepository>& list, const std::string& name) {
      return std::any_of(list.begin(), list.end(),
                         [&](const AddRepository& one) { return one.name == name; });
    };
    for (std::size_t at = 0; at < home_.repositories.size(); ++at) {
      const auto& wanted = home_.repositories[at];
      const AddRepository request{wanted.name, wanted.url, wanted.username, wanted.password};
      const bool changed = asked(plan_.changed, wanted.name);
      if (!wanted.readable || (!changed && !asked(plan_.added, wanted.name))) continue;
      try {
        box_.preview(changed ? change_requests(request, box_.graph) : Requests{request});
      } catch (const InvalidInput& error) {
        add(item("repositories", at), error.faults());
      } catch (const Error& error) {
        faults_.push_back({item("repositories", at) + ".name", error.what(), 0});
      }
    }
  }

  /// The field that must change for somebody to offer it.
  void unknown_packages() {
    if (!plan_.added.empty() || !plan_.changed.empty()) return;
    for (const auto at : plan_.unknown) {
      const auto& wanted = home_.packages[at];
      const bool no_repository = !wanted.repo.empty() && !box_.catalog.repository(wanted.repo);
      const bool other_version = box_.catalog.find(wanted.repo, wanted.name, "") != nullptr;
      const auto* field = no_repository ? ".repo" : (other_version ? ".version" : ".name");
      faults_.push_back({item("packages", at) + field,
                         box_.catalog.why_not(wanted.repo, wanted.name, wanted.version), 0});
    }
  }

  /// Quotas are set when the packages are there: too late to find that a name is wrong.
  void quotas() {
    for (std::size_t at = 0; at < home_.packages.size(); ++at) {
      const auto& wanted = home_.packages[at];
      const auto offer = box_.catalog.find(wanted.repo, wanted.name, wanted.version);
      if (wanted.quotas.empty() || !offer || !offer->faults.empty()) continue;
      std::vector<std::string_view> known;
      for (const auto& [name, volume] : offer->definition.volumes) known.push_back(name);
      for (const auto& [name, bytes] : wanted.quotas) {
        if (offer->definition.volumes.contains(name)) continue;
        const auto near = package::nearest(name, known);
        faults_.push_back({item("packages", at) + ".quotas." + name,
                           wanted.name + " has no volume of this name" +
                               (near.empty() ? "" : "; did you mean " + std::string(near) + "?"),
                           0});
      }
    }
  }

  const Home& home_;
  const HomePlan& plan_;
  const HomeBox& box_;
  Diagnostics& faults_;
  std::vector<Candidate> candidates_;
};

}  // namespace

Preview check_home(const Home& home, const HomePlan& plan, const HomeBox& box, Diagnostics faults) {
  Checker checker(home, plan, box, faults);
  checker.beside_the_preview();
  Preview preview;
  try {
    preview = box.preview(plan.requests);
  } catch (const Error&) {
    checker.part_by_part();
    if (faults.empty()) throw;  // nothing of the document's: the box itself has a trouble
  }
  if (!faults.empty()) throw InvalidInput("InvalidHome", std::move(faults));
  return preview;
}

}  // namespace town::api
