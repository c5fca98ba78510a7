#include "controllers/drivers/disk_listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "state/error.h"

namespace town {
namespace {

using Json = nlohmann::json;

/// Labels and serials come from whoever wrote the disk, and go to a terminal.
std::string printable(std::string text) {
  for (char& letter : text) {
    if (letter < ' ' || letter > '~') letter = '?';
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::string text_of(const Json& object, const char* field) {
  const auto found = object.find(field);
  return found == object.end() || found->is_null() ? std::string() : found->get<std::string>();
}

/// Runs `read` on the parsed text; whatever is not as expected is one error.
template <typename F>
auto reading(const char* tool, const std::string& text, F&& read) {
  try {
    return read(Json::parse(text));
  } catch (const Json::exception& error) {
    throw Error(Code::internal, "BadListing",
                fmt::format("{} printed what cannot be understood: {}.", tool, error.what()));
  }
}

void collect_mounts(const Json& node, DiskFacts& facts) {
  const auto path = node.at("path").get<std::string>();
  for (const auto& place : node.at("mountpoints")) {
    if (place.is_null()) continue;
    const auto where = printable(place.get<std::string>());
    facts.uses.push_back(where == "[SWAP]" ? fmt::format("{} is swap space", path)
                                           : fmt::format("{} is mounted on {}", path, where));
  }
}

// The depth is that of the kernel's stack of devices, as lsblk printed it.
void collect_children(const Json& node, DiskFacts& facts) {  // NOLINT(misc-no-recursion)
  const auto children = node.find("children");
  if (children == node.end()) return;
  for (const auto& child : *children) {
    const auto path = child.at("path").get<std::string>();
    if (text_of(child, "type") == "part") {
      facts.partitions.push_back(path);
    } else {
      facts.uses.push_back(fmt::format("{} is part of {} ({})", node.at("path").get<std::string>(),
                                       path, text_of(child, "type")));
    }
    collect_mounts(child, facts);
    collect_children(child, facts);
  }
}

}  // namespace

DiskFacts read_lsblk(const std::string& json) {
  return reading("lsblk", json, [](const Json& listing) {
    const auto& device = listing.at("blockdevices").at(0);
    DiskFacts facts;
    facts.path = device.at("path").get<std::string>();
    if (const auto parent = text_of(device, "pkname"); !parent.empty()) {
      facts.parent = parent.starts_with('/') ? parent : "/dev/" + parent;
    }
    facts.kind = text_of(device, "type");
    facts.serial = printable(text_of(device, "serial"));
    facts.size = device.at("size").get<std::uint64_t>();
    facts.read_only = device.at("ro").get<bool>();
    collect_mounts(device, facts);
    collect_children(device, facts);
    return facts;
  });
}

std::vector<Signature> read_wipefs(const std::string& json) {
  if (json.find_first_not_of(" \n") == std::string::npos) return {};
  return reading("wipefs", json, [](const Json& listing) {
    std::vector<Signature> found;
    for (const auto& item : listing.at("signatures")) {
      Signature signature{printable(text_of(item, "type")), printable(text_of(item, "label")),
                          printable(text_of(item, "uuid"))};
      if (std::find(found.begin(), found.end(), signature) == found.end()) {
        found.push_back(std::move(signature));
      }
    }
    return found;
  });
}

std::string in_words(const Signature& signature, const std::string& device) {
  return signature.label.empty()
             ? fmt::format("{} on {}", signature.type, device)
             : fmt::format("{} labelled '{}' on {}", signature.type, signature.label, device);
}

std::string read_findmnt(const std::string& json) {
  return reading("findmnt", json, [](const Json& listing) {
    // In the order of mounting: the last one hides the others.
    return text_of(listing.at("filesystems").back(), "source");
  });
}

}  // namespace town
