// Hashes, over libsodium. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace town {

/// SHA-256 as 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

/// BLAKE2b cut to 128 bits, as 32 lower-case hex digits: for "is it the same?", not for secrets.
std::string short_digest(std::string_view bytes);

/// `count` random bytes as hex digits, from the kernel.
std::string random_hex(std::size_t count);

}  // namespace town
