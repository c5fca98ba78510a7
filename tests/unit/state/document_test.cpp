#include <doctest/doctest.h>

#include <limits>

#include "specs.h"
#include "state/document/pack.h"
#include "state/document/spec_document.h"
#include "state/error.h"

namespace town::document {
namespace {

std::string bytes_of(const Spec& spec) {
  Packer out;
  pack_spec(out, spec);
  return out.take();
}

Spec spec_of(Kind kind, std::string_view bytes) {
  Unpacker in(bytes);
  auto spec = unpack_spec(in, kind);
  CHECK(in.done());
  return spec;
}

}  // namespace

TEST_SUITE("state/document") {
  TEST_CASE("a spec of each kind reads back from its document, bytes that are no text included") {
    for (const auto& spec : full_specs()) CHECK(spec_of(kind_of(spec), bytes_of(spec)) == spec);
  }

  TEST_CASE("what is at its default takes no room") {
    CHECK(bytes_of(UnitSpec{}) == "\x80");
    CHECK(spec_of(Kind::unit, "\x80") == Spec(UnitSpec{}));
  }

  TEST_CASE("a member that no field knows is passed over, with all that it holds") {
    Packer out;
    out.map(4);
    out.text("later");
    out.map(1);
    out.text("list");
    out.array(5);
    out.nil();
    out.boolean(true);
    out.integer(-5);
    out.natural(1U << 20U);
    out.text(std::string(300, 'x'));
    out.text("protocol");
    out.text("udp");
    out.text("between");
    out.natural(7);
    out.text("number");
    out.natural(53);
    CHECK(spec_of(Kind::port, out.out()) == Spec(PortSpec{53, "udp", ""}));
  }

  TEST_CASE("numbers and texts of every size read back") {
    for (const std::uint64_t number :
         {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{255},
          std::uint64_t{256}, std::uint64_t{65535}, std::uint64_t{65536}, std::uint64_t{1} << 32U,
          std::numeric_limits<std::uint64_t>::max()}) {
      CHECK(from_bytes<std::uint64_t>(to_bytes(number)) == number);
    }
    for (const std::int64_t number : {std::int64_t{-1}, std::numeric_limits<std::int64_t>::min(),
                                      std::numeric_limits<std::int64_t>::max()}) {
      CHECK(from_bytes<std::int64_t>(to_bytes(number)) == number);
    }
    for (const std::size_t size : {0U, 31U, 32U, 255U, 256U, 65535U, 65536U}) {
      const std::string text(size, 'x');
      CHECK(from_bytes<std::string>(to_bytes(text)) == text);
      const std::vector<std::string> list(size, "");
      CHECK(from_bytes<std::vector<std::string>>(to_bytes(list)) == list);
    }
  }

  TEST_CASE("a document cut short anywhere is refused") {
    for (const auto& spec : full_specs()) {
      const auto whole = bytes_of(spec);
      for (std::size_t size = 0; size < whole.size(); size += 1 + size / 50) {
        Unpacker in(std::string_view(whole).substr(0, size));
        CHECK_THROWS_AS(unpack_spec(in, kind_of(spec)), Error);
      }
    }
  }

  TEST_CASE("a document with any byte changed is refused or read, never worse") {
    const auto whole = bytes_of(full_unit());
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (const char flip : {'\x01', '\x40', '\x80', '\xFF'}) {
        auto bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ flip);
        Unpacker in(bytes);
        try {
          unpack_spec(in, Kind::unit);
        } catch (const Error& error) {
          CHECK(error.reason() == "BadDocument");
        }
      }
    }
  }

  TEST_CASE("a count that the bytes cannot hold reserves nothing") {
    CHECK_THROWS_AS(from_bytes<std::vector<std::string>>("\xDD\xFF\xFF\xFF\xFF"), Error);
  }
}

}  // namespace town::document
