// libFuzzer's entry, for each target anew: TOWN_FUZZ_HEADER and TOWN_FUZZ_INPUT name the promise
// that no bytes may break. Built with TOWN_FUZZ (preset "fuzz").
#include TOWN_FUZZ_HEADER

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  TOWN_FUZZ_INPUT(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
