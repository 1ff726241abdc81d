#include "feedctl/commands.hpp"

#include <algorithm>

namespace feedctl::cli {

CommandFn audit(Spec& spec);
CommandFn bundle(Spec& spec);
CommandFn completion(Spec& spec);
CommandFn completion_words(Spec& spec);
CommandFn config_check(Spec& spec);
CommandFn config_example(Spec& spec);
CommandFn config_show(Spec& spec);
CommandFn dev(Spec& spec);
CommandFn dlq_drop(Spec& spec);
CommandFn dlq_list(Spec& spec);
CommandFn dlq_retry(Spec& spec);
CommandFn dlq_show(Spec& spec);
CommandFn doctor(Spec& spec);
CommandFn events_adopt(Spec& spec);
CommandFn events_tail(Spec& spec);
CommandFn explain(Spec& spec);
CommandFn failpoints(Spec& spec);
CommandFn flush_views(Spec& spec);
CommandFn healthcheck(Spec& spec);
CommandFn help(Spec& spec);
CommandFn image_processor(Spec& spec);
CommandFn keys_list(Spec& spec);
CommandFn keys_rotate(Spec& spec);
CommandFn loadtest(Spec& spec);
CommandFn loadtest_compare(Spec& spec);
CommandFn loadtest_merge(Spec& spec);
CommandFn login(Spec& spec);
CommandFn logout(Spec& spec);
CommandFn man(Spec& spec);
CommandFn media_gc(Spec& spec);
CommandFn media_verify(Spec& spec);
CommandFn migrate_status(Spec& spec);
CommandFn migrate_up(Spec& spec);
CommandFn migrate_verify(Spec& spec);
CommandFn openapi(Spec& spec);
CommandFn openid_provider(Spec& spec);
CommandFn rebuild_feed(Spec& spec);
CommandFn routes(Spec& spec);
CommandFn seed(Spec& spec);
CommandFn serve(Spec& spec);
CommandFn size(Spec& spec);
CommandFn stats(Spec& spec);
CommandFn top(Spec& spec);
CommandFn trace(Spec& spec);
CommandFn users_create(Spec& spec);
CommandFn users_list(Spec& spec);
CommandFn users_promote(Spec& spec);
CommandFn users_reinstate(Spec& spec);
CommandFn users_revoke(Spec& spec);
CommandFn users_show(Spec& spec);
CommandFn users_suspend(Spec& spec);
CommandFn users_token(Spec& spec);
CommandFn verify(Spec& spec);
CommandFn version(Spec& spec);
CommandFn warm_cache(Spec& spec);
CommandFn work(Spec& spec);

namespace {

constexpr std::string_view run_group = "Run", data_group = "Data", operate_group = "Operate",
                           about_group = "About";

constexpr Command table[] = {
    {"serve", "answer the HTTP API", run_group,
     needs_config | needs_database | needs_cache | is_daemon, serve},
    {"work", "handle events: feeds, scores, deletions", run_group,
     needs_config | needs_database | needs_cache | is_daemon, work},
    {"dev", "run everything privately: databases, sample data, the server", run_group,
     needs_nothing, dev},
    {"migrate up", "bring the database's schema up to date", data_group,
     needs_config | needs_owner | allows_unfit_database, migrate_up},
    {"migrate status", "list the migrations and their states", data_group,
     needs_config | needs_owner | allows_unfit_database, migrate_status},
    {"migrate verify", "check that the applied migrations are those of this binary", data_group,
     needs_config | needs_owner | allows_unfit_database, migrate_verify},
    {"seed", "fill a database with users, follows, posts and likes", data_group,
     needs_config | needs_owner, seed},
    {"doctor", "check the setup; each finding names its fix", operate_group,
     needs_config | needs_database | needs_cache | allows_unfit_database, doctor},
    {"healthcheck", "ask a running server whether it is ready", operate_group, takes_config_options,
     healthcheck},
    {"top", "watch running processes: requests, latency, lag, cache", operate_group,
     takes_config_options, top},
    {"bundle", "collect an archive for support, without secrets", operate_group,
     takes_config_options, bundle},
    {"stats", "show rows, bytes and what waits, in PostgreSQL and Redis", operate_group,
     needs_config | needs_database, stats},
    {"size", "predict what a load needs, and what ends first", operate_group,
     needs_config | needs_database, size},
    {"verify", "compare rows, counters and scores with their sources", operate_group,
     needs_config | needs_database | needs_cache, verify},
    {"rebuild-feed", "add missing rows of home feeds", operate_group, needs_config | needs_database,
     rebuild_feed},
    {"flush-views", "move view counters from Redis to PostgreSQL", operate_group,
     needs_config | needs_database | logs_progress, flush_views},
    {"warm-cache", "fill Redis before readers need it", operate_group,
     needs_config | needs_database | needs_cache, warm_cache},
    {"loadtest", "load a running server, measure its latencies and judge them", operate_group,
     needs_nothing, loadtest},
    {"loadtest compare", "say what differs between two results, beyond the noise", operate_group,
     needs_nothing, loadtest_compare},
    {"loadtest merge", "join the results of several processes into one", operate_group,
     needs_nothing, loadtest_merge},
    {"media gc", "remove objects from the store of media that nothing names", operate_group,
     needs_config | needs_database, media_gc},
    {"media verify", "compare images of posts and users with the store", operate_group,
     needs_config | needs_database, media_verify},
    {"explain", "say why a post is, or is not, in a feed", operate_group,
     needs_config | needs_database, explain},
    {"trace", "show how far a post's fan-out has come", operate_group,
     needs_config | needs_database, trace},
    {"events tail", "print the events of the log as they come", operate_group,
     needs_config | needs_database, events_tail},
    {"events adopt", "take over a database that was made in another cluster", operate_group,
     needs_config | needs_owner | allows_unfit_database, events_adopt},
    {"dlq list", "list dead letters: events and jobs that workers gave up", operate_group,
     needs_config | needs_database, dlq_list},
    {"dlq show", "show one dead letter in full", operate_group, needs_config | needs_database,
     dlq_show},
    {"dlq retry", "hand dead letters back to the workers", operate_group,
     needs_config | needs_database, dlq_retry},
    {"dlq drop", "delete dead letters", operate_group, needs_config | needs_database, dlq_drop},
    {"users create", "create an account", operate_group, needs_config | needs_database,
     users_create},
    {"users token", "print an access token for scripts and tests", operate_group,
     needs_config | needs_database, users_token},
    {"users promote", "give an account another role", operate_group, needs_config | needs_database,
     users_promote},
    {"users suspend", "hide an account and all that it wrote, until it is reinstated",
     operate_group, needs_config | needs_database, users_suspend},
    {"users reinstate", "show a suspended account and all that it wrote again", operate_group,
     needs_config | needs_database, users_reinstate},
    {"users revoke", "end an account's sessions and revoke its tokens", operate_group,
     needs_config | needs_database, users_revoke},
    {"users list", "list accounts, the newest first", operate_group, needs_config | needs_database,
     users_list},
    {"users show", "show one account", operate_group, needs_config | needs_database, users_show},
    {"keys list", "list the keys that sign access tokens", operate_group,
     needs_config | needs_database, keys_list},
    {"keys rotate", "make the next key that signs access tokens", operate_group,
     needs_config | needs_owner, keys_rotate},
    {"audit", "list what administrators and editors changed", operate_group,
     needs_config | needs_database, audit},
    {"login", "sign in at a server, for commands that call it", operate_group, needs_nothing,
     login},
    {"logout", "end that session", operate_group, needs_nothing, logout},
    {"config check", "report every mistake in the configuration", operate_group,
     takes_config_options, config_check},
    {"config show", "show each key's value and where it comes from", operate_group, needs_config,
     config_show},
    {"config example", "print every key with its default, commented", operate_group, needs_nothing,
     config_example},
    {"routes", "list every route and who may call it", operate_group, needs_config, routes},
    {"openapi", "print the description of the HTTP API", operate_group, needs_nothing, openapi},
    {"version", "print the version", about_group, needs_nothing, version},
    {"help", "explain a command or a topic", about_group, needs_nothing, help},
    {"completion", "print a shell's completion script", about_group, needs_nothing, completion},
    {"completion-words", "list the words that can come next, for completion scripts", "",
     needs_nothing, completion_words},
    {"man", "print or write the pages of the manual, for packages", "", needs_nothing, man},
    {"openid-provider", "let people sign in without a password, for dev", "", needs_nothing,
     openid_provider},
    {"image-processor", "decode and encode images, for serve and work", "", needs_nothing,
     image_processor},
    {"failpoints", "list the failpoints that tests can set", "", needs_nothing, failpoints},
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

std::vector<const Command*> subcommands_of(std::string_view group) {
  std::vector<const Command*> below;
  const auto prefix = std::string(group) + " ";
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
