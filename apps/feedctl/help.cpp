// feedctl help: the same texts as --help, and the topics.
#include "base/closest_match.hpp"
#include "base/error.hpp"
#include "feedctl/cli/help_text.hpp"
#include "feedctl/cli/help_topics.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

std::string help_text_of(const std::vector<std::string>& words) {
  if (words.empty()) return help_overview();
  std::string name;
  for (const auto& word : words) name.append(name.empty() ? "" : " ").append(word);
  if (const auto* command = find_command(name)) return help_of(*command);
  if (!subcommands_of(name).empty()) return help_of_group(name);
  auto known = next_words(words.size() == 1 ? "" : words.front());
  for (const auto& topic : help_topics()) {
    if (topic.name == name) return topic.text();
    if (words.size() == 1) known.emplace_back(topic.name);
  }
  Error error(ErrorCode::usage, "there is no command or topic \"" + name + "\"");
  const auto near = closest_match(words.back(), known);
  const auto before = words.size() == 1 ? "" : words.front() + " ";
  std::move(error).with_hint(near.empty() ? "`feedctl help` lists them"
                                          : "did you mean `feedctl help " + before + near + "`?");
  throw error;
}

}  // namespace

CommandFn help(Spec& spec) {
  auto words = std::make_shared<std::vector<std::string>>();
  spec.argument("COMMAND", "a command, or a topic: exit-codes, environment, formatting",
                words.get());
  spec.example("what migrate can do", "feedctl help migrate");
  spec.example("the codes that scripts see", "feedctl help exit-codes");
  return [words](Runtime& runtime) {
    runtime.print(help_text_of(*words));
    return exit_ok;
  };
}

}  // namespace feedctl::cli
