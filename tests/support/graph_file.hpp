#pragma once
#include <string>

#include "support/temp_folder.hpp"

namespace feedctl::support {

// The edges of a graph of 962 people: $FEEDCTL_GRAPH, or beside the source tree. Where they are not
// at hand made-up ones, written into `folder`, most of them to thirty people whom many follow; and
// says so.
std::string graph_file(const TempFolder& folder);

}  // namespace feedctl::support
