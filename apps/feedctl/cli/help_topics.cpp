#include "feedctl/cli/help_topics.hpp"

#include <array>

#include "config/env_aliases.hpp"
#include "config/oidc_options.hpp"
#include "config/options.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/help_text.hpp"

namespace feedctl::cli {

namespace {

std::string exit_code_topic() {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& code : exit_codes()) rows.emplace_back(std::to_string(code.code), code.meaning);
  return "Every command ends with one of these. Scripts may rely on them.\n\n" + two_columns(rows);
}

std::string environment_topic() {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& option : config::options())
    rows.emplace_back(config::env_name(option.key), option.help);
  for (const auto& option : config::provider_options("NAME"))
    rows.emplace_back(config::env_name(option.key), option.help);
  std::string out =
      "Each configuration key can be set by a variable. Flags win over variables, and\n"
      "variables over the file. To read a secret from a file, add _FILE to its name.\n\n" +
      two_columns(rows) + "\nOther names, where the FEEDCTL_ name is not set:\n";
  rows.clear();
  for (const auto& known : config::known_variables()) rows.emplace_back(known.names, known.meaning);
  out += two_columns(rows) + "\nNot configuration:\n";
  return out + two_columns(program_variables());
}

std::string formatting_topic() {
  return "-o, --output table    for people; the form may change\n"
         "-o, --output json     one document; its keys only ever grow in number\n"
         "-o, --output jsonl    one JSON object a line, for lists\n"
         "\n"
         "Data goes to standard output; messages, progress and logs to standard error.\n"
         "Times are RFC 3339 in UTC. A missing value is null in JSON and - in a table.\n"
         "\n"
         "Log lines: --log-format text or json, journald with its priorities; auto is text\n"
         "on a terminal, journald under systemd, else json. --log-level debug shows more.\n"
         "\n"
         "Colour: --color auto|always|never; NO_COLOR and TERM=dumb turn it off.\n"
         "\n"
         "Progress of long commands: a bar on a terminal, else a line every 10 seconds;\n"
         "kill -USR1 prints one now.\n";
}

constexpr std::array<Topic, 3> topics{{
    {"exit-codes", "what each exit code means", exit_code_topic},
    {"environment", "every variable that is read", environment_topic},
    {"formatting", "tables, JSON, logs and colour", formatting_topic},
}};

}  // namespace

std::vector<std::pair<std::string, std::string>> program_variables() {
  return {{"FEEDCTL_CONFIG", "the configuration file, where no --config names one"},
          {"CREDENTIALS_DIRECTORY",
           "systemd's credentials: a file named like a secret's key is its value"},
          {"NO_COLOR, TERM=dumb", "no colour"}};
}

std::span<const Topic> help_topics() {
  return topics;
}

}  // namespace feedctl::cli
