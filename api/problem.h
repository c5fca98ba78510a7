// How a failure looks on the wire (RFC 9457 problem details). Any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "api/http.h"
#include "state/error.h"

namespace town::api {

/// A failure whose HTTP status its Code does not tell: 401 and 403, 405, 413, 422, 429.
class Refusal : public Error {
 public:
  Refusal(int status, std::string reason, const std::string& message)
      : Error(Code::denied, std::move(reason), message), status_(status) {}

  [[nodiscard]] int status() const { return status_; }

 private:
  int status_;
};

/// The HTTP status of a failure (architecture section 6; answers of an install are 422).
int status_of(const Error& error);

/// application/problem+json with `type`, `title`, `status`, `detail`.
HttpResponse problem(int status, const std::string& detail);

/// The same from a failure: all faults in `detail`, those of answers in `validation_errors` too.
HttpResponse problem(const Error& error);

/// [{field, message}]: what an answer is warned of.
nlohmann::json warnings_json(const Diagnostics& warnings);

/// Standard reason phrase; "Error" for a status that has none.
std::string_view reason_phrase(int status);

/// Replaces what follows password, credential, secret or token and a ':' or '=' by [REDACTED].
std::string redact(std::string_view text);

}  // namespace town::api
