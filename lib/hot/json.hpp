#pragma once
#include <string>

#include "hot/hot.hpp"

namespace feedctl::hot {

// A page on the wire.
std::string to_json(const Page& page);

}  // namespace feedctl::hot
