#include "state/digest.h"

#include <sodium.h>

#include <array>
#include <span>
#include <vector>

#include "state/error.h"

namespace town {
namespace {

constexpr std::size_t kShortDigestBytes = 16;

/// libsodium picks its fastest code and opens its source of chance once per process.
void prepare() {
  static const bool ready = sodium_init() >= 0;
  if (!ready) throw Error(Code::internal, "NoCrypto", "libsodium could not be initialised");
}

std::string hex(std::span<const unsigned char> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0xFU];
  }
  return text;
}

const unsigned char* data_of(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  prepare();
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), data_of(bytes), bytes.size());
  return hex(hash);
}

std::string short_digest(std::string_view bytes) {
  prepare();
  std::array<unsigned char, kShortDigestBytes> hash{};
  crypto_generichash(hash.data(), hash.size(), data_of(bytes), bytes.size(), nullptr, 0);
  return hex(hash);
}

std::string random_hex(std::size_t count) {
  prepare();
  std::vector<unsigned char> bytes(count);
  randombytes_buf(bytes.data(), bytes.size());
  return hex(bytes);
}

}  // namespace town
