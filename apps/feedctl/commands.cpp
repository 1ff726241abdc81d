#include "feedctl/commands.hpp"

#include <algorithm>

namespace feedctl::cli {

Run completion(Spec& spec);
Run completion_words(Spec& spec);
Run config_check(Spec& spec);
Run config_example(Spec& spec);
Run config_show(Spec& spec);
Run dev(Spec& spec);
Run dlq_drop(Spec& spec);
Run dlq_list(Spec& spec);
Run dlq_retry(Spec& spec);
Run dlq_show(Spec& spec);
Run doctor(Spec& spec);
Run events_adopt(Spec& spec);
Run events_tail(Spec& spec);
Run explain(Spec& spec);
Run help(Spec& spec);
Run migrate_status(Spec& spec);
Run migrate_up(Spec& spec);
Run migrate_verify(Spec& spec);
Run rebuild_feed(Spec& spec);
Run routes(Spec& spec);
Run seed(Spec& spec);
Run serve(Spec& spec);
Run trace(Spec& spec);
Run users_create(Spec& spec);
Run users_list(Spec& spec);
Run users_promote(Spec& spec);
Run users_show(Spec& spec);
Run users_token(Spec& spec);
Run verify(Spec& spec);
Run version(Spec& spec);
Run warm_cache(Spec& spec);
Run work(Spec& spec);

namespace {

constexpr std::string_view run = "Run", data = "Data", operate = "Operate", about = "About";

constexpr Command table[] = {
    {"serve", "answer the HTTP API", run, needs_config | needs_database | needs_cache | is_daemon,
     serve},
    {"work", "handle events: feeds, scores, removals", run,
     needs_config | needs_database | needs_cache | is_daemon, work},
    {"dev", "run everything at once, privately: databases, a small world, the server", run,
     needs_nothing, dev},
    {"migrate up", "bring the database's schema up to date", data,
     needs_config | needs_owner | unguarded, migrate_up},
    {"migrate status", "list the migrations and what became of them", data,
     needs_config | needs_owner | unguarded, migrate_status},
    {"migrate verify", "check that what was applied is what this binary holds", data,
     needs_config | needs_owner | unguarded, migrate_verify},
    {"seed", "fill a database with people, follows, posts and likes", data,
     needs_config | needs_owner, seed},
    {"doctor", "find what is wrong here, and the line that fixes it", operate,
     needs_config | needs_database | needs_cache | unguarded, doctor},
    {"verify", "compare rows, counters and scores with what they are made from", operate,
     needs_config | needs_database | needs_cache, verify},
    {"rebuild-feed", "add what is missing in the home feeds' rows", operate,
     needs_config | needs_database, rebuild_feed},
    {"warm-cache", "fill Redis before readers ask", operate,
     needs_config | needs_database | needs_cache, warm_cache},
    {"explain", "say why a post is, or is not, in a feed", operate, needs_config | needs_database,
     explain},
    {"trace", "show what became of a post's fan-out", operate, needs_config | needs_database,
     trace},
    {"events tail", "follow the event log, for people and other systems", operate,
     needs_config | needs_database, events_tail},
    {"events adopt", "take over a database that was made in another cluster", operate,
     needs_config | needs_owner | unguarded, events_adopt},
    {"dlq list", "list the events and jobs that were given up", operate,
     needs_config | needs_database, dlq_list},
    {"dlq show", "show one of them whole", operate, needs_config | needs_database, dlq_show},
    {"dlq retry", "hand them back to the workers", operate, needs_config | needs_database,
     dlq_retry},
    {"dlq drop", "forget them", operate, needs_config | needs_database, dlq_drop},
    {"users create", "make an account", operate, needs_config | needs_database, users_create},
    {"users token", "print an access token for scripts and tests", operate,
     needs_config | needs_database, users_token},
    {"users promote", "give an account another role", operate, needs_config | needs_database,
     users_promote},
    {"users list", "list accounts, the newest first", operate, needs_config | needs_database,
     users_list},
    {"users show", "show one account", operate, needs_config | needs_database, users_show},
    {"config check", "report every mistake in the configuration", operate, takes_config,
     config_check},
    {"config show", "show each key's value and where it comes from", operate, needs_config,
     config_show},
    {"config example", "print every key with its default, commented", operate, needs_nothing,
     config_example},
    {"routes", "list every route and who may call it", operate, needs_config, routes},
    {"version", "say which version this is", about, needs_nothing, version},
    {"help", "explain a command or a topic", about, needs_nothing, help},
    {"completion", "print a shell's completion script", about, needs_nothing, completion},
    {"completion-words", "what a completion script asks at each Tab", "", needs_nothing,
     completion_words},
};

}  // namespace

std::span<const Command> commands() {
  return table;
}

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
    if (std::find(words.begin(), words.end(), word) == words.end())
      words.push_back(std::move(word));
  }
  return words;
}

}  // namespace feedctl::cli
