#include "state/error.h"

namespace town {

std::string_view to_string(Code code) {
  switch (code) {
    case Code::invalid:
      return "invalid";
    case Code::denied:
      return "denied";
    case Code::not_found:
      return "not_found";
    case Code::conflict:
      return "conflict";
    case Code::remote:
      return "remote";
    case Code::unavailable:
      return "unavailable";
    case Code::internal:
      return "internal";
  }
  return "internal";
}

std::string to_string(const Diagnostics& faults) {
  std::string text;
  for (const auto& fault : faults) {
    if (!text.empty()) text += "; ";
    if (!fault.field.empty()) text += fault.field + ": ";
    text += fault.message;
  }
  return text;
}

}  // namespace town
