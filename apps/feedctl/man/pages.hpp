#pragma once
// The manual: a page for feedctl, one for each command and group of commands, and one for the
// configuration file, made from the table of commands, their options and the table of configuration
// keys. Plain functions; they read no configuration.
#include <string>
#include <vector>

#include "feedctl/commands.hpp"

namespace feedctl::cli {

struct ManPage {
  std::string name;     // "feedctl-migrate-up"
  std::string section;  // "1"
  std::string text;     // roff

  std::string file_name() const { return name + "." + section; }
};

std::vector<ManPage> man_pages();

ManPage overview_page();
ManPage command_page(const Command& command);
ManPage group_page(std::string_view group);
ManPage config_page();

// "migrate up" -> "feedctl-migrate-up".
std::string page_name(std::string_view command);

}  // namespace feedctl::cli
