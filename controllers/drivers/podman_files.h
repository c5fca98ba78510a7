// What podman's own files say (podman 4.3 to 5, containers/storage and netavark). Owned by the
// podman driver; any thread. A file that is unchanged since it was read is not read again.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controllers/drivers/podman.h"
#include "controllers/drivers/small_file.h"
#include "state/guarded.h"

namespace town {

class PodmanFiles {
 public:
  explicit PodmanFiles(PodmanPaths paths) : paths_(std::move(paths)) {}

  // As in Podman. A file that cannot be understood throws Error{remote, PodmanFiles}.

  std::set<std::string> images();
  std::vector<PodmanNetwork> networks();
  std::optional<PodmanContainer> container_of(std::uint32_t conmon_pid);
  std::vector<PodmanContainer> containers();
  std::vector<std::string> container_names();

  [[nodiscard]] std::filesystem::path images_directory() const;
  [[nodiscard]] std::filesystem::path containers_directory() const;
  /// Where later versions keep the list of containers that a reboot forgets.
  [[nodiscard]] std::filesystem::path volatile_directory() const;

 private:
  /// The parsed contents of one file, by its stamp.
  template <typename T>
  struct Cached {
    std::optional<FileStamp> stamp;
    T value;
  };
  using Annotations = std::map<std::string, std::string>;
  /// One container in a list.
  struct Listed {
    std::string id;
    std::string name;
    std::string image;  ///< its id
  };
  using Names = std::vector<Listed>;

  Names all_names();
  /// The id of its image; empty where it is in no list.
  std::string image_of(const std::string& id);
  Names names_in(Cached<Names>& cached, const std::filesystem::path& file);
  /// Nothing where the container has gone, or has never run.
  std::optional<Annotations> annotations_of(const std::string& id);

  const PodmanPaths paths_;
  Guarded<Cached<std::set<std::string>>> images_;
  Guarded<std::map<std::string, Cached<PodmanNetwork>>> networks_;
  Guarded<Cached<Names>> kept_;
  Guarded<Cached<Names>> volatile_;
  Guarded<std::map<std::string, Annotations>> annotations_;  // never change for an id
  Guarded<std::map<std::string, std::string>> image_of_;     // nor does this
};

}  // namespace town
