#include "controllers/drivers/podman_files.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "state/error.h"

namespace town {
namespace {

using nlohmann::json;

constexpr std::size_t kListLimit = 32 << 20;  // images.json holds about 2 kB an image
constexpr std::size_t kNetworkLimit = 1 << 20;
constexpr std::size_t kConfigLimit = 4 << 20;  // an OCI config is about 10 kB
constexpr std::size_t kCommandLimit = 64 << 10;
constexpr std::size_t kIdLength = 64;
constexpr std::size_t kRemembered = 4096;  // containers whose annotations are kept

/// Nothing where there is no file.
std::optional<json> read_json(const std::filesystem::path& file, std::size_t limit) {
  const auto text = read_small_file(file, limit);
  if (!text && !stamp_of(file)) return std::nullopt;
  if (!text) {
    throw Error(Code::remote, "PodmanFiles",
                fmt::format("podman's file {} is too large, or cannot be read.", file.string()));
  }
  json parsed = json::parse(*text, nullptr, false);
  if (parsed.is_discarded()) {
    throw Error(Code::remote, "PodmanFiles",
                fmt::format("podman's file {} is not valid JSON.", file.string()));
  }
  return parsed;
}

/// The member's text; empty where it is missing or something else.
std::string text_of(const json& object, const char* member) {
  const auto found = object.is_object() ? object.find(member) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::vector<std::string> texts_of(const json& object, const char* member) {
  std::vector<std::string> result;
  if (!object.is_object()) return result;
  const auto found = object.find(member);
  if (found == object.end() || !found->is_array()) return result;
  for (const auto& item : *found) {
    if (item.is_string()) result.push_back(item.get<std::string>());
  }
  return result;
}

std::map<std::string, std::string> map_of(const json& object, const char* member) {
  std::map<std::string, std::string> result;
  if (!object.is_object()) return result;
  const auto found = object.find(member);
  if (found == object.end() || !found->is_object()) return result;
  for (const auto& [key, value] : found->items()) {
    if (value.is_string()) result.emplace(key, value.get<std::string>());
  }
  return result;
}

bool is_id(const std::string& text) {
  return text.size() == kIdLength &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// The words of a process's command line; none where it has gone.
std::vector<std::string> command_of(std::uint32_t pid) {
  std::ifstream file(fmt::format("/proc/{}/cmdline", pid), std::ios::binary);
  std::string text(kCommandLimit, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\0', begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

/// What may be kept as proof that a file is unchanged.
std::optional<FileStamp> proof(const std::optional<FileStamp>& stamp) {
  return stamp && is_settled(*stamp) ? stamp : std::nullopt;
}

std::string option(const std::vector<std::string>& words, std::string_view name) {
  for (std::size_t i = 1; i + 1 < words.size(); ++i) {
    if (words[i] == name) return words[i + 1];
  }
  return {};
}

bool is_ours(const PodmanContainer& container) {
  const auto found = container.annotations.lower_bound("town.");
  return found != container.annotations.end() && found->first.starts_with("town.");
}

}  // namespace

std::filesystem::path PodmanFiles::images_directory() const {
  return paths_.storage / (paths_.driver + "-images");
}

std::filesystem::path PodmanFiles::containers_directory() const {
  return paths_.storage / (paths_.driver + "-containers");
}

std::filesystem::path PodmanFiles::volatile_directory() const {
  return paths_.run / (paths_.driver + "-containers");
}

std::set<std::string> PodmanFiles::images() {
  const auto file = images_directory() / "images.json";
  return images_.with([&](auto& cached) {
    const auto stamp = stamp_of(file);
    if (stamp && stamp == cached.stamp) return cached.value;
    cached.value.clear();
    if (const auto list = read_json(file, kListLimit)) {
      for (const auto& image : *list) {
        for (auto& name : texts_of(image, "names")) cached.value.insert(std::move(name));
      }
    }
    cached.stamp = proof(stamp);
    return cached.value;
  });
}

std::vector<PodmanNetwork> PodmanFiles::networks() {
  return networks_.with([&](auto& known) {
    std::map<std::string, Cached<PodmanNetwork>> current;
    std::error_code error;
    for (std::filesystem::directory_iterator it(paths_.networks, error), end; !error && it != end;
         it.increment(error)) {
      if (it->path().extension() != ".json") continue;
      const std::string name = it->path().filename().string();
      const auto stamp = stamp_of(it->path());
      if (!stamp) continue;
      if (const auto found = known.find(name);
          found != known.end() && found->second.stamp == stamp) {
        current.insert(known.extract(found));
        continue;
      }
      // podman writes these files in place: one that is not whole yet is not there yet.
      const auto text = read_small_file(it->path(), kNetworkLimit);
      const json network = text ? json::parse(*text, nullptr, false) : json();
      if (!network.is_object() || text_of(network, "name").empty()) continue;
      current[name] = {proof(stamp), {text_of(network, "name"), map_of(network, "labels")}};
    }
    known = std::move(current);
    std::vector<PodmanNetwork> result;
    for (const auto& [name, cached] : known) result.push_back(cached.value);
    return result;
  });
}

std::optional<PodmanContainer> PodmanFiles::container_of(std::uint32_t conmon_pid) {
  if (conmon_pid == 0) return std::nullopt;
  const auto words = command_of(conmon_pid);
  if (words.empty() || std::filesystem::path(words[0]).filename() != "conmon") return std::nullopt;
  const std::string id = option(words, "-c");
  auto annotations = annotations_of(id);
  if (!annotations) return std::nullopt;
  PodmanContainer container{id, option(words, "-n"), std::move(*annotations)};
  container.image = image_of(id);
  return container;
}

std::string PodmanFiles::image_of(const std::string& id) {
  auto known = image_of_.with([&](const auto& all) -> std::string {
    const auto found = all.find(id);
    return found == all.end() ? std::string() : found->second;
  });
  if (!known.empty()) return known;
  for (auto& listed : all_names()) {
    if (listed.id == id) known = std::move(listed.image);
  }
  if (!known.empty()) image_of_.with([&](auto& all) { all[id] = known; });
  return known;
}

std::vector<std::string> PodmanFiles::container_names() {
  std::vector<std::string> names;
  for (auto& listed : all_names()) names.push_back(std::move(listed.name));
  return names;
}

PodmanFiles::Names PodmanFiles::all_names() {
  Names names = kept_.with(
      [&](auto& cached) { return names_in(cached, containers_directory() / "containers.json"); });
  const Names more = volatile_.with([&](auto& cached) {
    return names_in(cached, volatile_directory() / "volatile-containers.json");
  });
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

std::vector<PodmanContainer> PodmanFiles::containers() {
  std::vector<PodmanContainer> result;
  for (const auto& listed : all_names()) {
    auto annotations = annotations_of(listed.id);
    if (!annotations) continue;
    PodmanContainer container{listed.id, listed.name, std::move(*annotations), listed.image};
    if (is_ours(container)) result.push_back(std::move(container));
  }
  return result;
}

PodmanFiles::Names PodmanFiles::names_in(Cached<Names>& cached, const std::filesystem::path& file) {
  const auto stamp = stamp_of(file);
  if (stamp && stamp == cached.stamp) return cached.value;
  cached.value.clear();
  if (const auto list = read_json(file, kListLimit)) {
    for (const auto& container : *list) {
      const auto names = texts_of(container, "names");
      cached.value.push_back({text_of(container, "id"), names.empty() ? "" : names.front(),
                              text_of(container, "image")});
    }
  }
  cached.stamp = proof(stamp);
  return cached.value;
}

std::optional<PodmanFiles::Annotations> PodmanFiles::annotations_of(const std::string& id) {
  if (!is_id(id)) return std::nullopt;
  auto known = annotations_.with([&](const auto& all) -> std::optional<Annotations> {
    const auto found = all.find(id);
    if (found == all.end()) return std::nullopt;
    return found->second;
  });
  if (known) return known;
  const auto file = containers_directory() / id / "userdata" / "config.json";
  const auto text = read_small_file(file, kConfigLimit);
  const json config = text ? json::parse(*text, nullptr, false) : json();
  if (!config.is_object()) return std::nullopt;  // gone, never run, or just being written
  Annotations annotations = map_of(config, "annotations");
  annotations_.with([&](auto& all) {
    if (all.size() >= kRemembered) all.clear();
    all.emplace(id, annotations);
  });
  return annotations;
}

}  // namespace town
