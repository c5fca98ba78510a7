// From the state of the loops to the named steps that a progress stream tells. Belongs to one
// stream.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "state/store.h"

namespace town::api {

class StepTeller {
 public:
  explicit StepTeller(std::vector<Key> declared) : declared_(std::move(declared)) {}

  /// What is new since the last look: a step key ("provisioning_volumes", "downloading_image", …)
  /// when its kind of work is first seen to be under way, then the sentences of those at work.
  std::vector<std::string> news(const Snapshot& snapshot);

 private:
  void look_at(const Snapshot& snapshot, const Resource& resource, std::vector<std::string>& told);

  std::vector<Key> declared_;
  std::set<std::string> steps_;
  std::map<Key, std::string> sentences_;
};

}  // namespace town::api
