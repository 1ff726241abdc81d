#include "media/presigned_uploads.hpp"

#include "base/error.hpp"
#include "http/content_negotiation.hpp"
#include "http/header_text.hpp"
#include "media/queries.hpp"
#include "sql/media.hpp"

namespace feedctl::media {

namespace {

// Of one user: each may leave an object of config.max_bytes in quarantine.
constexpr int max_open_uploads = 20;

Error too_many_open() {
  return Error(ErrorCode::rate_limited,
               "at most " + std::to_string(max_open_uploads) +
                   " uploads of a user are open at once: complete those that were sent, or wait "
                   "until others have expired")
      .with_retry_after(std::chrono::seconds{60});
}

Error not_found(Id upload) {
  return Error(ErrorCode::not_found, "Upload with id " + std::to_string(upload) + " not found");
}

Error without_forms() {
  return Error(ErrorCode::conflict,
               "presigned uploads need S3; send the image to POST /v1/posts/{id}/image or "
               "POST /v1/users/{id}/avatar");
}

std::string image_type(std::string_view content_type) {
  const auto type = http::to_lower(http::media_type(content_type));
  if (const auto format = images::parse_content_type(type))
    return std::string(images::content_type_of(*format));
  throw Error(ErrorCode::unsupported_media,
              "content_type must be image/jpeg, image/png or image/webp")
      .with_field("/content_type", "content_type must be image/jpeg, image/png or image/webp");
}

struct Row {
  std::string content_type;
  PresignedUpload upload;
};

// nullopt: no upload, or another's.
std::optional<Row> find_row(store::Database& database, Id upload, std::optional<Id> actor) {
  const auto rows = database.read_on_primary(sql::media::find_upload, store::params(upload));
  if (rows.empty() || rows.single_row().maybe_integer(0) != actor) return std::nullopt;
  const auto row = rows.single_row();
  Row found{std::string(row.text(1)),
            {upload, static_cast<UploadState>(row.integer(2)), row.maybe_text(3), std::nullopt}};
  if (!row.is_null(4)) found.upload.image = parse_summary(row.text(4));
  return found;
}

}  // namespace

std::string_view to_string(UploadState state) {
  switch (state) {
    case UploadState::waiting:
      return "waiting";
    case UploadState::processing:
      return "processing";
    case UploadState::done:
      return "done";
    case UploadState::refused:
      return "refused";
  }
  return "";
}

// An image of max_bytes is refused, so the form takes one byte less.
PresignedForm PresignedUploads::make_form(Id upload, std::string_view content_type) const {
  const auto& config = media_.config();
  const auto now = media_.now();
  const auto max_bytes = config.max_bytes - 1;
  auto form = media_.require_store().presigned_upload(
      quarantine_key(upload), std::string(content_type), max_bytes, now, config.link_ttl);
  if (!form) throw without_forms();
  return {upload, *std::move(form), max_bytes, now + config.link_ttl};
}

PresignedUploads::Creation PresignedUploads::create(const Subject& subject,
                                                    const Requester& requester,
                                                    std::string_view content_type,
                                                    commands::Command& command) {
  media_.require_uploads();
  const auto type = image_type(content_type);
  if (const auto replay = media_.authorize(subject, requester, command)) return replayed(*replay);
  auto& database = media_.database();
  auto form = make_form(queries::next_id(database), type);
  auto params = store::params(form.id, requester.actor, static_cast<int>(subject.kind), subject.id,
                              type, max_open_uploads);
  commands::add_key_params(params, command);
  const auto rows = commands::retry_with_key(
      command, [&] { return database.execute(sql::media::create_upload, params); });
  if (const auto replay = commands::read_replay(command, rows.single_row(), 1))
    return replayed(*replay);
  if (!rows.single_row().boolean(0)) throw too_many_open();
  return {form.id, std::move(form)};
}

PresignedUploads::Creation PresignedUploads::replayed(const commands::Replay& replay) {
  const auto id = replay.result_id.value_or(0);
  const auto rows = media_.database().read_on_primary(sql::media::find_upload, store::params(id));
  if (rows.empty()) return {id, std::nullopt};
  return {id, make_form(id, rows.single_row().text(1))};
}

void PresignedUploads::complete(Id upload, std::optional<Id> actor) {
  media_.require_uploads();
  if (!find_row(media_.database(), upload, actor)) throw not_found(upload);
  media_.database().execute(sql::media::complete_upload, store::params(upload, actor));
}

PresignedUpload PresignedUploads::find(Id upload, std::optional<Id> actor) {
  auto row = find_row(media_.database(), upload, actor);
  if (!row) throw not_found(upload);
  return std::move(row->upload);
}

}  // namespace feedctl::media
