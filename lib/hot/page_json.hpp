#pragma once
// The JSON of a hot feed page. A plain function, thread-safe.
#include <string>

#include "hot/hot_feed.hpp"

namespace feedctl::hot {

std::string to_json(const Page& page);

}  // namespace feedctl::hot
