#pragma once
// Sections that several pages of the manual have in common.
#include <string>
#include <vector>

#include "feedctl/cli/spec.hpp"
#include "feedctl/man/roff.hpp"

namespace feedctl::cli {

// "-n, --limit N" with names in bold and what they take in italics.
std::string roff_option(const Option& option);
void append_exit_status(RoffPage& page);
void append_common_environment(RoffPage& page);
void append_config_files(RoffPage& page);
void append_examples(RoffPage& page, const std::vector<Example>& examples);
// Names of pages with their sections: "feedctl.yaml(5)".
void append_see_also(RoffPage& page, const std::vector<std::string>& pages);

}  // namespace feedctl::cli
