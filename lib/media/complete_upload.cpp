#include "media/complete_upload.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "media/access.hpp"
#include "media/job_limits.hpp"
#include "media/object_keys.hpp"
#include "media/queries.hpp"
#include "sql/media.hpp"

namespace feedctl::media {

namespace {

struct Upload {
  Id id = 0;
  Subject subject;
  Requester requester;
  std::string content_type;
};

// nullopt: the client has not ended it, or it is over.
std::optional<Upload> load(events::UnitOfWork& unit, Id id) {
  const auto rows = unit.tx().query(sql::media::upload_load, store::params(id));
  if (rows.empty()) return std::nullopt;
  const auto row = rows.single_row();
  Upload upload;
  upload.id = id;
  upload.subject = {static_cast<Kind>(row.integer(0)), row.integer(1)};
  upload.requester.actor = row.maybe_integer(2);
  upload.content_type = row.text(3);
  upload.requester.is_admin = row.boolean(4);
  if (upload.requester.is_admin) upload.requester.by = audit::Actor{row.integer(2), {}, ""};
  return upload;
}

// What the client can do something about, unlike a store that is away.
bool is_refusal(const Error& error) {
  switch (error.code()) {
    case ErrorCode::too_large:
    case ErrorCode::unsupported_media:
    case ErrorCode::unprocessable:
    case ErrorCode::not_found:
    case ErrorCode::permission_denied:
    case ErrorCode::unauthenticated:
      return true;
    default:
      return false;
  }
}

blob::OpenObject open_quarantined(const MediaService& service, Id upload, Deadline deadline) {
  const auto key = quarantine_key(upload);
  const auto max_bytes = service.config().max_bytes;
  auto& store = service.require_store();
  const auto object = store.head(key, deadline);
  if (object && object->size >= max_bytes) {
    throw Error(ErrorCode::too_large,
                "the image must be smaller than " + std::to_string(max_bytes) + " bytes");
  }
  auto opened = object ? store.open(key, max_bytes, deadline) : std::nullopt;
  if (opened) return std::move(*opened);
  throw Error(ErrorCode::not_found,
              "nothing was uploaded: send the form before you complete the upload");
}

StagedImage stage(MediaService& service, const Upload& upload, Deadline deadline) {
  commands::Command command;
  service.authorize(upload.subject, upload.requester, command);
  const auto object = open_quarantined(service, upload.id, deadline);
  return service.stage(upload.subject, {object.file.get(), 0, object.size}, upload.content_type,
                       deadline);
}

// False: the subject was deleted, or the owner may not change it any more.
bool show(events::UnitOfWork& unit, const Upload& upload, const StagedImage& staged) {
  commands::Command command;
  const auto change = queries::upload(unit.tx(), upload.subject, upload.requester, staged, command);
  if (!change.image) return false;
  audit_change(unit.tx(), upload.subject, upload.requester, change);
  return true;
}

// Where the object stays, it goes with the upload's row.
void remove_quarantined(const MediaService& service, Id upload) {
  try {
    service.require_store().remove(quarantine_key(upload), Deadline::after(max_cleanup_time));
  } catch (const std::exception& error) {
    log::debug("a quarantined object stays for now", {{"upload", upload}, {"error", error.what()}});
  }
}

jobs::Chunk end(events::UnitOfWork& unit, const MediaService& service, Id upload,
                std::optional<Id> media, const std::optional<std::string>& problem) {
  unit.tx().query(sql::media::upload_end, store::params(upload, media, problem));
  unit.after_commit([&service, upload] { remove_quarantined(service, upload); });
  return {.rows = 1};
}

jobs::Chunk complete(MediaService& service, events::UnitOfWork& unit, const jobs::Job& job) {
  unit.tx().query(sql::media::job_begin);
  const auto upload = load(unit, job.subject);
  if (!upload) return {};
  try {
    const auto staged = stage(service, *upload, Deadline::after(max_chunk_time));
    if (show(unit, *upload, staged)) return end(unit, service, upload->id, staged.id, {});
    // `media gc` removes what was stored.
    throw Error(ErrorCode::permission_denied, "the post or the account has changed meanwhile");
  } catch (const store::SqlError&) {
    throw;  // the transaction has failed
  } catch (const Error& error) {
    if (!is_refusal(error)) throw;
    return end(unit, service, upload->id, {}, std::string(error.what()));
  }
}

}  // namespace

jobs::HandlerRegistry upload_job_handlers(MediaService& service) {
  return {{complete_upload_kind, [&service](events::UnitOfWork& unit, const jobs::Job& job) {
             return complete(service, unit, job);
           }}};
}

}  // namespace feedctl::media
