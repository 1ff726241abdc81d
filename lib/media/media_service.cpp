#include "media/media_service.hpp"

#include <string>
#include <utility>

#include "base/error.hpp"
#include "base/failpoint.hpp"
#include "base/file_digest.hpp"
#include "base/log.hpp"
#include "http/content_negotiation.hpp"
#include "http/header_text.hpp"
#include "media/access.hpp"
#include "media/queries.hpp"
#include "media/upload_meter.hpp"
#include "store/sqlstate.hpp"

namespace feedctl::media {

namespace {

const failpoint::Point put_before{"media.put.before"}, put_after{"media.put.after"};
const failpoint::Point commit_after{"media.commit.after"};

constexpr std::size_t max_uploads_per_user = 4;
constexpr std::size_t max_uploads_per_process = 8;  // of media.processes
constexpr std::uint32_t max_avatar_side = 1024;
constexpr std::chrono::seconds discard_timeout{2};
// Two media of one millisecond share an id only if the sequence wrapped around in between.
constexpr int put_attempts = 5;

bool is_duplicate_id(const store::SqlError& error) {
  return error.sqlstate() == store::sqlstate::unique_violation &&
         error.constraint() == "media_pkey";
}

Error too_large(std::size_t limit) {
  return Error(ErrorCode::too_large,
               "the image must be smaller than " + std::to_string(limit) + " bytes");
}

Error unsupported(const std::string& why) {
  return Error(ErrorCode::unsupported_media, why + ": send a JPEG, a PNG or a WebP");
}

// A client that says nothing is not held to it. The other type is that of a file whose name says
// nothing to the client, as with curl and WebP.
void check_declared_type(std::string_view declared, images::Format format) {
  const auto type = http::to_lower(http::media_type(declared));
  if (type.empty() || type == "application/octet-stream") return;
  const auto wanted = images::parse_content_type(type);
  if (!wanted) throw unsupported("the Content-Type of the image is none that is taken");
  if (*wanted == format) return;
  throw unsupported("the image is declared as " + type + " and is " +
                    std::string(images::content_type_of(format)));
}

Error changed_meanwhile() {
  return Error(ErrorCode::unavailable, "what the image belongs to has just changed, try again")
      .with_retry_after(std::chrono::seconds{1});
}

// nullopt: the media's id was taken.
std::optional<queries::Change> commit_upload(store::Database& database, const Subject& subject,
                                             const Requester& requester, const StagedImage& staged,
                                             commands::Command& command) {
  try {
    return commands::retry_with_key(command, [&] {
      auto tx = database.write();
      auto change = queries::upload(tx, subject, requester, staged, command);
      if (change.image) audit_change(tx, subject, requester, change);
      tx.commit();
      return change;
    });
  } catch (const store::SqlError& error) {
    if (!is_duplicate_id(error)) throw;
    return std::nullopt;
  }
}

}  // namespace

store::Params& add_params(store::Params& params, const StagedImage& image) {
  return params.add(image.id)
      .add(image.object_key)
      .add(image.content_type)
      .add(static_cast<std::int64_t>(image.byte_count))
      .add(std::int64_t{image.width})
      .add(std::int64_t{image.height});
}

MediaService::MediaService(Options options)
    : options_(std::move(options)),
      slots_(max_uploads_per_user,
             max_uploads_per_process * static_cast<std::size_t>(options_.config.processes)) {}

blob::BlobStore& MediaService::require_store() const {
  if (options_.store != nullptr) return *options_.store;
  throw Error(ErrorCode::unavailable,
              "this server stores no images: set media.directory, or media.s3_endpoint");
}

void MediaService::require_uploads() const {
  require_store();
  if (images::ImageProcessor::is_available()) return;
  throw Error(ErrorCode::unavailable,
              "this server takes no images: it was built without libjpeg, libpng, libwebp and "
              "lcms2 (scripts/run names the packages)");
}

// ---- uploads

Stored MediaService::upload_post_image(Id post, std::optional<Id> actor, bool admin,
                                       const FileSlice& content, std::string_view content_type,
                                       commands::Command& command,
                                       const std::optional<audit::Actor>& by) {
  return upload({Kind::post_image, post}, {actor, admin, by}, {content, content_type}, command);
}

Stored MediaService::upload_avatar(Id user, std::optional<Id> actor, bool admin,
                                   const FileSlice& content, std::string_view content_type,
                                   commands::Command& command,
                                   const std::optional<audit::Actor>& by) {
  return upload({Kind::avatar, user}, {actor, admin, by}, {content, content_type}, command);
}

Stored MediaService::upload(const Subject& subject, const Requester& requester,
                            const Upload& upload, commands::Command& command) {
  return with_meter(subject.kind, [&](UploadMeter& meter) {
    require_uploads();
    check_upload(upload);
    if (const auto replay = authorize(subject, requester, command)) {
      meter.set_result("replayed");
      return replayed(*replay);
    }
    const auto slot = slots_.acquire(requester.actor);
    const auto image = sanitize(subject.kind, upload.content, command.deadline);
    for (int attempt = 1;; ++attempt) {
      const auto staged = put(subject, image, command.deadline);
      auto stored = attach(subject, requester, staged, command);
      if (!stored && attempt < put_attempts) continue;
      if (!stored) throw changed_meanwhile();
      meter.set_result(command.is_replay ? "replayed" : "stored");
      return *std::move(stored);
    }
  });
}

StagedImage MediaService::stage(const Subject& subject, const FileSlice& content,
                                std::string_view content_type, Deadline deadline,
                                std::optional<Id> uploader) {
  return with_meter(subject.kind, [&](UploadMeter& meter) {
    require_uploads();
    check_upload({content, content_type});
    const auto slot = slots_.acquire(uploader);
    auto staged = put(subject, sanitize(subject.kind, content, deadline), deadline);
    meter.set_result("stored");
    return staged;
  });
}

void MediaService::check_upload(const Upload& upload) const {
  if (upload.content.size >= options_.config.max_bytes) throw too_large(options_.config.max_bytes);
  check_declared_type(upload.content_type, images::read_header(upload.content).format);
}

images::Image MediaService::sanitize(Kind kind, const FileSlice& content, Deadline deadline) {
  const auto longest_side = kind == Kind::avatar ? max_avatar_side : images::max_side;
  return options_.images.sanitize(content, longest_side, deadline);
}

StagedImage MediaService::put(const Subject& subject, const images::Image& image,
                              Deadline deadline) {
  const auto id = queries::next_id(options_.database);
  const auto hash = sha256_hex(image.slice());
  StagedImage staged{id,
                     object_key(subject, hash, id, image.format),
                     std::string(images::content_type_of(image.format)),
                     image.size,
                     image.width,
                     image.height};
  put_before.hit();
  require_store().put(staged.object_key, image.slice(), staged.content_type, deadline);
  put_after.hit();
  return staged;
}

// nullopt: the media's id was taken.
std::optional<Stored> MediaService::attach(const Subject& subject, const Requester& requester,
                                           const StagedImage& staged, commands::Command& command) {
  const auto change = commit_upload(options_.database, subject, requester, staged, command);
  if (!change) return std::nullopt;
  commit_after.hit();
  if (change->image) {
    tell_change();
    return Stored{staged.id, change->image};
  }
  discard(staged);
  const auto replay = change->replay ? change->replay : authorize(subject, requester, command);
  if (!replay) throw changed_meanwhile();
  return replayed(*replay);
}

// The image that the key's first command stored, as it is now.
Stored MediaService::replayed(const commands::Replay& replay) {
  const auto id = replay.result_id.value_or(0);
  return {id, find(id)};
}

void MediaService::tell_change() const {
  if (options_.on_change) options_.on_change();
}

// No row names the object. Where it stays, `feedctl media gc` removes it.
void MediaService::discard(const StagedImage& staged) const {
  try {
    require_store().remove(staged.object_key, Deadline::after(discard_timeout));
  } catch (const Error& error) {
    log::warning("an image that is not needed stays in the store for now",
                 {{"key", staged.object_key}, {"error", error.what()}});
  }
}

// ---- removals

void MediaService::remove_post_image(Id post, std::optional<Id> actor, bool admin,
                                     commands::Command& command,
                                     const std::optional<audit::Actor>& by) {
  remove({Kind::post_image, post}, {actor, admin, by}, command);
}

void MediaService::remove_avatar(Id user, std::optional<Id> actor, bool admin,
                                 commands::Command& command,
                                 const std::optional<audit::Actor>& by) {
  remove({Kind::avatar, user}, {actor, admin, by}, command);
}

void MediaService::remove(const Subject& subject, const Requester& requester,
                          commands::Command& command) {
  const auto [access, former_media] = commands::retry_with_key(command, [&] {
    auto tx = options_.database.write();
    const auto removal = queries::remove(tx, subject, requester, command);
    if (removal.change.former_media) audit_change(tx, subject, requester, removal.change);
    tx.commit();  // also keeps a 404 with the key
    return std::pair(removal.access, removal.change.former_media);
  });
  if (former_media) tell_change();
  if (!access.replay) return require_allowed(access, subject, requester.actor);
  if (access.replay->status == 404) throw missing(subject);
}

// ---- what there is

std::optional<commands::Replay> MediaService::authorize(const Subject& subject,
                                                        const Requester& requester,
                                                        commands::Command& command) {
  auto access = queries::check(options_.database, subject, requester, command);
  if (!access.replay) require_allowed(access, subject, requester.actor);
  return std::move(access.replay);
}

std::optional<Image> MediaService::find(Id media) {
  return queries::find(options_.database, media);
}

std::optional<VisibleImage> MediaService::find_visible(Id media) {
  return queries::visible(options_.database, media);
}

VisibleImage MediaService::image_of(const Subject& subject) {
  auto found = queries::image_of(options_.database, subject);
  if (!found.is_found) throw missing(subject);
  if (!found.image) throw without_image(subject);
  return *std::move(found.image);
}

}  // namespace feedctl::media
