#pragma once
// The option table as a commented configuration file and as docs/configuration.md.
#include <string>
#include <vector>

#include "config/options.hpp"

namespace feedctl::config {

// The keys of a section; those of a provider or a content type stand for each.
std::vector<Option> reference_options(const Section& section);

std::string example_yaml();
std::string reference_markdown();

}  // namespace feedctl::config
