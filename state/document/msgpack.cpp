#include "state/document/msgpack.h"

#include <limits>

#include "state/error.h"

namespace town::document {
namespace {

[[noreturn]] void fail(const char* what) {
  throw Error(Code::internal, "BadDocument",
              std::string("a stored document cannot be read: ") + what);
}

}  // namespace

void Packer::number(std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) byte((value >> shift) & 0xFFU);
}

void Packer::natural(std::uint64_t value) {
  if (value < 0x80) {
    byte(static_cast<unsigned>(value));
  } else if (value <= 0xFF) {
    byte(0xCC), number(value, 1);
  } else if (value <= 0xFFFF) {
    byte(0xCD), number(value, 2);
  } else if (value <= 0xFFFF'FFFF) {
    byte(0xCE), number(value, 4);
  } else {
    byte(0xCF), number(value, 8);
  }
}

void Packer::integer(std::int64_t value) {
  if (value >= 0) return natural(static_cast<std::uint64_t>(value));
  byte(0xD3), number(static_cast<std::uint64_t>(value), 8);
}

/// The 16 bit form of arrays and maps, and the 32 bit form, whose tag is the next one.
void Packer::sized(std::size_t count, unsigned tag16) {
  if (count <= 0xFFFF) {
    byte(tag16), number(count, 2);
  } else {
    byte(tag16 + 1), number(count, 4);
  }
}

void Packer::text(std::string_view value) {
  if (value.size() > std::numeric_limits<std::uint32_t>::max()) fail("text above 4 GiB");
  if (value.size() < 32) {
    byte(0xA0U | static_cast<unsigned>(value.size()));
  } else if (value.size() <= 0xFF) {
    byte(0xD9), number(value.size(), 1);
  } else {
    sized(value.size(), 0xDA);
  }
  out_ += value;
}

void Packer::array(std::size_t count) {
  if (count < 16) return byte(0x90U | static_cast<unsigned>(count));
  sized(count, 0xDC);
}

void Packer::map(std::size_t count) {
  if (count < 16) return byte(0x80U | static_cast<unsigned>(count));
  sized(count, 0xDE);
}

std::string_view Unpacker::bytes(std::size_t count) {
  if (count > rest_.size()) fail("it ends too early");
  const auto taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

unsigned Unpacker::byte() { return static_cast<unsigned char>(bytes(1)[0]); }

std::uint64_t Unpacker::number(int count) {
  std::uint64_t value = 0;
  for (const char part : bytes(static_cast<std::size_t>(count))) {
    value = value << 8U | static_cast<unsigned char>(part);
  }
  return value;
}

bool Unpacker::nil() {
  if (rest_.empty() || static_cast<unsigned char>(rest_[0]) != 0xC0) return false;
  rest_.remove_prefix(1);
  return true;
}

bool Unpacker::boolean() {
  switch (byte()) {
    case 0xC2:
      return false;
    case 0xC3:
      return true;
    default:
      fail("a yes or no is expected");
  }
}

std::uint64_t Unpacker::natural() {
  const unsigned tag = byte();
  if (tag < 0x80) return tag;
  if (tag < 0xCC || tag > 0xCF) fail("a number is expected");
  return number(1 << (tag - 0xCC));
}

std::int64_t Unpacker::integer() {
  if (!rest_.empty() && static_cast<unsigned char>(rest_[0]) == 0xD3) {
    rest_.remove_prefix(1);
    return static_cast<std::int64_t>(number(8));
  }
  const auto value = natural();
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    fail("a number is too large");
  }
  return static_cast<std::int64_t>(value);
}

std::string_view Unpacker::text() {
  const unsigned tag = byte();
  if ((tag & 0xE0U) == 0xA0) return bytes(tag & 0x1FU);
  if (tag < 0xD9 || tag > 0xDB) fail("a text is expected");
  return bytes(number(1 << (tag - 0xD9)));
}

/// A count of items. Each item takes a byte at least, so a larger count than bytes left is damage
/// and must not lead to a large reservation.
std::size_t Unpacker::sized(unsigned tag, unsigned fixed, unsigned fixed_mask, unsigned tag16) {
  std::size_t count = 0;
  if ((tag & fixed_mask) == fixed) {
    count = tag & ~fixed_mask & 0xFFU;
  } else if (tag == tag16) {
    count = number(2);
  } else if (tag == tag16 + 1) {
    count = number(4);
  } else {
    fail("a list or a map is expected");
  }
  if (count > rest_.size()) fail("it ends too early");
  return count;
}

std::size_t Unpacker::array() { return sized(byte(), 0x90, 0xF0, 0xDC); }

std::size_t Unpacker::map() { return sized(byte(), 0x80, 0xF0, 0xDE); }

void Unpacker::skip() {
  // Counts what is still to be passed instead of recursing: depth cannot exhaust the stack.
  for (std::size_t left = 1; left > 0; --left) {
    if (rest_.empty()) fail("it ends too early");
    const unsigned tag = static_cast<unsigned char>(rest_[0]);
    if (tag == 0xC0 || tag == 0xC2 || tag == 0xC3) {
      bytes(1);
    } else if (tag < 0x80 || (tag >= 0xCC && tag <= 0xCF) || tag == 0xD3) {
      tag == 0xD3 ? static_cast<void>(integer()) : static_cast<void>(natural());
    } else if ((tag & 0xF0U) == 0x80 || tag == 0xDE || tag == 0xDF) {
      left += 2 * map();
    } else if ((tag & 0xF0U) == 0x90 || tag == 0xDC || tag == 0xDD) {
      left += array();
    } else {
      text();
    }
  }
}

}  // namespace town::document
