#include "media/media_jobs.hpp"

#include <array>
#include <memory>

#include "base/error.hpp"
#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "media/job_limits.hpp"
#include "media/media.hpp"
#include "media/object_keys.hpp"
#include "media/object_names.hpp"
#include "media/object_removal.hpp"
#include "sql/media.hpp"

namespace feedctl::media {

namespace {

// Before each thumbnail is stored; the subject is the media.
const failpoint::Point process_put{"media.process.put"};

constexpr std::array<std::uint32_t, 3> thumbnail_widths{320, 640, 1280};

struct StoredImage {
  Id id = 0;
  std::string key;
  std::size_t size = 0;
};

// nullopt: it was removed, or is processed already.
std::optional<StoredImage> load_unprocessed(events::UnitOfWork& unit, Id media) {
  const auto rows = unit.tx().query(sql::media::job_process_load, store::params(media));
  if (rows.empty()) return std::nullopt;
  const auto row = rows.single_row();
  return StoredImage{media, std::string(row.text(0)), static_cast<std::size_t>(row.integer(1))};
}

// A lost object becomes a dead letter, which can be retried once the object is restored.
blob::OpenObject open_image(blob::BlobStore& store, const StoredImage& image, Deadline deadline) {
  auto object = store.open(image.key, max_object_bytes, deadline);
  if (object && object->size == image.size) return std::move(*object);
  const std::string what = object ? " has another size than its row says" : " is missing";
  throw Error(ErrorCode::bad_data, "the object " + image.key + what + ": see feedctl media verify");
}

bool is_bad_image(const Error& error) {
  return error.code() == ErrorCode::unprocessable || error.code() == ErrorCode::unsupported_media;
}

// nullopt: the image cannot be decoded.
std::optional<images::Thumbnails> try_make(blob::BlobStore& store, const MakeThumbnails& make,
                                           const StoredImage& image, Deadline deadline) {
  const auto object = open_image(store, image, deadline);
  try {
    return make({object.file.get(), 0, object.size}, thumbnail_widths, deadline);
  } catch (const Error& error) {
    if (!is_bad_image(error)) throw;
    log::warning("an image gets no thumbnails", {{"media", image.id}, {"error", error.what()}});
    return std::nullopt;
  }
}

std::vector<std::uint32_t> put_thumbnails(blob::BlobStore& store, const StoredImage& image,
                                          const images::Thumbnails& thumbnails, Deadline deadline) {
  std::vector<std::uint32_t> widths;
  for (const auto& thumbnail : thumbnails.images) {
    process_put.hit(image.id);
    store.put(thumbnail_key(image.key, thumbnail.width), thumbnail.slice(),
              std::string(images::content_type_of(thumbnail.format)), deadline);
    widths.push_back(thumbnail.width);
  }
  return widths;
}

// False: the image was removed meanwhile.
bool save_result(events::UnitOfWork& unit, Id media, State state,
                 const std::vector<std::uint32_t>& widths, const std::string& blurhash) {
  return !unit.tx()
              .query(sql::media::job_processed,
                     store::params(media, static_cast<int>(state), to_widths(widths), blurhash))
              .empty();
}

jobs::Chunk process(blob::BlobStore& store, const MakeThumbnails& make, events::UnitOfWork& unit,
                    const jobs::Job& job) {
  unit.tx().query(sql::media::job_begin);
  const auto image = load_unprocessed(unit, job.subject);
  if (!image) return {};
  const auto deadline = Deadline::after(max_chunk_time);
  const auto thumbnails = try_make(store, make, *image, deadline);
  if (!thumbnails) {
    save_result(unit, image->id, State::failed, {}, "");
    return {.rows = 1};
  }
  const auto widths = put_thumbnails(store, *image, *thumbnails, deadline);
  if (save_result(unit, image->id, State::ready, widths, thumbnails->blurhash)) return {.rows = 1};
  // The job that removes it may have listed its objects before the thumbnails came.
  remove_objects(store, image->key, Deadline::after(max_cleanup_time));
  return {};
}

jobs::Chunk remove(blob::BlobStore& store, events::UnitOfWork& unit, const jobs::Job& job) {
  unit.tx().query(sql::media::job_begin);
  const auto rows = unit.tx().query(sql::media::removed_key, store::params(job.subject));
  if (rows.empty()) return {};
  remove_objects(store, std::string(rows.single_row().text(0)), Deadline::after(max_chunk_time));
  unit.tx().query(sql::media::delete_removed, store::params(job.subject));
  return {.rows = 1};
}

}  // namespace

jobs::HandlerRegistry job_handlers(blob::BlobStore& store, MakeThumbnails make_thumbnails) {
  return {{process_kind, [&store, make = std::move(make_thumbnails)](
                             events::UnitOfWork& unit,
                             const jobs::Job& job) { return process(store, make, unit, job); }},
          {remove_kind, [&store](events::UnitOfWork& unit, const jobs::Job& job) {
             return remove(store, unit, job);
           }}};
}

}  // namespace feedctl::media
