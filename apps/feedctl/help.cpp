// feedctl help: the same texts as --help, and the topics.
#include "base/error.hpp"
#include "base/suggest.hpp"
#include "feedctl/frame/help_text.hpp"
#include "feedctl/runtime.hpp"

namespace feedctl::cli {

namespace {

std::string help_about(const std::vector<std::string>& words) {
  if (words.empty()) return help_of_all();
  std::string name;
  for (const auto& word : words) name.append(name.empty() ? "" : " ").append(word);
  if (const auto* command = find_command(name)) return help_of(*command);
  if (!commands_below(name).empty()) return help_of_group(name);
  auto known = next_words(words.size() == 1 ? "" : words.front());
  for (const auto& topic : help_topics()) {
    if (topic.name == name) return topic.text();
    if (words.size() == 1) known.emplace_back(topic.name);
  }
  Error error(ErrorCode::usage, "there is no command or topic \"" + name + "\"");
  const auto near = nearest(words.back(), known);
  const auto before = words.size() == 1 ? "" : words.front() + " ";
  std::move(error).with_hint(near.empty() ? "`feedctl help` lists them"
                                          : "did you mean `feedctl help " + before + near + "`?");
  throw error;
}

}  // namespace

Run help(Spec& spec) {
  auto words = std::make_shared<std::vector<std::string>>();
  spec.argument("COMMAND", "a command, or a topic: exit-codes, environment, formatting",
                words.get());
  spec.example("what migrate can do", "feedctl help migrate");
  spec.example("the codes that scripts see", "feedctl help exit-codes");
  return [words](Runtime& runtime) {
    runtime.print(help_about(*words));
    return exit_ok;
  };
}

}  // namespace feedctl::cli
