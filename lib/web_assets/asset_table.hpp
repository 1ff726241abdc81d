#pragma once
// The table of embedded files. The build makes its definition, see the script `embed`.
#include <span>

#include "web_assets/web_assets.hpp"

namespace feedctl::web_assets {

std::span<const Asset> all_assets();  // sorted by path

}  // namespace feedctl::web_assets
