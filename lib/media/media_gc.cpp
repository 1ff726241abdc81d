#include "media/media_gc.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/error.hpp"
#include "media/media.hpp"
#include "media/media_scan.hpp"
#include "media/object_names.hpp"
#include "media/object_removal.hpp"
#include "sql/media.hpp"

namespace feedctl::media {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t page_size = 500;
constexpr int rows_per_page = 100;
constexpr std::int64_t suspicious_count = 100;
constexpr auto call_time = 30s;  // of one call of the store

// What the row of a media says about its objects.
struct Row {
  std::string object_key;
  State state{};
  std::vector<std::uint32_t> widths;
  bool is_removed = false;

  bool names(const ObjectName& name, const std::string& key) const {
    const auto own = parse_object_key(object_key);
    if (!own || own->stem != name.stem) return false;
    // Its job removes all of them, or is about to store some.
    if (is_removed || (name.width && state == State::processing)) return true;
    if (!name.width) return key == object_key;
    return std::find(widths.begin(), widths.end(), *name.width) != widths.end();
  }
};

class GarbageCollection {
 public:
  GarbageCollection(store::Database& database, blob::BlobStore& store, const GcOptions& options)
      : database_(database),
        store_(store),
        options_(options),
        scan_(database, {.name = "gc",
                         .resume = options.resume,
                         .dry_run = options.dry_run,
                         .max_rate = options.max_rate,
                         .should_stop = options.should_stop}),
        cursor_(scan_.begin_in(phases)) {}

  GcReport run() {
    for (const auto& phase : phases) {
      if (!cursor_.phase.empty() && cursor_.phase != phase.name) continue;
      if (options_.on_phase) options_.on_phase(phase.what);
      if (cursor_.phase.empty()) cursor_ = {phase.name, ""};
      while ((this->*phase.run_page)()) {
      }
      if (report_.stopped) return report_;
      cursor_ = {};
    }
    scan_.finish();
    return report_;
  }

 private:
  using Objects = std::vector<blob::Object>;
  struct Phase {
    const char* name;
    const char* what;
    bool (GarbageCollection::*run_page)();  // false: that was the last page, or the run stops
  };
  static const std::array<Phase, 4> phases;

  bool run_posts() { return run_objects("posts/", &GarbageCollection::find_unreferenced); }
  bool run_users() { return run_objects("users/", &GarbageCollection::find_unreferenced); }
  bool run_quarantine() { return run_objects("quarantine/", &GarbageCollection::find_ended); }

  bool run_objects(const char* prefix, Objects (GarbageCollection::*find)(const Objects&)) {
    const auto page = store_.list(prefix, cursor_.after, page_size, Deadline::after(call_time));
    const auto garbage = (this->*find)(page.objects);
    const bool is_quarantine = find == &GarbageCollection::find_ended;
    if (!is_quarantine) check_share(garbage.size(), page.objects.size());
    auto& removed = is_quarantine ? report_.quarantined : report_.unreferenced;
    for (const auto& object : garbage) {
      if (stop()) return false;
      remove(object);
      ++removed;
    }
    const auto checked = static_cast<std::int64_t>(page.objects.size());
    return end_page(checked, page.next);
  }

  // So many objects without a row are another database's, or this one is an old copy.
  void check_share(std::size_t garbage, std::size_t objects) const {
    const auto unreferenced = report_.unreferenced + static_cast<std::int64_t>(garbage);
    const auto checked = report_.objects + static_cast<std::int64_t>(objects);
    if (options_.force || options_.dry_run || unreferenced < suspicious_count ||
        unreferenced * 2 <= checked)
      return;
    throw Error(ErrorCode::failed, std::to_string(unreferenced) + " of the first " +
                                       std::to_string(checked) +
                                       " objects have no row in this database")
        .with_hint("is it the right database? look with --dry-run, then run it with --force");
  }

  void remove(const blob::Object& object) {
    if (!options_.dry_run) store_.remove(object.key, Deadline::after(call_time));
    report_.bytes += static_cast<std::int64_t>(object.size);
    if (options_.on_remove) options_.on_remove(object.key);
  }

  // Removed media without a job.
  bool run_rows() {
    const auto rows = database_.read_on_primary(sql::media::gc_removed,
                                                store::params(cursor_.after_id(), rows_per_page));
    std::optional<std::string> next;
    for (const auto row : rows) {
      if (stop()) return false;
      remove_media(row.integer(0), std::string(row.text(1)));
      next = std::to_string(row.integer(0));
    }
    return end_page(static_cast<std::int64_t>(rows.size()), next);
  }

  void remove_media(Id media, const std::string& object_key) {
    if (!options_.dry_run) {
      remove_objects(store_, object_key, Deadline::after(call_time));
      database_.execute(sql::media::delete_removed, store::params(media));
    }
    ++report_.media;
    if (options_.on_remove) options_.on_remove("media " + std::to_string(media));
  }

  // The rows are read after the objects were listed: one that comes later has younger objects. A
  // standby may lack rows for longer than the grace time.
  Objects find_unreferenced(const Objects& objects) {
    std::vector<std::int64_t> ids;
    for (const auto& object : objects) {
      const auto name = parse_object_key(object.key);
      if (name) ids.push_back(name->media);
      if (!name) ++report_.foreign;
    }
    const auto rows = load_rows(ids);
    Objects garbage;
    for (const auto& object : objects) {
      const auto name = parse_object_key(object.key);
      if (!name || is_young(object)) continue;
      const auto row = rows.find(name->media);
      if (row == rows.end() || !row->second.names(*name, object.key)) garbage.push_back(object);
    }
    return garbage;
  }

  std::map<Id, Row> load_rows(const std::vector<std::int64_t>& ids) {
    std::map<Id, Row> rows;
    if (ids.empty()) return rows;
    for (const auto row : database_.read_on_primary(sql::media::gc_media, store::params(ids))) {
      rows[row.integer(0)] = {std::string(row.text(1)), static_cast<State>(row.integer(2)),
                              parse_widths(row.text(3)), row.boolean(4)};
    }
    return rows;
  }

  Objects find_ended(const Objects& objects) {
    std::vector<std::int64_t> ids;
    for (const auto& object : objects) {
      const auto upload = parse_quarantine_key(object.key);
      if (upload) ids.push_back(*upload);
      if (!upload) ++report_.foreign;
    }
    std::set<Id> open;
    if (!ids.empty()) {
      for (const auto row : database_.read_on_primary(sql::media::gc_uploads, store::params(ids)))
        open.insert(row.integer(0));
    }
    Objects garbage;
    for (const auto& object : objects) {
      const auto upload = parse_quarantine_key(object.key);
      if (upload && open.count(*upload) == 0 && !is_young(object)) garbage.push_back(object);
    }
    return garbage;
  }

  bool is_young(const blob::Object& object) const {
    return object.modified_at > options_.now - options_.grace;
  }

  bool stop() {
    if (!report_.stopped) report_.stopped = scan_.should_stop();
    return report_.stopped;
  }

  bool end_page(std::int64_t checked, const std::optional<std::string>& next) {
    report_.objects += checked;
    if (options_.on_checked) options_.on_checked(checked);
    if (next) cursor_.after = *next;
    if (next) scan_.save(cursor_);
    scan_.throttle(checked);
    return next && !stop();
  }

  store::Database& database_;
  blob::BlobStore& store_;
  const GcOptions& options_;
  MediaScan scan_;
  ScanCursor cursor_;
  GcReport report_;
};

const std::array<GarbageCollection::Phase, 4> GarbageCollection::phases{
    {{"posts", "checking images of posts", &GarbageCollection::run_posts},
     {"users", "checking avatars", &GarbageCollection::run_users},
     {"quarantine", "checking uploads", &GarbageCollection::run_quarantine},
     {"rows", "checking removed media", &GarbageCollection::run_rows}}};

}  // namespace

GcReport collect_garbage(store::Database& database, blob::BlobStore& store,
                         const GcOptions& options) {
  return GarbageCollection(database, store, options).run();
}

}  // namespace feedctl::media
