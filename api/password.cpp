#include "api/password.h"

#include <sodium.h>

#include <chrono>
#include <semaphore>

#include "api/problem.h"

namespace town::api {
namespace {

using namespace std::chrono_literals;

// The cost that libsodium names for interactive logins: 64 MiB and two passes, about 100 ms on a
// small box.
constexpr auto kPasses = crypto_pwhash_OPSLIMIT_INTERACTIVE;
constexpr auto kMemory = crypto_pwhash_MEMLIMIT_INTERACTIVE;
constexpr auto kPatience = 10s;

std::counting_semaphore<2>& kitchen() {
  static std::counting_semaphore<2> semaphore(2);
  return semaphore;
}

/// A place at the stove; a flood of logins must not fill the memory nor hold every HTTP thread.
class Place {
 public:
  Place() {
    if (!kitchen().try_acquire_for(kPatience)) {
      throw Refusal(429, "TooManyLogins", "too many logins at once; try again in a moment");
    }
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { kitchen().release(); }
};

void begin() {
  if (sodium_init() < 0) {
    throw Error(Code::internal, "NoRandomness", "the cryptography library could not be started");
  }
}

}  // namespace

std::string hash_password(const Secret& password) {
  begin();
  const Place place;
  std::string hash(crypto_pwhash_STRBYTES, '\0');
  const auto& text = password.reveal();
  if (crypto_pwhash_str(hash.data(), text.data(), text.size(), kPasses, kMemory) != 0) {
    throw Error(Code::unavailable, "OutOfMemory", "there is not enough memory to hash a password");
  }
  hash.resize(hash.find('\0'));
  return hash;
}

bool verify_password(const Secret& password, const std::string& hash) {
  begin();
  const Place place;
  const auto& text = password.reveal();
  return crypto_pwhash_str_verify(hash.c_str(), text.data(), text.size()) == 0;
}

bool verify_nobody(const Secret& password) {
  static const std::string kHash = hash_password(Secret("nobody has this password"));
  verify_password(password, kHash);
  return false;
}

}  // namespace town::api
