#include "controllers/drivers/disk_probe.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>

#include "controllers/drivers/descriptor.h"
#include "controllers/drivers/system_error.h"

namespace town {
namespace {

constexpr std::uint64_t kEdge = std::uint64_t{1} << 20;

bool zero_at(int fd, std::uint64_t offset, std::uint64_t count) {
  std::array<char, 65536> block{};
  while (count > 0) {
    const auto want = std::min<std::uint64_t>(count, block.size());
    const ssize_t got = pread(fd, block.data(), want, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw system_error("The disk could not be read", got < 0 ? errno : EIO);
    if (std::any_of(block.begin(), block.begin() + got, [](char c) { return c != 0; }))
      return false;
    offset += static_cast<std::uint64_t>(got);
    count -= static_cast<std::uint64_t>(got);
  }
  return true;
}

void write_zeros(int fd, std::uint64_t offset, std::uint64_t count) {
  const std::array<char, 65536> block{};
  while (count > 0) {
    const auto want = std::min<std::uint64_t>(count, block.size());
    const ssize_t done = pwrite(fd, block.data(), want, static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) throw system_error("The disk could not be wiped", done < 0 ? errno : EIO);
    offset += static_cast<std::uint64_t>(done);
    count -= static_cast<std::uint64_t>(done);
  }
}

}  // namespace

std::string first_line(const std::filesystem::path& file) {
  std::ifstream input(file);
  std::string line;
  std::getline(input, line);  // not there is empty, and so is a device without one
  line.erase(0, std::min(line.find_first_not_of(' '), line.size()));
  line.erase(line.find_last_not_of(" \n") + 1);
  return line;
}

std::string serial_in_sysfs(const std::string& disk) {
  const auto directory =
      std::filesystem::path("/sys/class/block") / std::filesystem::path(disk).filename();
  for (const char* place : {"loop/backing_file", "serial", "device/serial"}) {
    if (auto serial = first_line(directory / place); !serial.empty()) return serial;
  }
  return {};
}

bool held(const std::string& device) {
  const Descriptor opened(open(device.c_str(), O_RDONLY | O_EXCL | O_CLOEXEC));
  if (opened) return false;
  if (errno == EBUSY) return true;
  throw system_error(fmt::format("{} could not be opened", device), errno);
}

bool empty_at_both_ends(const std::string& device, std::uint64_t size) {
  const Descriptor opened(open(device.c_str(), O_RDONLY | O_CLOEXEC));
  if (!opened) throw system_error(fmt::format("{} could not be opened", device), errno);
  const auto edge = std::min(kEdge, size);
  return zero_at(opened.get(), 0, edge) && zero_at(opened.get(), size - edge, edge);
}

void wipe_both_ends(const std::string& device, std::uint64_t size) {
  const Descriptor opened(open(device.c_str(), O_WRONLY | O_EXCL | O_CLOEXEC));
  if (!opened) throw system_error(fmt::format("{} could not be wiped", device), errno);
  const auto edge = std::min(kEdge, size);
  write_zeros(opened.get(), 0, edge);
  write_zeros(opened.get(), size - edge, edge);
  if (fsync(opened.get()) != 0) {
    throw system_error(fmt::format("{} could not be wiped", device), errno);
  }
}

}  // namespace town
