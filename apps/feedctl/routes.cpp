// feedctl routes: the routing table, as `serve` would build it.
#include "cache/cache.hpp"
#include "cache/memory_cache.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/output.hpp"
#include "feedctl/cli/spec.hpp"
#include "feedctl/commands.hpp"
#include "feedctl/runtime.hpp"
#include "feedctl/serve/application.hpp"

namespace feedctl::cli {

namespace {

std::string name_of(http::Policy policy) {
  switch (policy) {
    case http::Policy::public_:
      return "public";
    case http::Policy::user:
      return "user";
    case http::Policy::editor:
      return "editor";
    case http::Policy::admin:
      return "admin";
    case http::Policy::unset:
      break;
  }
  return "none";
}

int run_routes(Runtime& runtime) {
  // Nothing is opened: the database connects at its first statement, and there is none. The feed
  // index would load itself.
  config::LoadedConfig loaded = runtime.loaded();
  loaded.config.feed.index = false;
  store::Database database{store::Options{}};
  const auto cache = cache::make_memory_cache();
  const app::Application application(loaded, database, *cache);
  Table table({"method", "route", "policy", "scope", "aliases"});
  for (const auto& route : application.router().routes()) {
    table.add({Cell{std::string(http::to_string(route.method))}, Cell{route.pattern},
               Cell{name_of(route.policy)}, Cell{std::string(http::to_string(route.scope))},
               Cell{route.aliases}});
  }
  table.print(runtime);
  return exit_ok;
}

}  // namespace

CommandFn routes(Spec& spec) {
  spec.about(
      "Lists every route with who may call it, the scope that a token needs, and its other "
      "paths.");
  spec.example("as data", "feedctl routes -o json");
  spec.see_also({"serve"});
  return [](Runtime& runtime) { return run_routes(runtime); };
}

}  // namespace feedctl::cli
