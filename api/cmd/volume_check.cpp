// town-volume-check ROOT [ID PATH]...: what every unit runs before its container, also when systemd
// starts it again without townd. Exit status 0 only where each of the volumes is in its place and
// bears its own mark; otherwise the reasons are on stderr, which is the journal of the unit.
#include <cstdio>
#include <exception>

#include "controllers/drivers/volume_mark.h"

namespace {

/// sysexits(3): something that is needed is not there.
constexpr int kUnavailable = 69;
constexpr int kUsage = 64;

bool in_place(const char* root, const char* id, const char* path) {
  try {
    const auto why = town::volume_missing(root, path, id);
    if (why.empty()) return true;
    std::fprintf(stderr, "Not started: %s.\n", why.c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "Not started: %s\n", error.what());
  }
  return false;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2 || count % 2 != 0) {
    std::fputs("usage: town-volume-check ROOT [ID PATH]...\n", stderr);
    return kUsage;
  }
  bool good = true;
  for (int i = 2; i < count; i += 2) {
    good = in_place(arguments[1], arguments[i], arguments[i + 1]) && good;
  }
  return good ? 0 : kUnavailable;
}
