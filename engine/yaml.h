// YAML text to plain values: the only door to yaml-cpp. Hostile input is the normal case: size,
// depth, count and aliases are bounded before they cost anything. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace town::yaml {

struct Entry;

/// One value of a YAML document. Scalars are always the text as written, never a number or a
/// boolean: what "1.10" or "no" means is for the reader of the field to say. Aliases are expanded.
struct Node {
  enum class Type { null, scalar, sequence, mapping };

  Type type = Type::null;
  std::string scalar;       ///< of a scalar; empty otherwise
  bool quoted = false;      ///< a scalar that was written in quotes or as a block, so never a null
  int line = 0;             ///< 1-based
  int column = 0;           ///< 1-based, in bytes
  std::vector<Node> items;  ///< of a sequence
  std::vector<Entry> entries;  ///< of a mapping, in file order; keys are scalars

  /// The value of `key` in a mapping; nullptr where it is not there.
  [[nodiscard]] const Node* find(std::string_view key) const;
};

/// A key of a mapping and its value. Not a pair: one cannot be destroyed inside a type that it is
/// itself made of.
struct Entry {
  Node key;
  Node value;
};

/// How much a document may cost. The defaults keep any text below 2 s and 512 MB, with what is then
/// made of it (townctl's promise for `package validate`).
struct Limits {
  std::size_t bytes = 10U << 20U;        ///< of the text
  std::size_t nodes = 500'000;           ///< kept in memory: written, anchored, and from aliases
  std::size_t alias_nodes = 100'000;     ///< copied by aliases
  std::size_t scalar_bytes = 32U << 20;  ///< all scalars together, counted in the same way
  std::size_t flow_marks = 400'000;      ///< `[ ] { } ,` inside one outermost `[…]` or `{…}`
  int depth = 64;                        ///< collections inside collections
};

/// The one document of `text`; a null node where there is none. Merge keys (`<<: *base`) are
/// followed. Throws InvalidInput("BadYaml") with the line for: broken syntax, text that is not
/// UTF-8 or holds control characters, a key twice in one mapping, a key that is not a scalar, an
/// alias that is unknown or contains itself, more than one document, and anything beyond `limits`.
Node parse(std::string_view text, const Limits& limits = {});

}  // namespace town::yaml
