#pragma once
// Uploads that go to the blob store by themselves: the client gets a form for one object in
// quarantine/, sends it, and says so; a job then checks and encodes the image as of an upload to
// this server. The table media_uploads keeps them until they are done or expired. The service must
// outlive it. Thread-safe.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "commands/command.hpp"
#include "media/media_service.hpp"

namespace feedctl::media {

enum class UploadState : std::int16_t { waiting = 1, processing = 2, done = 3, refused = 4 };
std::string_view to_string(UploadState state);

struct PresignedForm {
  Id id = 0;
  blob::UploadForm form;
  std::size_t max_bytes = 0;  // of the object
  Time expires_at;
};

struct PresignedUpload {
  Id id = 0;
  UploadState state{};
  std::optional<std::string> problem;  // of a refused one
  std::optional<Image> image;          // of one that is done, while it is there
};

class PresignedUploads {
 public:
  explicit PresignedUploads(MediaService& media) : media_(media) {}

  // Error(conflict) where the store has no such forms; Error(unsupported_media) for a type that is
  // none of an image; Error(rate_limited) where the user has too many that are not done yet; else
  // as MediaService::authorize(). A replay of the key gives a new form for the first upload,
  // nullopt where that has expired; `id` is its id in any case.
  struct Creation {
    Id id = 0;
    std::optional<PresignedForm> form;
  };
  Creation create(const Subject& subject, const Requester& requester, std::string_view content_type,
                  commands::Command& command);
  // The object is sent: a job takes it. Changes nothing where that is known. Error(not_found) for
  // no upload of this actor.
  void complete(Id upload, std::optional<Id> actor);
  // The same error.
  PresignedUpload find(Id upload, std::optional<Id> actor);

 private:
  PresignedForm make_form(Id upload, std::string_view content_type) const;
  Creation replayed(const commands::Replay& replay);

  MediaService& media_;
};

}  // namespace feedctl::media
