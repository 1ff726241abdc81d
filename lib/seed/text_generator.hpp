#pragma once
// Names and texts of a generated world. Each follows from the seed and the index alone, so none is
// stored. Plain functions; thread-safe. Internal to lib/seed.
#include <cstddef>
#include <cstdint>
#include <string>

namespace feedctl::seed {

std::string generate_handle(std::uint64_t seed, std::size_t user);
std::string generate_name(std::uint64_t seed, std::size_t user);
std::string generate_text(std::uint64_t seed, std::size_t post);

}  // namespace feedctl::seed
