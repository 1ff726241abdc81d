#include "feedctl/man/parts.hpp"

#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/help_text.hpp"
#include "feedctl/cli/help_topics.hpp"

namespace feedctl::cli {

std::string roff_option(const Option& option) {
  if (option.is_positional) return roff_italic(option.names);
  const auto names = roff_bold(option_names(option));
  return option.metavar.empty() ? names : names + " " + roff_italic(option.metavar);
}

void append_exit_status(RoffPage& page) {
  page.section("EXIT STATUS");
  for (const auto& code : exit_codes())
    page.item(roff_bold(std::to_string(code.code)), code.meaning);
}

void append_common_environment(RoffPage& page) {
  for (const auto& [name, meaning] : program_variables()) page.item(roff_bold(name), meaning);
  page.paragraphs("feedctl.yaml(5) lists a variable for each configuration key.");
}

void append_config_files(RoffPage& page) {
  page.section("FILES");
  page.item(roff_italic("/etc/feedctl/feedctl.yaml"),
            "The configuration, unless `--config` or `FEEDCTL_CONFIG` names another file. See "
            "feedctl.yaml(5).");
  page.item(roff_italic("$XDG_CONFIG_HOME/feedctl/feedctl.yaml"),
            "The configuration, where that one does not exist; `$HOME/.config` where "
            "`XDG_CONFIG_HOME` is not set.");
  page.item(roff_italic("/etc/feedctl/feedctl.env"),
            "Variables of the services. At the shell: `--env-file /etc/feedctl/feedctl.env`.");
  page.item(roff_italic("/etc/feedctl/database.url"),
            "The URL of the database for the services alone, if it exists: a file that only root "
            "can read.");
}

void append_examples(RoffPage& page, const std::vector<Example>& examples) {
  if (examples.empty()) return;
  page.section("EXAMPLES");
  for (const auto& example : examples) {
    page.paragraphs(to_sentence(example.comment));
    page.verbatim(example.line);
  }
}

void append_see_also(RoffPage& page, const std::vector<std::string>& pages) {
  if (pages.empty()) return;
  page.section("SEE ALSO");
  std::string all;
  for (const auto& name : pages) {
    const auto bracket = name.rfind('(');
    if (!all.empty()) all += ",\n";
    all += roff_bold(name.substr(0, bracket)) + roff_escaped(name.substr(bracket));
  }
  page.line(all);
}

}  // namespace feedctl::cli
