#include "seed/bulk_checkpoint.hpp"

#include "base/json.hpp"
#include "base/json_writer.hpp"
#include "sql/seed.hpp"

namespace feedctl::seed::bulk_checkpoint {

namespace {

std::int64_t to_int64(std::uint64_t n) {
  return static_cast<std::int64_t>(n);
}

std::int64_t integer_in(const json::Value& object, std::string_view name) {
  const auto* value = object.find(name);
  const auto* number = value ? value->integer() : nullptr;
  return number ? *number : 0;
}

std::size_t size_in(const json::Value& object, std::string_view name) {
  return static_cast<std::size_t>(integer_in(object, name));
}

std::string shape_json(const Shape& shape, const BulkOptions& options) {
  std::string out;
  json::Writer(out)
      .open_object()
      .integer("generator", generator_version)
      .integer("users", to_int64(shape.users))
      .integer("posts", to_int64(shape.posts))
      .integer("follows", to_int64(shape.follows))
      .integer("likes", to_int64(shape.likes))
      .integer("views", to_int64(shape.views))
      .integer("pages", to_int64(shape.pages))
      .integer("seed", to_int64(shape.seed))
      .integer("now_us", unix_us(shape.now))
      .integer("feeds", static_cast<int>(options.feeds))
      .integer("active_days", options.active_days)
      .integer("fan_out_on_read_above", to_int64(options.fan_out_on_read_above))
      .integer("rows_per_partition", to_int64(options.rows_per_partition))
      .close_object();
  return out;
}

// The row that marks the load. It is empty in a load of a version that could not continue.
void read_shape(std::string_view text, Checkpoint& checkpoint) {
  if (text.empty()) return;
  const auto noted = json::parse(text);
  if (integer_in(noted, "generator") != generator_version) return;
  Shape shape;
  shape.users = size_in(noted, "users");
  shape.posts = size_in(noted, "posts");
  shape.follows = size_in(noted, "follows");
  shape.likes = size_in(noted, "likes");
  shape.views = size_in(noted, "views");
  shape.pages = size_in(noted, "pages");
  shape.seed = size_in(noted, "seed");
  shape.now = from_unix_us(integer_in(noted, "now_us"));
  checkpoint.shape = shape;
  auto& options = checkpoint.options;
  options.feeds = static_cast<MaterializedFeeds>(integer_in(noted, "feeds"));
  options.active_days = static_cast<int>(integer_in(noted, "active_days"));
  options.fan_out_on_read_above = size_in(noted, "fan_out_on_read_above");
  options.rows_per_partition = size_in(noted, "rows_per_partition");
}

FeedPlan read_feed_plan(std::string_view text) {
  const auto noted = json::parse(text);
  return {integer_in(noted, "from"), integer_in(noted, "floor"),
          from_unix_us(integer_in(noted, "at_us"))};
}

void note(store::WriteTx& tx, const std::string& kind, const std::string& text) {
  tx.query(sql::seed::bulk_note, store::params(kind, text));
}

}  // namespace

std::optional<Checkpoint> load(store::Database& database) {
  if (!database.read(sql::seed::bulk_left).single_row().boolean(0)) return std::nullopt;
  Checkpoint checkpoint;
  for (const auto row : database.read(sql::seed::bulk_notes)) {
    const auto kind = row.text(0), text = row.text(1);
    if (kind == "begin") {
      checkpoint.begun_at = row.time(2);
      read_shape(text, checkpoint);
    }
    if (kind == "done") checkpoint.done.emplace(text);
    if (kind == "feeds") checkpoint.feeds = read_feed_plan(text);
  }
  return checkpoint;
}

void begin(store::WriteTx& tx, const Shape& shape, const BulkOptions& options) {
  tx.query(sql::seed::bulk_begin);
  tx.query(sql::seed::bulk_note_shape, store::params(shape_json(shape, options)));
}

void note_done(store::WriteTx& tx, const std::string& step) {
  note(tx, "done", step);
}

void note_feed_plan(store::WriteTx& tx, const FeedPlan& plan) {
  std::string text;
  json::Writer(text)
      .open_object()
      .integer("from", plan.from)
      .integer("floor", plan.floor)
      .integer("at_us", unix_us(plan.at))
      .close_object();
  note(tx, "feeds", text);
}

void forget_steps(store::WriteTx& tx) {
  tx.query(sql::seed::bulk_forget);
}

}  // namespace feedctl::seed::bulk_checkpoint
