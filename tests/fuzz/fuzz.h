// What a fuzz target gives: one run over an input, and inputs to begin with.
//
// Each `*_fuzz.cc` is one target. With clang and the preset `fuzz` it becomes a libFuzzer
// program; in an ordinary build driver.cc runs it over its seeds and over mutations of
// them, the same ones every time, so that every run of the tests tries it briefly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Aborts if a promise of the parser is broken; otherwise returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace candor::fuzz {

std::vector<std::string> Seeds();

inline std::string_view TextOf(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace candor::fuzz
