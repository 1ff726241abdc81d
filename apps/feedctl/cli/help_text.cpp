#include "feedctl/cli/help_text.hpp"

#include <algorithm>

#include "feedctl/cli/common_options.hpp"
#include "feedctl/cli/help_topics.hpp"

namespace feedctl::cli {

namespace {

constexpr std::size_t width = 80;
constexpr std::size_t max_left_width = 30;

// "-n, --limit N"; an option without a short name is indented, so that long names align.
std::string left_column(const Option& option) {
  if (option.is_positional) return option.names;
  auto names = option_names(option);
  if (option.names.find(',') == std::string::npos) names.insert(0, 4, ' ');
  return option.metavar.empty() ? names : names + " " + option.metavar;
}

void wrap(std::string& out, std::string_view text, std::size_t indent) {
  std::size_t column = indent;
  bool first = true;
  while (!text.empty()) {
    const auto space = text.find(' ');
    const auto word = text.substr(0, space);
    if (!first && column + 1 + word.size() > width) {
      out.append("\n").append(indent, ' ');
      column = indent;
    } else if (!first) {
      out += ' ';
      ++column;
    }
    out.append(word);
    column += word.size();
    first = false;
    text = space == std::string_view::npos ? std::string_view{} : text.substr(space + 1);
  }
  out += '\n';
}

void append_options(std::string& out, const Spec& spec, std::string_view title, bool arguments) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& option : spec.options) {
    if (option.is_positional == arguments)
      rows.emplace_back(left_column(option), option_meaning(option));
  }
  if (!rows.empty()) out.append("\n").append(title).append(":\n").append(two_columns(rows));
}

// Paragraphs of `text` are separated by an empty line.
void append_paragraphs(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto end = text.find("\n\n");
    out += '\n';
    wrap(out, text.substr(0, end), 0);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 2);
  }
}

void append_examples(std::string& out, const std::vector<Example>& examples) {
  if (examples.empty()) return;
  out += "\nExamples:\n";
  for (const auto& example : examples)
    out.append("  # ").append(example.comment).append("\n  ").append(example.line).append("\n");
}

void append_subcommands(std::string& out, std::string_view command) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto* below : subcommands_of(command)) rows.emplace_back(below->name, below->summary);
  if (!rows.empty()) out.append("\nCommands:\n").append(two_columns(rows));
}

void append_see_also(std::string& out, const std::vector<std::string>& related) {
  if (related.empty()) return;
  out += "\nSee also: ";
  std::string all;
  for (const auto& name : related)
    all.append(all.empty() ? "" : ", ").append("feedctl ").append(name);
  wrap(out, all, 10);
}

}  // namespace

std::string option_names(const Option& option) {
  std::string names = option.names;
  if (const auto comma = names.find(','); comma != std::string::npos) names.insert(comma + 1, " ");
  if (option.is_switch() && !option.key.empty()) names.insert(names.find("--") + 2, "[no-]");
  return names;
}

std::string option_meaning(const Option& option) {
  std::string text = option.help;
  if (!option.choices.empty() && text.find(option.choices.front()) == std::string::npos) {
    text += ": ";
    for (const auto& choice : option.choices)
      text.append(&choice == &option.choices.front() ? "" : ", ").append(choice);
  }
  if (option.is_required)
    text += " (required)";
  else if (!option.default_text.empty())
    text += " (default " + option.default_text + ")";
  if (!option.env.empty()) text += " [" + option.env + "]";
  return text;
}

std::string usage_arguments(const Spec& spec) {
  std::string line;
  for (const auto& option : spec.options) {
    if (option.is_required && !option.is_positional)
      line += " " + option.long_name() + " " + option.metavar;
  }
  line += " [options]";
  for (const auto& option : spec.options) {
    if (!option.is_positional) continue;
    const bool many = std::holds_alternative<std::vector<std::string>*>(option.target);
    line += option.is_required ? " " + option.names : " [" + option.names + (many ? "...]" : "]");
  }
  return line;
}

std::string to_sentence(std::string_view text) {
  std::string out(text);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z')
    out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out + ".";
}

std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::size_t left = 0;
  for (const auto& row : rows)
    left = std::max(left, row.first.size() <= max_left_width ? row.first.size() : 0);
  const auto indent = left + 4;
  std::string out;
  for (const auto& [name, text] : rows) {
    out.append("  ").append(name);
    if (name.size() > left)
      out.append("\n").append(indent, ' ');
    else
      out.append(indent - 2 - name.size(), ' ');
    wrap(out, text, indent);
  }
  return out;
}

std::string help_of(const Command& command) {
  Spec spec;
  command.prepare(spec);
  CommonOptions unused;
  Spec common;
  add_common_options(common, unused, command.needs, spec.offers_dry_run);

  std::string out = "Usage: feedctl " + std::string(command.name) + usage_arguments(spec) + "\n\n";
  wrap(out, to_sentence(command.summary), 0);
  append_paragraphs(out, spec.description);
  append_examples(out, spec.examples);
  append_options(out, spec, "Arguments", true);
  append_options(out, spec, "Options", false);
  append_options(out, common, "Common options", false);
  append_subcommands(out, command.name);
  append_see_also(out, spec.related);
  return out;
}

std::string help_of_group(std::string_view group) {
  std::string out = "Usage: feedctl " + std::string(group) + " <command> [options]\n";
  append_subcommands(out, group);
  append_see_also(out, {"help " + std::string(group) + " <command>"});
  return out;
}

std::vector<Example> overview_examples() {
  return {{"try it: private PostgreSQL and Redis, sample data, the API", "feedctl dev"},
          {"bring a database up to date, then serve it", "feedctl migrate up && feedctl serve"},
          {"check the setup; each finding names its fix", "feedctl doctor"}};
}

std::string help_overview() {
  std::string out =
      "Usage: feedctl <command> [options]\n\n"
      "A social feed's backend and the tools to operate it, in one program.\n";
  append_examples(out, overview_examples());
  std::vector<std::string_view> groups;
  for (const auto& command : commands()) {
    if (!command.group.empty() &&
        std::find(groups.begin(), groups.end(), command.group) == groups.end()) {
      groups.push_back(command.group);
    }
  }
  std::vector<std::pair<std::string, std::string>> all;
  std::size_t left = 0;
  for (const auto& command : commands())
    left = std::max(left, command.group.empty() ? 0 : command.name.size());
  for (const auto group : groups) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (const auto& command : commands()) {
      if (command.group != group) continue;
      // Padded, so that all groups share one left column.
      rows.emplace_back(std::string(command.name).append(left - command.name.size(), ' '),
                        command.summary);
    }
    out.append("\n").append(group).append(":\n").append(two_columns(rows));
  }
  out += "\nTopics:\n";
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& topic : help_topics()) {
    std::string name = "help " + std::string(topic.name);
    rows.emplace_back(name.append(left > name.size() ? left - name.size() : 0, ' '), topic.summary);
  }
  return out + two_columns(rows) + "\nEach command: feedctl <command> --help\n";
}

}  // namespace feedctl::cli
