#pragma once
// The job 'media.complete_upload': takes an object that a client stored by a presigned form. The
// subject is the upload.
//
// It does what an upload by `serve` does: checks, encodes anew, stores, shows. The upload ends as
// done or, with the reason, as refused; the quarantined object is removed then. A failure of the
// store or of the database is retried. Idempotent.
#include "jobs/jobs.hpp"
#include "media/media_service.hpp"

namespace feedctl::media {

inline constexpr const char* complete_upload_kind = "media.complete_upload";

// `service` must outlive the handlers, and have a store.
jobs::HandlerRegistry upload_job_handlers(MediaService& service);

}  // namespace feedctl::media
