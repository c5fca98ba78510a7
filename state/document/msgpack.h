// Reads and writes MessagePack (github.com/msgpack/msgpack, spec.md) without building a tree
// between: loading a store of 10,000 resources through trees would take five times as long. Inside
// state/ only. Each belongs to one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace town::document {

/// Appends values to `out()`. A map of n is followed by n times a name and a value.
class Packer {
 public:
  void nil() { byte(0xC0); }
  void boolean(bool value) { byte(value ? 0xC3 : 0xC2); }
  void natural(std::uint64_t value);
  void integer(std::int64_t value);
  void text(std::string_view value);
  void array(std::size_t count);
  void map(std::size_t count);

  [[nodiscard]] const std::string& out() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  void byte(unsigned value) { out_ += static_cast<char>(value); }
  void number(std::uint64_t value, int bytes);
  void sized(std::size_t count, unsigned tag16);

  std::string out_;
};

/// Takes values from bytes that it does not own. Anything that is not there, or is of another
/// type, throws Error{internal, BadDocument}.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}

  /// True, and past it, where a nil comes next.
  bool nil();
  bool boolean();
  std::uint64_t natural();
  std::int64_t integer();
  std::string_view text();
  std::size_t array();
  std::size_t map();
  /// Past one value of any type, with all that it holds.
  void skip();

  [[nodiscard]] bool done() const { return rest_.empty(); }

 private:
  unsigned byte();
  std::uint64_t number(int bytes);
  std::string_view bytes(std::size_t count);
  std::size_t sized(unsigned tag, unsigned fixed, unsigned fixed_mask, unsigned tag16);

  std::string_view rest_;
};

}  // namespace town::document
