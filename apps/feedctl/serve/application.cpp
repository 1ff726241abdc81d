#include "feedctl/serve/application.hpp"

#include <optional>

#include "admin/routes.hpp"
#include "api_docs/routes.hpp"
#include "auth/auth.hpp"
#include "auth/routes.hpp"
#include "base/cursor_signer.hpp"
#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "base/log_throttle.hpp"
#include "base/reloadable.hpp"
#include "config/oidc_options.hpp"
#include "config/option_values.hpp"
#include "config/options.hpp"
#include "config/units.hpp"
#include "feed/routes.hpp"
#include "feed_stream/routes.hpp"
#include "feedctl/daemon/database_wait.hpp"
#include "feedctl/daemon/periodic_tasks.hpp"
#include "feedctl/daemon/readiness.hpp"
#include "feedctl/daemon/state_metrics.hpp"
#include "feedctl/serve/account_services.hpp"
#include "feedctl/serve/console_services.hpp"
#include "feedctl/serve/media_services.hpp"
#include "feedctl/serve/status_routes.hpp"
#include "feedctl/serve/view_services.hpp"
#include "follows/routes.hpp"
#include "hot/hot_feed.hpp"
#include "hot/routes.hpp"
#include "likes/routes.hpp"
#include "pages/routes.hpp"
#include "posts/routes.hpp"
#include "rate_limit/limiter.hpp"
#include "store/installation.hpp"
#include "store/server_keys.hpp"
#include "users/routes.hpp"
#include "views/routes.hpp"

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

redis::PoolOptions redis_options(const config::RedisConfig& config) {
  return {config.url.reveal(), config.timeout, config.pool_size, config.prefix, true};
}

hot::Options hot_options(const config::HotConfig& config) {
  hot::Options options;
  options.refresh_window = config.refresh_window;
  options.ttl = config.ttl;
  options.max_lease_duration = config.lease;
  return options;
}

std::unique_ptr<feed_stream::SseHub> make_streams(store::Database& database,
                                                  const CursorSigner& cursors,
                                                  const config::Config& config) {
  if (!config.feed.index) return nullptr;
  feed_stream::SseHub::Options options;
  options.max_streams = config.feed.streams;
  options.max_streams_per_user = config.feed.streams_per_user;
  options.max_lifetime = std::chrono::duration_cast<std::chrono::seconds>(config.auth.token_ttl);
  return std::make_unique<feed_stream::SseHub>(database, cursors, options);
}

std::optional<feed::HomeFeed::Options> home_options(const config::FeedConfig& config,
                                                    feed_stream::SseHub* streams,
                                                    ViewServices& views) {
  if (!config.index) return std::nullopt;
  feed::HomeFeed::Options options;
  options.index.listeners.push_back(streams);
  options.index.listeners.push_back(&views);
  options.index.max_age_days = config.index_days;
  options.index.bytes = config.index_bytes;
  options.fragment_bytes = config.parts_bytes;
  options.readers.materialize = config.materialize == config::Materialize::active;
  options.shadow_share = config::parse_percent(config.shadow).value_or(0);
  return options;
}

// Every key with its value and where it comes from, secrets redacted.
std::string config_json(const config::LoadedConfig& loaded) {
  std::string body;
  json::Writer w(body);
  w.open_object();
  for (const auto& option : config::options_of(loaded.config)) {
    const auto origin = loaded.origins.find(option.key);
    const auto kind =
        origin == loaded.origins.end() ? config::Origin::Kind::default_ : origin->second.kind;
    w.key(option.key).open_object();
    w.text("value", config::render_redacted(option, loaded.config))
        .text("origin", config::name_of(kind))
        .close_object();
  }
  w.close_object();
  return body;
}

}  // namespace

// Each member refers only to members above it.
struct Application::Components {
  Components(const config::LoadedConfig& loaded_, store::Database& database_, cache::Cache& cache_)
      : loaded(loaded_),
        database(database_),
        cache(cache_),
        auth(auth_options(loaded.config.auth), database),
        limiter(loaded.config.rate_limit, redis_options(loaded.config.redis)),
        hot(database, cache_, cursors, hot_options(loaded.config.hot)),
        users(database),
        accounts(loaded.config, database, auth, users),
        follows(database, {[this](Id follower) { feed.on_follow_change(follower); }}),
        media(loaded.config, database, [this] { hot.mark_dirty(true); }),
        posts(database, {[this] { hot.mark_dirty(true); }, &cache_}),
        likes(database, {[this] { hot.mark_dirty(false); }}),
        feed(database, {loaded.config.feed}, &cache_),
        streams(make_streams(database, cursors, loaded.config)),
        views(loaded.config, database),
        content_types(loaded.config.content_types, loaded.config.pages.allowed_content_models),
        pages(database, content_types),
        page_editor(database, content_types),
        content_editor(database, content_types),
        home({feed, database, auth, cursors},
             home_options(loaded.config.feed, streams.get(), views)),
        health(database, cache_, !loaded.config.redis.url.empty()),
        console(loaded.config, database, cache_, home, accounts, media) {
    const auto on_done = [this](std::optional<Id> actor, const events::ConsistencyToken& token) {
      home.wait_until_visible(actor, token);
    };
    const auto noted = [this](std::optional<Id> actor, const events::ConsistencyToken& token) {
      home.mark_not_yet_visible(actor, token);
    };
    auth::add_routes(router, auth);
    users::add_routes(
        router, {users, auth, cursors, on_done, auth_options(loaded.config.auth).max_token_ttl,
                 [this] { hot.mark_dirty(true); }});
    accounts.add_routes(router);
    const auto token_options = auth_options(loaded.config.auth);
    admin::add_routes(router, {database, users, accounts.accounts(), auth, cursors, on_done,
                               token_options.token_ttl, token_options.max_token_ttl});
    follows::add_routes(router, {follows, auth, cursors, noted});
    posts::add_routes(router, {posts, database, auth, cursors, on_done, &media.service(),
                               media.service().max_form_bytes()});
    media.add_routes(router, auth, cursors, on_done);
    likes::add_routes(router, {likes, auth, cursors, noted});
    pages::add_routes(router, {pages, [this](std::string_view label, std::span<const Id> contents) {
                                 views.impressions().add(label, contents);
                               }});
    pages::add_editor_routes(router, {content_types, page_editor, content_editor});
    views::add_routes(router, {views.recorder(), auth, loaded.config.views.bots,
                               [this] { return views.flush(); }});
    feed::add_routes(router, home);
    feed_stream::add_stream_route(router, streams.get(), auth);
    hot::add_routes(router, {hot, auth});
    console.add_routes(router);
    api_docs::add_routes(router);
    add_status_routes(router, {health, home, media, [this] { return shown_config.get(); }});
  }

  // Runs the queued commands while the members they notify still exist.
  ~Components() {
    likes.close();
    follows.close();
    views.close();
  }

  // Reads the revocations before the first request, and then all the time.
  void follow_revocations() {
    if (token_tasks) return;
    auth.refresh();
    token_tasks.emplace(std::vector<PeriodicTasks::Task>{{"keys and revocations of tokens",
                                                          auth::Auth::refresh_interval,
                                                          [this] { auth.refresh(); }}});
  }

  std::vector<DependencyProbe> dependencies() {
    std::vector<DependencyProbe> probes{database_probe(database)};
    if (console.uses_redis()) probes.push_back({"redis", [this] { return console.is_redis_up(); }});
    if (media.is_configured()) probes.push_back({"media", [this] { return media.health().is_up; }});
    return probes;
  }

  // A Redis that does not answer is in feedctl_degraded, and is no failure of the task.
  void try_export_pending_views() {
    try {
      console.export_pending_views();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable) throw;
    }
  }

  // On a thread of their own: a dependency that hangs must delay nothing else.
  std::vector<PeriodicTasks::Task> tasks_for_monitors() {
    return {state_metrics_task([this] { return health.readiness(); }, dependencies()),
            consumer_lag_task(database),
            {"pending views", std::chrono::seconds{5}, [this] { try_export_pending_views(); }}};
  }

  const config::LoadedConfig& loaded;
  Reloadable<std::string> shown_config{config_json(loaded)};
  store::Database& database;
  cache::Cache& cache;
  CursorSigner cursors;
  auth::Auth auth;
  rate_limit::Limiter limiter;
  hot::HotFeed hot;
  users::Users users;
  AccountServices accounts;
  follows::Follows follows;
  MediaServices media;
  posts::Posts posts;
  likes::Likes likes;
  feed::FeedReader feed;
  std::unique_ptr<feed_stream::SseHub> streams;
  ViewServices views;
  pages::ContentTypes content_types;
  pages::Pages pages;
  pages::PageEditor page_editor;
  pages::ContentEditor content_editor;
  feed::HomeFeed home;
  Health health;
  ConsoleServices console;
  http::Router router;
  LogThrottle log_throttle{std::chrono::seconds{30}};  // for log_database_wait()
  std::optional<PeriodicTasks> periodic_tasks;
  std::optional<PeriodicTasks> metrics_tasks;
  std::optional<PeriodicTasks> token_tasks;  // a thread of its own: a revocation must not wait
};

Application::Application(const config::LoadedConfig& loaded, store::Database& database,
                         cache::Cache& cache)
    : components_(std::make_unique<Components>(loaded, database, cache)) {}
Application::~Application() = default;

const http::Router& Application::router() const {
  return components_->router;
}
Health& Application::health() {
  return components_->health;
}

void Application::start_background_tasks() {
  components_->views.start();
  components_->periodic_tasks.emplace(
      std::vector<PeriodicTasks::Task>{database_state_task(components_->database)});
  components_->metrics_tasks.emplace(components_->tasks_for_monitors());
}

http::Authenticator Application::authenticator() {
  return [&auth = components_->auth](http::Request& request, const http::Route& route) {
    auth.authenticate(request, route);
  };
}

http::RateLimiter Application::rate_limiter() {
  return [&limiter = components_->limiter](const http::Request& request, http::RateClass rate_class,
                                           http::RunOn run_on) {
    return limiter.check(request, rate_class, run_on);
  };
}

void Application::start_draining() {
  components_->health.start_draining();
  components_->views.stop_flush();
}

void Application::apply_reload(const config::LoadedConfig& loaded) {
  components_->hot.set_refresh_window(loaded.config.hot.refresh_window);
  components_->limiter.reload(loaded.config.rate_limit);
  components_->shown_config.replace(config_json(loaded));
}

bool Application::load_keys() {
  try {
    if (!load_signing_key()) return false;
    components_->follow_revocations();
    const auto installation = store::installation_id(components_->database);
    components_->cache.set_installation(installation);
    components_->views.set_installation(installation);
    components_->console.set_installation(installation);
    components_->limiter.set_installation(installation);
    components_->health.mark_keys_loaded();
    return true;
  } catch (const Error& e) {
    log_database_wait(components_->log_throttle, e);
    return false;
  }
}

// Sets the key that signs cursors, from the configuration or the database. Returns false while
// `migrate` has not made one.
bool Application::load_signing_key() {
  if (const auto& own = components_->loaded.config.server.secret_key; !own.empty()) {
    components_->cursors.set_key(own);
    return true;
  }
  auto key = store::load_key(components_->database, store::secret_key_name);
  if (!key) return false;
  components_->cursors.set_key(std::move(*key));
  return true;
}

}  // namespace feedctl::app
