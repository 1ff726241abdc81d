#include "feedctl/serve/application.hpp"

#include <optional>

#include "auth/auth.hpp"
#include "base/current.hpp"
#include "base/cursor.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "base/seldom.hpp"
#include "config/options.hpp"
#include "config/values.hpp"
#include "feed/routes.hpp"
#include "feedctl/readiness/checks.hpp"
#include "feedctl/serve/status_routes.hpp"
#include "feedctl/work/upkeep.hpp"
#include "follows/routes.hpp"
#include "hot/hot.hpp"
#include "hot/routes.hpp"
#include "likes/routes.hpp"
#include "posts/routes.hpp"
#include "store/installation.hpp"
#include "store/server_keys.hpp"
#include "users/routes.hpp"

namespace feedctl::app {

namespace {

auth::Options auth_options(const config::AuthConfig& config) {
  auth::Options options;
  options.mode = config.mode == config::AuthMode::open ? auth::Mode::open : auth::Mode::required;
  options.issuer = config.issuer;
  options.token_ttl = std::chrono::duration_cast<std::chrono::seconds>(config.token_ttl);
  options.max_token_ttl = std::chrono::duration_cast<std::chrono::seconds>(config.max_token_ttl);
  return options;
}

hot::Options hot_options(const config::HotConfig& config) {
  hot::Options options;
  options.refresh_window = config.refresh_window;
  options.ttl = config.ttl;
  options.lease = config.lease;
  return options;
}

std::unique_ptr<feed::Streams> streams_of(store::Database& database, const CursorSigner& cursors,
                                          const config::Config& config) {
  if (!config.feed.index) return nullptr;
  feed::Streams::Options options;
  options.most = config.feed.streams;
  options.most_of_user = config.feed.streams_per_user;
  options.life = std::chrono::duration_cast<std::chrono::seconds>(config.auth.token_ttl);
  return std::make_unique<feed::Streams>(database, cursors, options);
}

std::optional<feed::Home::Options> home_options(const config::FeedConfig& config,
                                                feed::Streams* streams) {
  if (!config.index) return std::nullopt;
  feed::Home::Options options;
  options.index.listeners.push_back(streams);
  options.index.days = config.index_days;
  options.index.bytes = config.index_bytes;
  options.parts_bytes = config.parts_bytes;
  options.readers.keep_rows = config.materialize == config::Materialize::active;
  options.shadow = config::parse_percent(config.shadow).value_or(0);
  return options;
}

// Every key with its value and where it comes from, secrets redacted.
std::string config_json(const config::Loaded& loaded) {
  std::string body;
  json::Writer w(body);
  w.open_object();
  for (const auto& option : config::options()) {
    const auto origin = loaded.origins.find(option.key);
    const auto kind =
        origin == loaded.origins.end() ? config::Origin::Kind::standard : origin->second.kind;
    w.key(option.key).open_object();
    w.text("value", config::render_redacted(option, loaded.config))
        .text("origin", config::name_of(kind))
        .close_object();
  }
  w.close_object();
  return body;
}

}  // namespace

// Members in the order of the arrows; each refers to those above it.
struct Application::Parts {
  Parts(const config::Loaded& loaded_, store::Database& database_, cache::Cache& cache_)
      : loaded(loaded_),
        database(database_),
        cache(cache_),
        auth(auth_options(loaded.config.auth), database),
        hot(database, cache_, cursors, hot_options(loaded.config.hot)),
        users(database),
        follows(database, {[this](Id follower) { feed.note_change(follower); }}),
        posts(database, {[this] { hot.mark_dirty(true); }, &cache_}),
        likes(database, {[this] { hot.mark_dirty(false); }}),
        feed(database, {loaded.config.feed}, &cache_),
        streams(streams_of(database, cursors, loaded.config)),
        home({feed, database, auth, cursors}, home_options(loaded.config.feed, streams.get())),
        health(database, cache_, !loaded.config.redis.url.empty()) {
    const auto on_done = [this](std::optional<Id> actor, const events::Token& token) {
      home.done(actor, token);
    };
    const auto noted = [this](std::optional<Id> actor, const events::Token& token) {
      home.note_done(actor, token);
    };
    users::add_routes(router, {users, auth, cursors, on_done});
    follows::add_routes(router, {follows, auth, cursors, on_done, noted});
    posts::add_routes(router, {posts, database, auth, cursors, on_done});
    likes::add_routes(router, {likes, auth, cursors, on_done, noted});
    feed::add_routes(router, home);
    feed::add_stream_route(router, streams.get(), auth);
    hot::add_routes(router, {hot, auth});
    add_status_routes(router, {health, home, [this] { return shown_config.get(); }});
  }

  // What waits in lanes is carried out while all that is told of it still stands.
  ~Parts() {
    likes.close();
    follows.close();
  }

  const config::Loaded& loaded;
  Current<std::string> shown_config{config_json(loaded)};
  store::Database& database;
  cache::Cache& cache;
  CursorSigner cursors;
  auth::Auth auth;
  hot::Feed hot;
  users::Users users;
  follows::Follows follows;
  posts::Posts posts;
  likes::Likes likes;
  feed::Feed feed;
  std::unique_ptr<feed::Streams> streams;
  feed::Home home;
  Health health;
  http::Router router;
  Seldom waiting{std::chrono::seconds{30}};  // for the database
  std::optional<Upkeep> watching;
};

Application::Application(const config::Loaded& loaded, store::Database& database,
                         cache::Cache& cache)
    : parts_(std::make_unique<Parts>(loaded, database, cache)) {}
Application::~Application() = default;

const http::Router& Application::router() const {
  return parts_->router;
}
Health& Application::health() {
  return parts_->health;
}

void Application::begin() {
  parts_->watching.emplace(std::vector<Upkeep::Task>{
      {"the database's state", watch_period, [this] { watch(parts_->database); }}});
}

http::Authenticator Application::authenticator() {
  return [&auth = parts_->auth](http::Request& request, http::Policy policy) {
    auth.authenticate(request, policy);
  };
}

void Application::take_over(const config::Loaded& loaded) {
  parts_->hot.refresh_window(loaded.config.hot.refresh_window);
  parts_->shown_config.replace(config_json(loaded));
}

bool Application::fetch_keys() {
  try {
    if (!adopt_key()) return false;
    parts_->health.have_keys();
    parts_->cache.adopt(store::installation_id(parts_->database));
    return true;
  } catch (const Error& e) {
    if (parts_->waiting.due(e.detail()))
      log::warning("waiting for the database", {{"error", e.what()}, {"detail", e.detail()}});
    return false;
  }
}

// The key that cursors are signed with: the configuration's, or the database's; false where
// `migrate` has not made one yet.
bool Application::adopt_key() {
  if (const auto& own = parts_->loaded.config.server.secret_key; !own.empty()) {
    parts_->cursors.adopt(own);
    return true;
  }
  auto key = store::load_key(parts_->database, store::secret_key_name);
  if (!key) return false;
  parts_->cursors.adopt(std::move(*key));
  return true;
}

}  // namespace feedctl::app
