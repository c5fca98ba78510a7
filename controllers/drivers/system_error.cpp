#include "controllers/drivers/system_error.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace town {

Error system_error(const std::string& what, int error) {
  const std::string text = fmt::format("{}: {}.", what, std::generic_category().message(error));
  if (error == ENOSPC) {
    return {Code::unavailable, "DiskFull", text + " Remove something, or make the disk larger."};
  }
  if (error == EDQUOT) {
    return {
        Code::unavailable, "QuotaExceeded",
        text + " There is room on the disk: remove something from the volume, or raise its quota."};
  }
  if (error == EROFS) return {Code::unavailable, "ReadOnly", text};
  return {Code::internal, "FileSystem", text};
}

}  // namespace town
