#include "feedctl/commands.hpp"

#include <algorithm>

namespace feedctl::cli {

Run routes(Spec& spec);
Run seed(Spec& spec);
Run serve(Spec& spec);
Run version(Spec& spec);

namespace {

constexpr std::string_view run = "Run", data = "Data", operate = "Operate", about = "About";

constexpr Command table[] = {
    {"serve", "answer the HTTP API", run, needs_config | needs_database | needs_cache | is_daemon, serve},
    {"seed", "fill a database with people, follows, posts and likes", data, needs_config | needs_owner, seed},
    {"routes", "list every route and who may call it", operate, needs_nothing, routes},
    {"version", "say which version this is", about, needs_nothing, version},
};

}  // namespace

std::span<const Command> commands() { return table; }

const Command* find_command(std::string_view name) {
  for (const auto& command : table) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

std::vector<const Command*> commands_below(std::string_view word) {
  std::vector<const Command*> below;
  const auto prefix = std::string(word) + " ";
  for (const auto& command : table) {
    if (command.name.substr(0, prefix.size()) == prefix) below.push_back(&command);
  }
  return below;
}

std::vector<std::string> next_words(std::string_view prefix) {
  std::vector<std::string> words;
  const auto start = prefix.empty() ? std::string() : std::string(prefix) + " ";
  for (const auto& command : table) {
    if (command.group.empty() || command.name.substr(0, start.size()) != start) continue;
    const auto rest = command.name.substr(start.size());
    std::string word(rest.substr(0, rest.find(' ')));
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(std::move(word));
  }
  return words;
}

}  // namespace feedctl::cli
