#include "state/clock.h"

#include <ctime>
#include <iomanip>
#include <sstream>

#include "state/error.h"

namespace town {

std::string to_rfc3339(Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  const auto length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, length};
}

Time from_rfc3339(const std::string& text) {
  std::tm parts{};
  std::istringstream in(text);
  in >> std::get_time(&parts, "%Y-%m-%dT%H:%M:%SZ");
  const auto time = std::chrono::system_clock::from_time_t(timegm(&parts));
  // get_time accepts short forms, days that no month has, and text that follows.
  if (in.fail() || to_rfc3339(time) != text) {
    throw Error(Code::invalid, "BadTime", "not a time in RFC 3339 form: " + text);
  }
  return time;
}

}  // namespace town
