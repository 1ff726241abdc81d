// What libFuzzer calls; built once for each target, which FUZZ_TARGET names.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    feedctl::fuzz::FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  } catch (const feedctl::fuzz::Violation& violation) {
    std::fprintf(stderr, "violation: %s\n", violation.what());
    std::abort();
  }
  return 0;
}
