// Bearer tokens: JWT, HS256, through libjwt. Any thread.
#pragma once

#include <optional>
#include <string>

#include "state/clock.h"
#include "state/secret.h"

namespace town::api {

struct Claims {
  std::string session_id;
  std::string username;
};

class Tokens {
 public:
  /// `key`: any text; longer than 32 bytes is best.
  explicit Tokens(Secret key) : key_(std::move(key)) {}

  /// A token that holds `session_id`, `username` and `issued_at` (Unix seconds), and no `exp`:
  /// whether it still counts is the session's business.
  [[nodiscard]] std::string issue(const Claims& claims, Time issued_at) const;

  /// The claims of a token that this key signed with HS256; nothing for any other text.
  [[nodiscard]] std::optional<Claims> verify(const std::string& token) const;

 private:
  Secret key_;
};

}  // namespace town::api
