// libFuzzer target: any text as a package file. Built with TOWN_FUZZ (preset "fuzz").
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tests/fuzz/package_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  town::package::try_package({reinterpret_cast<const char*>(data), size});
  return 0;
}
