// How far a template may go before it is stopped: it comes from a stranger. Internal to this
// folder.
#pragma once

#include <cstddef>
#include <cstdint>

namespace town::tmpl {

/// Bytes of source: as much as a whole package file may have.
inline constexpr std::size_t kMaxSource = 10U << 20U;

/// Actions within actions, and parentheses within parentheses. Neither costs stack, only memory.
inline constexpr std::size_t kMaxNesting = 250'000;

/// Templates that carry out templates: Go's own limit (text/template, "exceeded maximum depth").
inline constexpr std::size_t kMaxDepth = 100'000;

/// Bytes of output, and of any text that is made on the way.
inline constexpr std::size_t kMaxOutput = 16U << 20U;

/// Work units: one per instruction, and one per kBytesPerStep bytes of text made. Some seconds.
inline constexpr std::uint64_t kMaxSteps = 20'000'000;
inline constexpr std::uint64_t kBytesPerStep = 16;

/// How much of the source a message quotes.
inline constexpr std::size_t kQuotedBytes = 40;

}  // namespace town::tmpl
