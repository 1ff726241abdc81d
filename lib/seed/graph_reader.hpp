#pragma once
// Reads a world from an edge list, as SNAP publishes its graphs. Plain function; thread-safe.
#include <istream>
#include <string>

#include "seed/world.hpp"

namespace feedctl::seed {

// A line is two node numbers "a b"; '#' and '%' begin comments. Node n becomes the user u<n>.
// Undirected: both users follow each other. `source` names the file in errors: Error(bad_data).
World read_graph(std::istream& in, const std::string& source, bool directed, Time now);

}  // namespace feedctl::seed
