#include "media/media_verify.hpp"

#include <algorithm>
#include <array>

#include "base/file_digest.hpp"
#include "media/job_limits.hpp"
#include "media/media.hpp"
#include "media/media_scan.hpp"
#include "media/object_keys.hpp"
#include "media/object_names.hpp"
#include "sql/media.hpp"

namespace feedctl::media {

namespace {

constexpr int media_per_page = 100;
constexpr int subjects_per_page = 5000;
constexpr std::size_t max_examples = 5;
constexpr std::chrono::seconds call_time{30};  // of one call of the store

// The order of VerifyReport::results.
enum Check : std::size_t {
  image_objects,
  thumbnail_objects,
  shown_images,
  processed_images,
  shown_by_posts,
  shown_by_users
};
constexpr std::array<const char*, 6> check_names{
    "images in the store",       "thumbnails in the store", "images that are shown",
    "images that are processed", "images of posts",         "avatars of users"};

struct Media {
  Id id = 0;
  Kind kind{};
  Id subject = 0;
  State state{};
  std::string object_key;
  std::uint64_t size = 0;
  std::string widths;
  bool is_shown = false;
  bool is_without_job = false;  // and waits for one

  std::string name() const {
    return "media " + std::to_string(id) + (kind == Kind::avatar ? " of user " : " of post ") +
           std::to_string(subject);
  }
};

Media to_media(const store::Row& row) {
  return {row.integer(0),
          static_cast<Kind>(row.integer(1)),
          row.integer(2),
          static_cast<State>(row.integer(3)),
          std::string(row.text(4)),
          static_cast<std::uint64_t>(row.integer(5)),
          std::string(row.text(6)),
          row.boolean(7),
          row.boolean(8)};
}

class Verification {
 public:
  Verification(store::Database& database, blob::BlobStore& store, const VerifyOptions& options)
      : database_(database),
        store_(store),
        options_(options),
        scan_(database, {.name = "verify",
                         .resume = options.resume,
                         .dry_run = options.dry_run,
                         .max_rate = options.max_rate,
                         .should_stop = options.should_stop}) {
    for (const auto* name : check_names) report_.results.push_back({name, 0, 0, 0, {}});
  }

  VerifyReport run() {
    auto cursor = scan_.begin_in(phases);
    for (const auto& phase : phases) {
      if (!cursor.phase.empty() && cursor.phase != phase.name) continue;
      if (options_.on_phase) options_.on_phase(phase.what);
      if (!run_phase(phase, cursor.after_id())) return report_;
      cursor = {};
    }
    scan_.finish();
    return report_;
  }

 private:
  struct Phase {
    const char* name;
    const char* what;
    // The last id of the page that begins after this one; 0: there is none.
    Id (Verification::*run_page)(Id after);
  };
  static const std::array<Phase, 3> phases;

  // False: the run stops.
  bool run_phase(const Phase& phase, Id after) {
    for (;;) {
      if (stop()) return false;
      after = (this->*phase.run_page)(after);
      if (report_.stopped) return false;
      if (after == 0) return true;
      scan_.save({phase.name, std::to_string(after)});
    }
  }

  // ---- media

  Id run_media(Id after) {
    Id last = 0;
    for (const auto row :
         database_.read(sql::media::verify_media, store::params(after, media_per_page))) {
      if (stop()) return 0;
      const auto media = to_media(row);
      check_media(media);
      last = media.id;
      add_checked(1);
    }
    return last;
  }

  void check_media(const Media& media) {
    ++result(image_objects).checked;
    ++result(shown_images).checked;
    if (!media.is_shown) return on_not_shown(media);
    const auto problem = problem_of_image(media);
    if (!problem.empty()) return on_lost(media, problem);
    if (media.state == State::processing) return check_job(media);
    ++result(thumbnail_objects).checked;
    for (const auto width : parse_widths(media.widths)) {
      if (head(thumbnail_key(media.object_key, width))) continue;
      return on_no_thumbnail(media, width);
    }
  }

  void check_job(const Media& media) {
    ++result(processed_images).checked;
    if (!media.is_without_job) return;
    add_drift(processed_images, media.name() + " waits for a job that nobody has");
    repair(processed_images, sql::media::repair_process, store::params(media.id),
           media.name() + ": processed again");
  }

  void on_not_shown(const Media& media) {
    add_drift(shown_images, media.name() + " is not shown there");
    repair(shown_images, sql::media::repair_remove, store::params(media.id),
           media.name() + ": removed");
  }

  void on_lost(const Media& media, const std::string& problem) {
    if (!is_unchanged(media)) return;
    add_drift(image_objects, media.name() + ": " + problem);
    if (!options_.drop_lost) return;
    repair(image_objects, sql::media::repair_remove, store::params(media.id),
           media.name() + ": removed");
  }

  void on_no_thumbnail(const Media& media, std::uint32_t width) {
    if (!is_unchanged(media)) return;
    add_drift(thumbnail_objects, media.name() + ": width " + std::to_string(width) + " is missing");
    repair(thumbnail_objects, sql::media::repair_process, store::params(media.id),
           media.name() + ": processed again");
  }

  // "": none.
  std::string problem_of_image(const Media& media) {
    const auto object = head(media.object_key);
    if (!object) return media.object_key + " is missing";
    if (object->size != media.size) {
      return media.object_key + " has " + std::to_string(object->size) + " bytes instead of " +
             std::to_string(media.size);
    }
    if (options_.deep && !has_own_digest(media)) return media.object_key + " is damaged";
    return "";
  }

  bool has_own_digest(const Media& media) {
    const auto name = parse_object_key(media.object_key);
    const auto object = store_.open(media.object_key, max_object_bytes, Deadline::after(call_time));
    return name && object && sha256_hex({object->file.get(), 0, object->size}) == name->sha256;
  }

  std::optional<blob::Object> head(const std::string& key) {
    return store_.head(key, Deadline::after(call_time));
  }

  // It may have been removed, or processed, since its row was read.
  bool is_unchanged(const Media& media) {
    const auto params = store::params(media.id, static_cast<int>(media.state), media.widths);
    return database_.read(sql::media::verify_is_unchanged, params).single_row().boolean(0);
  }

  // ---- what posts and users show

  Id run_posts(Id after) {
    return run_subjects(shown_by_posts, sql::media::verify_posts, sql::media::repair_post, "post ",
                        after);
  }
  Id run_users(Id after) {
    return run_subjects(shown_by_users, sql::media::verify_users, sql::media::repair_user, "user ",
                        after);
  }

  Id run_subjects(Check check, const store::Query& page, const store::Query& fix,
                  const std::string& what, Id after) {
    const auto rows = database_.read(page, store::params(after, subjects_per_page));
    const auto first = rows.single_row();
    for (const auto row : rows) {
      if (row.is_null(2)) continue;
      const auto name = what + std::to_string(row.integer(2));
      add_drift(check, name + " shows media " + std::to_string(row.integer(3)) + ", which is gone");
      repair(check, fix, store::params(row.integer(2), row.integer(3)), name + ": shows none");
    }
    result(check).checked += first.integer(1);
    add_checked(first.integer(1));
    return first.maybe_integer(0).value_or(0);
  }

  // ---- report

  VerifyResult& result(Check check) { return report_.results[check]; }

  void add_checked(std::int64_t more) {
    if (options_.on_checked) options_.on_checked(more);
    scan_.throttle(more);
  }

  void add_drift(Check check, const std::string& difference) {
    auto& examples = result(check).examples;
    ++result(check).drift;
    if (examples.size() < max_examples) examples.push_back(difference);
  }

  void repair(Check check, const store::Query& query, const store::Params& params,
              const std::string& change) {
    if (!options_.repair) return;
    if (database_.execute(query, params).empty()) return;
    ++result(check).repaired;
    if (options_.on_repair) options_.on_repair(change);
  }

  bool stop() {
    if (!report_.stopped) report_.stopped = scan_.should_stop();
    return report_.stopped;
  }

  store::Database& database_;
  blob::BlobStore& store_;
  const VerifyOptions& options_;
  MediaScan scan_;
  VerifyReport report_;
};

const std::array<Verification::Phase, 3> Verification::phases{
    {{"media", "checking objects", &Verification::run_media},
     {"posts", "checking posts", &Verification::run_posts},
     {"users", "checking users", &Verification::run_users}}};

}  // namespace

std::int64_t VerifyReport::remaining_drift() const {
  std::int64_t left = 0;
  for (const auto& result : results)
    left += std::max<std::int64_t>(result.drift - result.repaired, 0);
  return left;
}

VerifyReport verify(store::Database& database, blob::BlobStore& store,
                    const VerifyOptions& options) {
  return Verification(database, store, options).run();
}

}  // namespace feedctl::media
