// Hashes of passwords: argon2id through libsodium. Any thread; at most two hashes are worked on at
// a time, because each takes 64 MiB.
#pragma once

#include <string>

#include "state/secret.h"

namespace town::api {

/// The hash with its salt and cost, as text that may be stored.
std::string hash_password(const Secret& password);

/// Whether `password` is the one behind `hash`.
bool verify_password(const Secret& password, const std::string& hash);

/// The same work for an account that does not exist, so that the time tells nothing. Always false.
bool verify_nobody(const Secret& password);

}  // namespace town::api
