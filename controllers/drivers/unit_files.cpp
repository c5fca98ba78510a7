#include "controllers/drivers/unit_files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <vector>

#include "controllers/drivers/system_error.h"
#include "controllers/drivers/unit_name.h"

namespace town {
namespace {

constexpr std::size_t kFileLimit = 1 << 20;

/// Names of our units that have an entry in the directory; none where it is missing.
std::vector<std::string> entries(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    std::string name = it->path().filename().string();
    if (is_our_unit(name)) names.push_back(std::move(name));
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw system_error(fmt::format("{} could not be read", directory.string()), error.value());
  }
  return names;
}

void ensure_directory(const std::filesystem::path& directory, mode_t mode) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    throw system_error(fmt::format("{} could not be made", directory.string()), error.value());
  }
  if (chmod(directory.c_str(), mode) != 0) {
    throw system_error(fmt::format("{} could not be protected", directory.string()), errno);
  }
}

}  // namespace

std::map<std::string, std::string> UnitFiles::files() {
  const auto names = entries(paths_.units);
  return read_.with([&](auto& read) {
    std::map<std::string, Read> current;
    std::map<std::string, std::string> result;
    for (const auto& name : names) {
      const auto file = paths_.units / name;
      const auto stamp = stamp_of(file);
      if (!stamp) continue;
      const auto known = read.find(name);
      if (known != read.end() && known->second.stamp == stamp) {
        current.insert(read.extract(known));
      } else if (auto text = read_small_file(file, kFileLimit)) {
        current.emplace(name, Read{is_settled(*stamp) ? stamp : std::nullopt, std::move(*text)});
      }
      const auto found = current.find(name);
      if (found != current.end() && found->second.text.starts_with(kUnitMark)) {
        result.emplace(name, found->second.text);
      }
    }
    read = std::move(current);
    return result;
  });
}

void UnitFiles::write_file(const std::string& unit, const std::string& text) const {
  ensure_directory(paths_.units, 0755);
  // A command line may hold what is nobody else's business.
  replace_file(paths_.units / unit, text, 0600);
}

void UnitFiles::remove_file(const std::string& unit) const { remove_file_at(paths_.units / unit); }

std::map<std::string, std::string> UnitFiles::environments() const {
  std::map<std::string, std::string> result;
  for (const auto& name : entries(paths_.environments)) {
    auto text = read_small_file(paths_.environments / name, kFileLimit);
    if (text) result.emplace(name, std::move(*text));
  }
  return result;
}

void UnitFiles::write_environment(const std::string& unit, const std::string& text) const {
  ensure_directory(paths_.environments, 0700);
  replace_file(paths_.environments / unit, text, 0600);
}

void UnitFiles::remove_environment(const std::string& unit) const {
  remove_file_at(paths_.environments / unit);
}

}  // namespace town
