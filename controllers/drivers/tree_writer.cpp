#include "controllers/drivers/tree_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "controllers/drivers/beneath.h"
#include "controllers/drivers/system_error.h"
#include "engine/links.h"

namespace town {
namespace {

constexpr std::size_t kLongestPath = 4000;  // PATH_MAX of Linux, with room for where it is put
constexpr std::size_t kLongestName = 255;   // NAME_MAX
constexpr std::size_t kLongestTarget = 4000;
constexpr mode_t kModeBits = 01777;
constexpr mode_t kParentMode = 0755;

std::string shown(const std::string& path) {
  std::string text = path.substr(0, 200);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  }
  return text;
}

/// The parts between slashes, without empty ones and ".".
template <typename F>
void each_part(const std::string& path, F&& use) {
  for (std::size_t begin = 0; begin < path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    const auto part = path.substr(begin, end - begin);
    if (!part.empty() && part != ".") use(part);
    begin = end + 1;
  }
}

}  // namespace

void TreeWriter::refuse(const std::string& path, const std::string& why) const {
  throw Error(Code::remote, "ArchiveUnsafe",
              fmt::format("'{}' in {} {}, so nothing of it was unpacked", shown(path), name_, why));
}

std::string TreeWriter::path_of(const std::string& written) const {
  if (written.starts_with('/')) refuse(written, "is an absolute path");
  std::string path;
  each_part(written, [&](const std::string& part) {
    if (part == "..") refuse(written, "leads out of the volume");
    if (part.size() > kLongestName) refuse(written, "has a name of more than 255 bytes");
    path += (path.empty() ? "" : "/") + part;
  });
  if (path.size() > kLongestPath) refuse(written, "is too long a path");
  return path;
}

/// The directory that the path lies in. Of its parents only directories are entered.
TreeWriter::Place TreeWriter::place(const std::string& path) const {
  const auto parent = parent_of(path);
  Descriptor directory = open_beneath(top_, parent, O_RDONLY | O_DIRECTORY);
  if (!directory && errno == ENOENT) {
    auto above = place(parent);
    if (mkdirat(above.directory.get(), above.leaf.c_str(), kParentMode) != 0) {
      throw system_error(fmt::format("'{}' could not be made", shown(parent)), errno);
    }
    directory = open_beneath(above.directory.get(), above.leaf, O_RDONLY | O_DIRECTORY);
    if (directory) own(directory.get(), "", {.mode = kParentMode});
  }
  if (!directory && (errno == ENOTDIR || errno == ELOOP || errno == EXDEV)) {
    refuse(path, "lies below something that is no directory");
  }
  if (!directory) throw system_error(fmt::format("'{}' could not be opened", shown(parent)), errno);
  return {std::move(directory), leaf_of(path)};
}

/// `leaf` in the directory `fd`, not followed where it is a link; with "" that which `fd` is.
void TreeWriter::own(int fd, const std::string& leaf, const EntryLook& look) const {
  const bool ours = owner_.uid && owner_.gid;
  const auto uid = ours ? *owner_.uid : look.uid;
  const auto gid = ours ? *owner_.gid : look.gid;
  if (fchownat(fd, leaf.c_str(), uid, gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0) {
    throw system_error(fmt::format("The owner of a file of {} could not be set", name_), errno);
  }
}

void TreeWriter::directory(const std::string& path, const EntryLook& look) {
  if (path.empty()) return;
  const auto at = place(path);
  if (mkdirat(at.directory.get(), at.leaf.c_str(), kParentMode) != 0 && errno != EEXIST) {
    throw system_error(fmt::format("'{}' could not be made", shown(path)), errno);
  }
  const auto made = open_beneath(at.directory.get(), at.leaf, O_RDONLY | O_DIRECTORY);
  if (!made) refuse(path, "is a directory and something else, too");
  own(made.get(), "", look);
  if (fchmod(made.get(), look.mode & kModeBits) != 0) {
    throw system_error(fmt::format("The mode of '{}' could not be set", shown(path)), errno);
  }
}

void TreeWriter::link(const std::string& path, const std::string& target, const EntryLook& look) {
  if (path.empty() || target.empty() || target.size() > kLongestTarget) {
    refuse(path, "is no proper link");
  }
  if (!outward_ && leads_out(path, target)) refuse(path, "is a link that leads out of the volume");
  const auto at = place(path);
  unlinkat(at.directory.get(), at.leaf.c_str(), 0);  // an earlier one; what stays is found next
  if (symlinkat(target.c_str(), at.directory.get(), at.leaf.c_str()) != 0) {
    if (errno == EEXIST) refuse(path, "is a link and a directory, too");
    throw system_error(fmt::format("'{}' could not be made", shown(path)), errno);
  }
  own(at.directory.get(), at.leaf, look);
}

void TreeWriter::hard_link(const std::string& path, const std::string& existing) {
  if (path.empty() || path == existing) refuse(path, "is no proper link");
  const auto source = open_beneath(top_, existing, O_PATH | O_NOFOLLOW);
  struct stat status {};
  if (!source || fstat(source.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    refuse(path, "is a hard link to something that is no file of it");
  }
  const auto at = place(path);
  unlinkat(at.directory.get(), at.leaf.c_str(), 0);  // an earlier one; what stays is found next
  // By descriptor: between looking and linking no name is read again.
  const auto name = fmt::format("/proc/self/fd/{}", source.get());
  if (linkat(AT_FDCWD, name.c_str(), at.directory.get(), at.leaf.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    if (errno == EEXIST) refuse(path, "is a file and a directory, too");
    throw system_error(fmt::format("'{}' could not be made", shown(path)), errno);
  }
}

Descriptor TreeWriter::file(const std::string& path, const EntryLook& look) {
  if (path.empty()) refuse(path, "is a file without a name");
  const auto at = place(path);
  unlinkat(at.directory.get(), at.leaf.c_str(), 0);  // an earlier one; what stays is found next
  Descriptor made = open_beneath(at.directory.get(), at.leaf, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!made && (errno == EEXIST || errno == EISDIR)) refuse(path, "is a file and a directory, too");
  if (!made) throw system_error(fmt::format("'{}' could not be made", shown(path)), errno);
  own(made.get(), "", look);
  if (fchmod(made.get(), look.mode & kModeBits) != 0) {
    throw system_error(fmt::format("The mode of '{}' could not be set", shown(path)), errno);
  }
  return made;
}

void TreeWriter::finish(int fd, const EntryLook& look) const {
  if (!look.modified) return;
  const std::array times{timespec{0, UTIME_OMIT}, *look.modified};
  if (futimens(fd, times.data()) != 0) {
    throw system_error(fmt::format("The time of a file of {} could not be set", name_), errno);
  }
}

void TreeWriter::top(const EntryLook& look) const {
  const auto directory = open_beneath(top_, "", O_RDONLY | O_DIRECTORY);
  if (!directory) throw system_error("The volume could not be opened", errno);
  own(directory.get(), "", look);
  if (fchmod(directory.get(), look.mode & kModeBits) != 0) {
    throw system_error("The mode of the volume could not be set", errno);
  }
}

}  // namespace town
