// Sizes and durations as people write them (package format 8). Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace town::package {

/// Bytes: "2gb", "512 MB", "1048576"; tb, gb and mb in any case, powers of 1024. Empty is 0.
/// Nothing for other text, fractions and what does not fit into 64 bits.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// Seconds: "5m", "2 d", "90"; d, h, m and s in any case, one of them. Empty is 0. Nothing for
/// other text and what does not fit into 64 bits.
std::optional<std::uint64_t> parse_duration(std::string_view text);

/// A plain decimal number without sign, at most `most`; leading zeros count for nothing.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t most);

/// A TCP port, 1 to 65535.
std::optional<std::uint16_t> parse_port(std::string_view text);

}  // namespace town::package
