#include "media/media_scan.hpp"

#include <algorithm>
#include <thread>

#include "base/error.hpp"
#include "sql/media.hpp"

namespace feedctl::media {

namespace {

ScanCursor load_unfinished(store::Database& database, const std::string& name) {
  const auto rows = database.read(sql::media::scan_unfinished, store::params(name));
  if (!rows.empty()) return ScanCursor::parse(std::string(rows.single_row().text(0)));
  throw Error(ErrorCode::failed, "there is no unfinished media " + name + " to resume")
      .with_hint("begin one: feedctl media " + name);
}

}  // namespace

ScanCursor ScanCursor::parse(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos) return {};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

Id ScanCursor::after_id() const {
  return parse_id(after).value_or(0);
}

MediaScan::MediaScan(store::Database& database, Options options)
    : database_(database),
      options_(std::move(options)),
      lock_(database.options(), sql::media::scan_lock,
            std::string("another media ") + options_.name + " is running on this database",
            "wait for it to end, or stop it", store::params(options_.name)) {
  const std::string name = options_.name;
  if (options_.resume)
    begin_ = load_unfinished(database_, name);
  else if (!options_.dry_run)
    database_.execute(sql::media::scan_begin, store::params(name));
}

void MediaScan::save(const ScanCursor& cursor) {
  save(cursor.text(), false);
}

void MediaScan::finish() {
  save("", true);
}

void MediaScan::save(const std::string& cursor, bool is_finished) {
  if (!lock_.is_held()) {
    throw Error(ErrorCode::unavailable, "the lock was lost with its connection")
        .with_hint(std::string("continue with: feedctl media ") + options_.name + " --resume");
  }
  if (options_.dry_run) return;
  database_.execute(sql::media::scan_save, store::params(options_.name, cursor, is_finished));
}

void MediaScan::throttle(std::int64_t done) {
  done_ += done;
  if (options_.max_rate <= 0) return;
  const auto until = started_at_ + std::chrono::microseconds(done_ * 1'000'000 / options_.max_rate);
  while (Clock::now() < until && !should_stop()) {
    std::this_thread::sleep_for(
        std::min<Clock::duration>(until - Clock::now(), std::chrono::milliseconds{100}));
  }
}

}  // namespace feedctl::media
