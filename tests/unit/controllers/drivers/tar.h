// Archives as somebody hostile would write them: one entry after the other, whatever they say.
#pragma once

#include <fmt/format.h>

#include <cstring>
#include <string>
#include <vector>

namespace town::test {

struct TarEntry {
  std::string name;
  char type = '0';  ///< '0' file, '1' hard link, '2' link, '3' device, '5' directory, '6' pipe
  std::string text{};
  std::string target{};
  unsigned mode = 0644;
  unsigned uid = 0;
  unsigned gid = 0;
};

/// One entry in the ustar form of POSIX.
inline std::string tar_entry(const TarEntry& entry) {
  char header[512] = {};
  const auto text = [&](std::size_t at, const std::string& value) { value.copy(header + at, 99); };
  const auto number = [&](std::size_t at, std::size_t digits, std::size_t value) {
    text(at, fmt::format("{:0{}o}", value, digits));
  };
  text(0, entry.name);
  number(100, 7, entry.mode);
  number(108, 7, entry.uid);
  number(116, 7, entry.gid);
  number(124, 11, entry.text.size());
  number(136, 11, 1'600'000'000);
  header[156] = entry.type;
  text(157, entry.target);
  std::memcpy(header + 257, "ustar", 6);
  std::memcpy(header + 263, "00", 2);
  std::memset(header + 148, ' ', 8);
  std::size_t sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  number(148, 6, sum);
  std::string out(header, sizeof header);
  out += entry.text;
  out.resize((out.size() + 511) / 512 * 512);
  return out;
}

inline std::string tar(const std::vector<TarEntry>& entries) {
  std::string out;
  for (const auto& entry : entries) out += tar_entry(entry);
  return out + std::string(1024, '\0');
}

}  // namespace town::test
