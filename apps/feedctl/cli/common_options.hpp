#pragma once
// Options that all commands share: output format, colour, configuration, log. A plain value.
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "feedctl/cli/spec.hpp"

namespace feedctl::cli {

enum class OutputFormat { table, json, jsonl };

struct CommonOptions {
  std::string output = "table";
  std::string color = "auto";
  std::optional<std::string> config_file;
  std::optional<std::string> env_file;
  std::vector<std::string> settings;  // --set KEY=VALUE
  bool quiet = false;
  bool verbose = false;
  bool dry_run = false;
  bool help = false;

  OutputFormat format() const;
  // Colour on a stream: --color, NO_COLOR, TERM=dumb, and whether it is a terminal.
  bool use_color(int fd) const;
};

// `needs` of the command decides which options it gets.
void add_common_options(Spec& spec, CommonOptions& common, unsigned needs, bool dry_run);

}  // namespace feedctl::cli
