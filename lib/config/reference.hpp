#pragma once
// The option table as a commented configuration file and as docs/configuration.md.
#include <string>

namespace feedctl::config {

std::string example_yaml();
std::string reference_markdown();

}  // namespace feedctl::config
