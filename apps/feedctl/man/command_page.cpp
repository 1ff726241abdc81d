#include <algorithm>

#include "feedctl/cli/common_options.hpp"
#include "feedctl/cli/help_text.hpp"
#include "feedctl/man/pages.hpp"
#include "feedctl/man/parts.hpp"

namespace feedctl::cli {

namespace {

void append_options(RoffPage& page, const Spec& spec, std::string_view title, bool arguments) {
  bool is_first = true;
  for (const auto& option : spec.options) {
    if (option.is_positional != arguments) continue;
    if (is_first) page.section(title);
    is_first = false;
    page.item(roff_option(option), option_meaning(option));
  }
}

void append_subcommands(RoffPage& page, std::string_view group) {
  const auto below = subcommands_of(group);
  if (below.empty()) return;
  page.section("COMMANDS");
  for (const auto* command : below)
    page.item(roff_bold(page_name(command->name)) + "(1)", to_sentence(command->summary));
}

void append_environment(RoffPage& page, const Spec& spec, const Spec& common, bool has_config) {
  page.section("ENVIRONMENT");
  for (const auto* of : {&spec, &common}) {
    for (const auto& option : of->options) {
      if (option.key.empty()) continue;
      page.item(roff_bold(option.env), "As `" + option.long_name() + "`, which wins over it.");
    }
  }
  if (has_config)
    append_common_environment(page);
  else
    page.item(roff_bold("NO_COLOR") + ", " + roff_bold("TERM=dumb"), "No colour.");
}

// Pages of "migrate up", "help exit-codes"; a topic stands in feedctl(1).
std::vector<std::string> pages_of(const std::vector<std::string>& related, bool has_config) {
  std::vector<std::string> pages;
  const auto add = [&](const std::string& page) {
    if (std::find(pages.begin(), pages.end(), page) == pages.end()) pages.push_back(page);
  };
  add("feedctl(1)");
  for (const auto& name : related) {
    if (find_command(name) || !subcommands_of(name).empty()) add(page_name(name) + "(1)");
  }
  if (has_config) add("feedctl.yaml(5)");
  return pages;
}

}  // namespace

ManPage command_page(const Command& command) {
  Spec spec, common;
  CommonOptions unused;
  command.prepare(spec);
  add_common_options(common, unused, command.needs, spec.offers_dry_run);
  const bool has_config = command.needs != needs_nothing;

  const ManHeading heading{page_name(command.name), "1", std::string(command.summary)};
  RoffPage page(heading);
  page.section("SYNOPSIS")
      .line(roff_bold("feedctl " + std::string(command.name)) +
            roff_escaped(usage_arguments(spec)));
  page.section("DESCRIPTION");
  page.paragraphs(spec.description.empty() ? to_sentence(command.summary) : spec.description);
  append_subcommands(page, command.name);
  append_options(page, spec, "ARGUMENTS", true);
  append_options(page, spec, "OPTIONS", false);
  append_options(page, common, "COMMON OPTIONS", false);
  append_exit_status(page);
  append_environment(page, spec, common, has_config);
  if (has_config) append_config_files(page);
  append_examples(page, spec.examples);
  append_see_also(page, pages_of(spec.related, has_config));
  return {heading.name, heading.section, page.text()};
}

ManPage group_page(std::string_view group) {
  std::string words;
  for (const auto* command : subcommands_of(group)) {
    words.append(words.empty() ? "" : ", ");
    words.append(command->name.substr(group.size() + 1));
  }
  const ManHeading heading{page_name(group), "1", "the commands " + words};
  RoffPage page(heading);
  page.section("SYNOPSIS")
      .line(roff_bold("feedctl " + std::string(group)) + " " + roff_italic("command") +
            " [options]");
  page.section("DESCRIPTION").paragraphs("Each command has a page of its own.");
  append_subcommands(page, group);
  append_see_also(page, {"feedctl(1)"});
  return {heading.name, heading.section, page.text()};
}

}  // namespace feedctl::cli
