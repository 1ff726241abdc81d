#include "feedctl/cli/common_options.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "feedctl/commands.hpp"

namespace feedctl::cli {

OutputFormat CommonOptions::format() const {
  if (output == "json") return OutputFormat::json;
  return output == "jsonl" ? OutputFormat::jsonl : OutputFormat::table;
}

bool CommonOptions::use_color(int fd) const {
  if (color != "auto") return color == "always";
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value ? std::string_view(value) : std::string_view();
  };
  return set("NO_COLOR").empty() && set("TERM") != "dumb" && ::isatty(fd) == 1;
}

void add_common_options(Spec& spec, CommonOptions& common, unsigned needs, bool dry_run) {
  if (dry_run)
    spec.flag("--dry-run", "report what would change, and change nothing", &common.dry_run);
  if (needs != needs_nothing) {
    spec.value("-c,--config", "FILE", "read this configuration file", &common.config_file).env =
        "FEEDCTL_CONFIG";
    spec.value("--env-file", "FILE", "NAME=value lines for what the environment does not set",
               &common.env_file);
    spec.value("--set", "KEY=VALUE", "set a configuration key; may be repeated", &common.settings);
  }
  if ((needs & is_daemon) == 0) {
    spec.value("-o,--output", "FORMAT", "table, json or jsonl", &common.output)
        .one_of({"table", "json", "jsonl"});
    spec.flag("-q,--quiet", "print errors only", &common.quiet);
  }
  spec.flag("-v,--verbose", "print more", &common.verbose);
  spec.value("--color", "WHEN", "auto, always or never", &common.color)
      .one_of({"auto", "always", "never"})
      .env = "NO_COLOR";
  if (needs != needs_nothing) {
    spec.key("--log-level", "log.level");
    spec.key("--log-format", "log.format");
  }
  spec.flag("-h,--help", "show this help", &common.help);
}

}  // namespace feedctl::cli
