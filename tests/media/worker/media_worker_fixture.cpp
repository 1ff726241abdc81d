#include "media_worker_fixture.hpp"

#include "base/encoding.hpp"
#include "media/media_events.hpp"
#include "media/memory_store.hpp"
#include "media/queries.hpp"
#include "support/memory_file.hpp"

namespace feedctl::test {

namespace {

using namespace std::chrono_literals;

// Long enough for a busy machine.
store::Options options_of(const support::FreshDatabase& fresh) {
  store::Options options;
  options.url = fresh.url();
  options.pool_size = 8;
  options.connect_timeout = options.pool_wait = options.statement_timeout = 60s;
  options.lock_timeout = 30s;
  return options;
}

Deadline soon() {
  return Deadline::after(5min);
}

}  // namespace

images::Image make_thumbnail(std::uint32_t width) {
  const auto bytes = "a thumbnail of width " + std::to_string(width);
  return {support::memory_file(bytes), bytes.size(), images::Format::webp, width, width / 2};
}

MediaWorkerFixture::MediaWorkerFixture() : database(options_of(fresh)) {
  make_thumbnails = [](const FileSlice&, std::span<const std::uint32_t>, Deadline) {
    images::Thumbnails made;
    for (const auto width : {320u, 640u}) made.images.push_back(make_thumbnail(width));
    made.blurhash = "LEHV6nWB";
    return made;
  };
  handlers = media::job_handlers(
      store, [this](const FileSlice& image, std::span<const std::uint32_t> widths,
                    Deadline deadline) { return make_thumbnails(image, widths, deadline); });
}

Id MediaWorkerFixture::upload(const media::Subject& subject, const std::string& bytes) {
  const auto id = media::queries::next_id(database);
  media::StagedImage staged;
  staged.id = id;
  staged.object_key = media::object_key(subject, sha256_hex(bytes), id, images::Format::jpeg);
  staged.content_type = "image/jpeg";
  staged.byte_count = bytes.size();
  staged.width = 800;
  staged.height = 400;
  put(staged.object_key, bytes);
  commands::Command command;
  auto tx = database.write();
  const auto change = media::queries::upload(tx, subject, {}, staged, command);
  tx.commit();
  REQUIRE(change.image);
  return id;
}

void MediaWorkerFixture::remove_image(Id post, Id author) {
  commands::Command command;
  media::Requester requester;
  requester.actor = author;
  auto tx = database.write();
  media::queries::remove(tx, {media::Kind::post_image, post}, requester, command);
  tx.commit();
}

void MediaWorkerFixture::put(const std::string& key, const std::string& bytes) {
  const auto file = support::memory_file(bytes);
  directory.put(key, {file.get(), 0, bytes.size()}, "image/jpeg", soon());
}

void MediaWorkerFixture::run_due_jobs(jobs::Priority priority) {
  jobs::RunnerState state;
  while (jobs::run_one(database, priority, handlers, state)) {
  }
}

void MediaWorkerFixture::run_jobs() {
  for (int round = 0; round < 50 && count("jobs") > 0; ++round) {
    sql("UPDATE jobs SET not_before = now() - interval '1 second', claimed_until = NULL "
        "RETURNING 1");
    for (const auto priority :
         {jobs::Priority::interactive, jobs::Priority::bulk, jobs::Priority::low}) {
      run_due_jobs(priority);
    }
  }
  REQUIRE(count("jobs") == 0);
}

void MediaWorkerFixture::handle_events() {
  std::vector<events::Event> log;
  const store::Query query{"test.events", "SELECT type, object FROM events ORDER BY xid, id"};
  for (const auto row : database.read(query)) {
    events::Event event;
    event.type = static_cast<events::Type>(row.integer(0));
    event.object = row.integer(1);
    log.push_back(event);
  }
  events::UnitOfWork unit(database.write());
  media::removal_handler()(unit, log);
  unit.commit();
}

media::GcReport MediaWorkerFixture::collect(media::GcOptions options) {
  return media::collect_garbage(database, store, options);
}

media::GcReport MediaWorkerFixture::collect_later(media::GcOptions options) {
  options.now = now() + 48h;
  return collect(std::move(options));
}

media::VerifyReport MediaWorkerFixture::verify(media::VerifyOptions options) {
  return media::verify(database, store, options);
}

std::string MediaWorkerFixture::findings(media::VerifyOptions options) {
  std::string out;
  for (const auto& result : verify(std::move(options)).results) {
    if (result.drift == 0) continue;
    if (!out.empty()) out += ", ";
    out += result.name + ' ' + std::to_string(result.drift) + '/' + std::to_string(result.repaired);
  }
  return out;
}

std::set<std::string> MediaWorkerFixture::keys() {
  std::set<std::string> keys;
  std::optional<std::string> after = "";
  while (after) {
    const auto page = directory.list("", *after, 1000, soon());
    for (const auto& object : page.objects) keys.insert(object.key);
    after = page.next;
  }
  return keys;
}

std::string MediaWorkerFixture::key_of(Id media) const {
  return sql("SELECT object_key FROM media WHERE id = " + std::to_string(media));
}

}  // namespace feedctl::test
