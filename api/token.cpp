#include "api/token.h"

#include <jwt.h>

#include <cstdlib>
#include <memory>

#include "state/error.h"

namespace town::api {
namespace {

using Jwt = std::unique_ptr<jwt_t, decltype(&jwt_free)>;

/// No token of ours is near this long; longer ones are not even looked at.
constexpr std::size_t kLongest = 4096;

const unsigned char* bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void must(int result) {
  if (result != 0) throw Error(Code::internal, "TokenFailed", "a token could not be made");
}

std::string grant(jwt_t* token, const char* name) {
  const char* text = jwt_get_grant(token, name);
  return text == nullptr ? std::string() : std::string(text);
}

}  // namespace

std::string Tokens::issue(const Claims& claims, Time issued_at) const {
  jwt_t* made = nullptr;
  must(jwt_new(&made));
  const Jwt token(made, jwt_free);
  const auto seconds = std::chrono::system_clock::to_time_t(issued_at);
  must(jwt_add_grant(made, "session_id", claims.session_id.c_str()));
  must(jwt_add_grant(made, "username", claims.username.c_str()));
  must(jwt_add_grant_int(made, "issued_at", static_cast<long>(seconds)));
  const auto& key = key_.reveal();
  must(jwt_set_alg(made, JWT_ALG_HS256, bytes(key), static_cast<int>(key.size())));
  const std::unique_ptr<char, decltype(&std::free)> text(jwt_encode_str(made), std::free);
  if (!text) throw Error(Code::internal, "TokenFailed", "a token could not be made");
  return text.get();
}

std::optional<Claims> Tokens::verify(const std::string& token) const {
  if (token.size() > kLongest) return std::nullopt;
  const auto& key = key_.reveal();
  jwt_t* read = nullptr;
  if (jwt_decode(&read, token.c_str(), bytes(key), static_cast<int>(key.size())) != 0) {
    return std::nullopt;
  }
  const Jwt owned(read, jwt_free);
  // A token may name its own algorithm; only ours counts ("none" above all does not).
  if (jwt_get_alg(read) != JWT_ALG_HS256) return std::nullopt;
  Claims claims{grant(read, "session_id"), grant(read, "username")};
  if (claims.session_id.empty() || claims.username.empty()) return std::nullopt;
  return claims;
}

}  // namespace town::api
