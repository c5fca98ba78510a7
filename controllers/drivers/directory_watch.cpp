#include "controllers/drivers/directory_watch.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <map>
#include <set>
#include <system_error>
#include <thread>

#include "controllers/drivers/descriptor.h"
#include "state/error.h"

namespace town {
namespace {

constexpr std::uint32_t kChanges = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                   IN_MOVED_TO | IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR;
constexpr std::uint32_t kAppearance =
    IN_CREATE | IN_MOVED_TO | IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR | IN_MASK_ADD;

}  // namespace

class DirectoryWatch::Impl {
 public:
  Impl(std::vector<std::filesystem::path> directories, Notify notify)
      : directories_(std::move(directories)),
        notify_(std::move(notify)),
        inotify_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
        stopped_(eventfd(0, EFD_CLOEXEC)) {
    if (!inotify_ || !stopped_) {
      throw Error(Code::unavailable, "NoInotify",
                  fmt::format("Directories cannot be watched: {}.",
                              std::generic_category().message(errno)));
    }
    watch_all();
    thread_ = std::thread([this] { loop(); });
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    eventfd_write(stopped_.get(), 1);
    thread_.join();
  }

 private:
  void loop() {
    for (;;) {
      std::array<pollfd, 2> polled{{{inotify_.get(), POLLIN, 0}, {stopped_.get(), POLLIN, 0}}};
      if (poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) return;
      if (polled[1].revents != 0) return;
      if (polled[0].revents != 0) read_events();
    }
  }

  void read_events() {
    alignas(inotify_event) std::array<char, 65536> buffer;  // NOLINT(*-member-init): read() fills
    const ssize_t size = read(inotify_.get(), buffer.data(), buffer.size());
    // One message per entry and batch: writing a file makes several events.
    std::set<std::pair<std::filesystem::path, std::string>> changed;
    bool moved = false;
    for (ssize_t at = 0; at < size;) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + offsetof(inotify_event, name);
      at += static_cast<ssize_t>(sizeof event + event.len);
      if ((event.mask & IN_Q_OVERFLOW) != 0) {
        for (const auto& directory : directories_) changed.emplace(directory, "");
      }
      if ((event.mask & (IN_IGNORED | IN_MOVE_SELF | IN_DELETE_SELF)) != 0) {
        lost(event.wd, changed);
        moved = true;
        continue;
      }
      const auto watched = watched_.find(event.wd);
      if (watched != watched_.end()) {
        changed.emplace(watched->second, event.len > 0 ? name : "");
      }
      if (ancestors_.contains(event.wd)) moved = true;
    }
    if (moved) {
      for (const auto& directory : watch_all()) changed.emplace(directory, "");
    }
    for (const auto& [directory, name] : changed) notify_(directory, name);
  }

  void lost(int watch, std::set<std::pair<std::filesystem::path, std::string>>& changed) {
    ancestors_.erase(watch);
    const auto watched = watched_.find(watch);
    if (watched == watched_.end()) return;
    changed.emplace(watched->second, "");
    // A renamed directory would go on to report under its old name.
    inotify_rm_watch(inotify_.get(), watch);
    watched_.erase(watched);
  }

  /// Watches each directory, or what is there of the way to it; returns those that are new.
  std::vector<std::filesystem::path> watch_all() {
    std::vector<std::filesystem::path> appeared;
    for (const auto& directory : directories_) {
      for (bool settled = false; !settled;) {
        const int watch = inotify_add_watch(inotify_.get(), directory.c_str(), kChanges);
        if (watch >= 0) {
          if (watched_.insert_or_assign(watch, directory).second) appeared.push_back(directory);
          break;
        }
        settled = watch_ancestor(directory);
      }
    }
    return appeared;
  }

  /// True where the nearest ancestor was watched already, so that nothing can have been missed
  /// since. False asks the caller to try the directory once more.
  bool watch_ancestor(const std::filesystem::path& directory) {
    for (auto at = directory.parent_path();; at = at.parent_path()) {
      const int watch = inotify_add_watch(inotify_.get(), at.c_str(), kAppearance);
      if (watch >= 0) return !ancestors_.insert(watch).second;
      if (at == at.parent_path()) return true;
    }
  }

  const std::vector<std::filesystem::path> directories_;
  const Notify notify_;
  const Descriptor inotify_;
  const Descriptor stopped_;
  std::map<int, std::filesystem::path> watched_;
  std::set<int> ancestors_;  // kept once watched: a little noise, and no race
  std::thread thread_;
};

DirectoryWatch::DirectoryWatch(std::vector<std::filesystem::path> directories, Notify notify)
    : impl_(std::make_unique<Impl>(std::move(directories), std::move(notify))) {}

DirectoryWatch::~DirectoryWatch() = default;

}  // namespace town
