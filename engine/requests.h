// What a person, a refresh or townctl can ask for. Plain values; admission checks them and turns
// them into declared resources. Any thread.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "state/intent.h"
#include "state/secret.h"
#include "state/store.h"

namespace town {

struct AddRepository {
  std::string name;  ///< empty: taken from the URL's last segment
  std::string url;   ///< may carry user:password@; it is taken out before anything is kept
  std::string username;
  Secret password;
};

struct RemoveRepository {
  std::string name;
};

struct MoveRepository {
  std::string name;
  int position = 0;  ///< 0-based, clamped to the list
};

/// Install, reinstall, upgrade or change the answers of a package: all the same to the engine.
struct Install {
  std::string repo;  ///< empty: by precedence (package format 1.4)
  std::string package;
  std::string version;  ///< empty or "latest": the highest
  std::map<std::string, std::string> responses;
  bool reuse_volumes = false;
  std::string import_from_version;
  bool skip_response_reuse = false;
  std::string instance;  ///< effective name becomes package-instance
  bool track_latest = false;
};

struct Uninstall {
  std::string repo;
  std::string name;     ///< effective name
  std::string version;  ///< must be the installed one; empty: whichever is installed
  bool purge_volumes = false;
};

/// Switches of an installed package; what is not given stays.
struct SwitchPackage {
  std::string repo;
  std::string name;
  std::optional<bool> enabled;
  std::optional<bool> stopped;
  bool restart = false;
};

/// Bytes. Sizes of files and file systems are signed in Linux (loff_t): no disk holds more.
inline constexpr std::uint64_t kLargestQuota = std::numeric_limits<std::int64_t>::max();

/// A person's own volume, at `user/<name>`.
struct CreateVolume {
  std::string name;
  std::uint64_t quota = 0;  ///< bytes; 0: the default_quota setting
};

struct ModifyVolume {
  std::string path;      ///< "user/<name>", "installed/…" or "uninstalled/…"
  std::string new_path;  ///< empty: not renamed; only a user volume can be
  std::uint64_t quota = 0;
};

/// Destroys the data.
struct RemoveVolume {
  std::string path;
};

/// Destroys the kept volumes of a package that is not installed, with `installed` those of the
/// installed one too (they come back empty).
struct PurgeVolumes {
  std::string repo;
  std::string name;
  bool installed = false;
};

struct SetSetting {
  std::string key;
  std::string value;
};

struct ClearAnswers {
  std::string repo;
  std::string name;
};

/// What the box keeps of its disk for itself, however little is left: enough for a few thousand
/// writes of the store, and for opening it.
inline constexpr std::uint64_t kBoxReserve = 64U << 20U;

/// The name of the disk that the data lies on.
inline constexpr const char* kDataDisk = "data";

/// Of the disk that the data lies on; the box asks for it itself.
struct KeepRoom {
  std::uint64_t bytes = kBoxReserve;
};

/// A web site of the person's own (api contract 7.2).
struct CreatePage {
  std::string name;
  std::string source_type;  ///< empty: "archive"
  std::string repo_url;
  std::string branch;  ///< empty: "main"
  std::string domain;  ///< empty: the name
  std::string image;
  std::string image_directory;
  std::int64_t at = 0;  ///< Unix seconds
};

/// What is not given stays.
struct ChangePage {
  std::string name;
  std::optional<std::string> source_type{};
  std::optional<std::string> repo_url{};
  std::optional<std::string> branch{};
  std::optional<std::string> domain{};
  std::optional<std::string> image{};
  std::optional<std::string> image_directory{};
  std::optional<std::string> status{};
  std::int64_t at = 0;
};

struct RemovePage {
  std::string name;
};

/// A disk image that is downloaded and made ready for virtual machines (api contract 7.1).
struct AddVmImage {
  std::string name;  ///< empty: the URL's last segment; its extension becomes ".raw"
  std::string url;
};

struct RemoveVmImage {
  std::string name;
};

using Request =
    std::variant<AddRepository, RemoveRepository, MoveRepository, Install, Uninstall, SwitchPackage,
                 CreateVolume, ModifyVolume, RemoveVolume, PurgeVolumes, SetSetting, ClearAnswers,
                 KeepRoom, CreatePage, ChangePage, RemovePage, AddVmImage, RemoveVmImage>;

/// Everything in it happens in one commit, or nothing does.
struct Intent {
  Author author;
  std::vector<Request> requests;
  /// What the caller notes of it, in the same batch; not written where nothing changes.
  std::vector<BookRow> rows{};
};

}  // namespace town
