#include "feedctl/frame/help_text.hpp"

#include <algorithm>

#include "feedctl/frame/common_options.hpp"

namespace feedctl::cli {

namespace {

constexpr std::size_t width = 80;
constexpr std::size_t most_left = 30;

// "-n, --limit N"; options without a short name are indented to stand below one another.
std::string left_of(const Option& option) {
  if (option.argument) return option.names;
  std::string names = option.names;
  const auto comma = names.find(',');
  if (comma == std::string::npos)
    names = "    " + names;
  else
    names.insert(comma + 1, " ");
  if (option.is_switch() && !option.key.empty()) names.insert(names.find("--") + 2, "[no-]");
  return option.metavar.empty() ? names : names + " " + option.metavar;
}

std::string right_of(const Option& option) {
  std::string text = option.help;
  if (!option.choices.empty() && text.find(option.choices.front()) == std::string::npos) {
    text += ": ";
    for (const auto& choice : option.choices)
      text.append(&choice == &option.choices.front() ? "" : ", ").append(choice);
  }
  if (option.needed)
    text += " (required)";
  else if (!option.standard.empty())
    text += " (default " + option.standard + ")";
  if (!option.env.empty()) text += " [" + option.env + "]";
  return text;
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

void option_group(std::string& out, const Spec& spec, std::string_view title, bool arguments) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& option : spec.options) {
    if (option.argument == arguments) rows.emplace_back(left_of(option), right_of(option));
  }
  if (!rows.empty()) out.append("\n").append(title).append(":\n").append(two_columns(rows));
}

std::string usage_of(const Command& command, const Spec& spec) {
  std::string line = "Usage: feedctl " + std::string(command.name);
  for (const auto& option : spec.options) {
    if (option.needed && !option.argument) line += " " + option.long_name() + " " + option.metavar;
  }
  line += " [options]";
  for (const auto& option : spec.options) {
    if (!option.argument) continue;
    const bool many = std::holds_alternative<std::vector<std::string>*>(option.target);
    line += option.needed ? " " + option.names : " [" + option.names + (many ? "...]" : "]");
  }
  return line + "\n";
}

std::string sentence(std::string_view text) {
  std::string out(text);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z')
    out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out + ".";
}

void append_examples(std::string& out, const std::vector<Example>& examples) {
  if (examples.empty()) return;
  out += "\nExamples:\n";
  for (const auto& example : examples)
    out.append("  # ").append(example.comment).append("\n  ").append(example.line).append("\n");
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

std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::size_t left = 0;
  for (const auto& row : rows)
    left = std::max(left, row.first.size() <= most_left ? row.first.size() : 0);
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

  std::string out = usage_of(command, spec) + "\n";
  wrap(out, sentence(command.summary), 0);
  if (!spec.description.empty()) {
    out += '\n';
    wrap(out, spec.description, 0);
  }
  append_examples(out, spec.examples);
  option_group(out, spec, "Arguments", true);
  option_group(out, spec, "Options", false);
  option_group(out, common, "Common options", false);
  append_see_also(out, spec.related);
  return out;
}

std::string help_of_group(std::string_view word) {
  std::string out = "Usage: feedctl " + std::string(word) + " <command> [options]\n\nCommands:\n";
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto* command : commands_below(word))
    rows.emplace_back(command->name, command->summary);
  out += two_columns(rows);
  append_see_also(out, {"help " + std::string(word) + " <command>"});
  return out;
}

std::string help_of_all() {
  std::string out =
      "Usage: feedctl <command> [options]\n\n"
      "A social feed's backend and the tools to operate it, in one program.\n";
  append_examples(
      out, {{"try it: private PostgreSQL and Redis, a small world, the API", "feedctl dev"},
            {"bring a database up to date, then serve it", "feedctl migrate up && feedctl serve"},
            {"what is wrong here, and which line fixes it", "feedctl doctor"}});
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
