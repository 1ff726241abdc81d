#include "seed/phrases.hpp"

#include <array>

namespace feedctl::seed {

std::span<const Language> languages() {
  static const std::array all{english, spanish, japanese, russian, arabic, german};
  return all;
}

}  // namespace feedctl::seed
