#include "console/dashboard.hpp"

#include "base/version.hpp"
#include "console/process_figures.hpp"
#include "sql/console.hpp"

namespace feedctl::console {

namespace {

constexpr std::int64_t max_counted_rows = 100'000;

std::int64_t to_integer(std::uint64_t count) {
  return static_cast<std::int64_t>(count);
}

void append_process(json::Writer& w, const ProcessFigures& figures) {
  w.key("process").open_object().key("cpu_seconds").real(figures.cpu_seconds);
  w.integer("resident_bytes", figures.resident_bytes).integer("open_fds", figures.open_fds);
  w.close_object();
}

void append_http(json::Writer& w, const HttpFigures& figures) {
  w.key("http").open_object().integer("requests", to_integer(figures.requests));
  w.integer("errors", to_integer(figures.errors)).integer("refused", to_integer(figures.refused));
  w.key("buckets").open_array();
  for (const auto& bucket : figures.buckets)
    w.open_object()
        .key("le")
        .real(bucket.le)
        .integer("count", to_integer(bucket.count))
        .close_object();
  w.close_array().close_object();
}

void append_cache(json::Writer& w, const CacheFigures& figures) {
  w.key("cache").open_object().integer("hits", to_integer(figures.hits));
  w.integer("stale", to_integer(figures.stale)).integer("misses", to_integer(figures.misses));
  w.integer("recomputes", to_integer(figures.recomputes)).close_object();
}

void append_feed(json::Writer& w, const FeedFigures& figures, const FeedIndexState& index) {
  w.key("feed").open_object().boolean("ready", index.is_ready);
  w.integer("pages_from_index", to_integer(figures.pages_from_index));
  w.integer("pages_from_definition", to_integer(figures.pages_from_definition));
  w.integer("index_posts", index.posts).integer("index_users", index.users);
  w.integer("index_bytes", index.bytes).close_object();
}

void append_real(json::Writer& w, std::string_view name, std::optional<double> value) {
  w.key(name);
  if (value)
    w.real(*value);
  else
    w.null();
}

void append_integer(json::Writer& w, std::string_view name, std::optional<std::int64_t> value) {
  w.key(name);
  if (value)
    w.integer(*value);
  else
    w.null();
}

void append_dependency(json::Writer& w, std::string_view name, std::string_view state,
                       std::string_view detail) {
  w.open_object().text("name", name).text("state", state).text("detail", detail).close_object();
}

double to_seconds(std::int64_t microseconds) {
  return static_cast<double>(microseconds) / 1e6;
}

}  // namespace

struct Dashboard::WatchedDependency {
  WatchedDependency(Dependency dependency_, std::chrono::milliseconds max_age)
      : dependency(std::move(dependency_)) {
    if (!dependency.check) return;
    probe.emplace(
        [this] {
          dependency.check();
          return Checked{};
        },
        max_age);
  }

  void request() {
    if (probe) probe->request();
  }

  void append(json::Writer& w, Deadline deadline) {
    if (!probe) return append_dependency(w, dependency.name, "off", dependency.detail);
    const auto reading = probe->get(deadline);
    append_dependency(w, dependency.name, reading.value ? "up" : "down",
                      reading.value ? dependency.detail : reading.error);
  }

  const Dependency dependency;
  std::optional<Probe<Checked>> probe;  // last: its thread uses `dependency`
};

Dashboard::Dashboard(store::Database& database, DashboardOptions options)
    : database_(database),
      options_(std::move(options)),
      database_figures_([this] { return read_database(); }, options_.max_age) {
  for (const auto& dependency : options_.dependencies)
    dependencies_.push_back(std::make_unique<WatchedDependency>(dependency, options_.max_age));
  if (options_.pending_views) {
    pending_views_ =
        std::make_unique<Probe<std::int64_t>>(options_.pending_views, options_.max_age);
  }
}
Dashboard::~Dashboard() = default;

Dashboard::DatabaseFigures Dashboard::read_database() {
  const auto rows = database_.read(sql::console::figures, store::params(max_counted_rows));
  const auto row = rows.single_row();
  DatabaseFigures figures;
  figures.lag_seconds = to_seconds(row.integer(0));
  figures.backlog = row.integer(1);
  figures.dead = row.integer(2);
  if (const auto age = row.maybe_integer(3)) figures.flush_age_seconds = to_seconds(*age);
  return figures;
}

// All at the same time.
void Dashboard::request_readings() {
  database_figures_.request();
  if (pending_views_) pending_views_->request();
  for (const auto& dependency : dependencies_) dependency->request();
}

void Dashboard::append_database(json::Writer& w, const std::optional<DatabaseFigures>& figures,
                                std::optional<std::int64_t> pending) {
  w.key("events").open_object();
  append_real(w, "lag_seconds", figures ? std::optional(figures->lag_seconds) : std::nullopt);
  append_integer(w, "backlog", figures ? std::optional(figures->backlog) : std::nullopt);
  append_integer(w, "dead", figures ? std::optional(figures->dead) : std::nullopt);
  w.close_object().key("views").open_object();
  append_integer(w, "pending", pending);
  append_real(w, "last_flush_age_seconds", figures ? figures->flush_age_seconds : std::nullopt);
  w.integer("flushed", to_integer(read_flushed_views())).close_object();
}

std::string Dashboard::to_json() {
  const auto deadline = Deadline::after(options_.max_wait);
  request_readings();
  const auto process = read_process_figures();
  const auto database = database_figures_.get(deadline);
  std::string body;
  json::Writer w(body);
  w.open_object().text("at", rfc3339(options_.clock()));
  w.text("started_at", rfc3339(process.started_at)).text("version", version);
  append_process(w, process);
  append_http(w, read_http_figures());
  append_cache(w, read_cache_figures());
  append_feed(w, read_feed_figures(), options_.feed_index().value_or(FeedIndexState{}));
  append_database(w, database.value,
                  pending_views_ ? pending_views_->get(deadline).value : std::nullopt);
  w.key("dependencies").open_array();
  const bool is_up = database.value.has_value();
  append_dependency(w, "postgresql", is_up ? "up" : "down",
                    is_up ? "posts, users and events" : database.error);
  for (const auto& dependency : dependencies_) dependency->append(w, deadline);
  w.close_array().close_object();
  return body;
}

void add_dashboard_route(http::Router& router, Dashboard& dashboard) {
  router.add({.method = http::Method::get,
              .pattern = "/api/v1/admin/dashboard",
              .policy = http::Policy::admin,
              .handler = [&dashboard](const http::Request&) {
                return http::json_response(200, dashboard.to_json());
              }});
}

}  // namespace feedctl::console
