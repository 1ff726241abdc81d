#pragma once
// Uploads and removals of the images of posts and of avatars, and what of them may be shown
// (docs/media.md).
//
// An upload is checked and encoded anew by the image processor, stored, and then shown by one
// transaction with its row, its event and its jobs. What fails before leaves no row. An object
// without a row is removed later, by `feedctl media gc`. The database, the store and the processor
// must outlive the service. Thread-safe.
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "audit/audit.hpp"
#include "base/file_slice.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "blob/blob_store.hpp"
#include "commands/command.hpp"
#include "config/config.hpp"
#include "images/image_processor.hpp"
#include "media/media.hpp"
#include "media/object_keys.hpp"
#include "media/upload_slots.hpp"
#include "store/database.hpp"

namespace feedctl::media {

// An image that is stored and has no row yet.
struct StagedImage {
  Id id = 0;
  std::string object_key;
  std::string content_type;
  std::size_t byte_count = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};
// Its members in this order: six parameters of a statement.
store::Params& add_params(store::Params& params, const StagedImage& image);

// The result of an upload.
struct Stored {
  Id id = 0;
  std::optional<Image> image;  // nullopt: a replay of an image that was removed since
};

// Who asks for a change.
struct Requester {
  std::optional<Id> actor;              // nullopt: nobody is named, in mode open
  bool is_admin = false;                // may change the images of all
  std::optional<audit::Actor> by = {};  // the admin whose changes of others' images are audited
};

// An image that anybody may see, and where its bytes are.
struct VisibleImage {
  Image image;
  std::string object_key;
  std::string content_type;
  std::size_t byte_count = 0;
};

class MediaService {
 public:
  struct Options {
    store::Database& database;
    blob::BlobStore* store = nullptr;  // nullptr: there is none, and uploads are refused
    images::ImageProcessor& images;
    config::MediaConfig config;
    // What a post or user shows has changed; after the commit. Must not throw.
    std::function<void()> on_change = {};
    std::function<Time()> clock = feedctl::now;
  };
  explicit MediaService(Options options);

  // `content_type`: what the client says; "": nothing. Error(too_large) from config.max_bytes on,
  // Error(unsupported_media) for no image and for a type that is not the image's own,
  // Error(unprocessable) as of images::ImageProcessor; Error(not_found) for no such post or user,
  // Error(permission_denied) for another's and for a suspended actor; Error(rate_limited) and
  // Error(unavailable) as of UploadSlots; Error(unavailable) without a store or image libraries.
  // With a key that is stored: answers at once. Keeps only success with the key.
  Stored upload_post_image(Id post, std::optional<Id> actor, bool admin, const FileSlice& content,
                           std::string_view content_type, commands::Command& command,
                           const std::optional<audit::Actor>& by = {});
  Stored upload_avatar(Id user, std::optional<Id> actor, bool admin, const FileSlice& content,
                       std::string_view content_type, commands::Command& command,
                       const std::optional<audit::Actor>& by = {});
  // Succeeds also where there is none. The same errors of authorization. They need no store: a job
  // removes the bytes. With a key: see commands/command.hpp.
  void remove_post_image(Id post, std::optional<Id> actor, bool admin, commands::Command& command,
                         const std::optional<audit::Actor>& by = {});
  void remove_avatar(Id user, std::optional<Id> actor, bool admin, commands::Command& command,
                     const std::optional<audit::Actor>& by = {});

  // Checks, encodes and stores the image. The caller has checked whether `uploader`, whose slot it
  // takes, may do this, and commits the row. Errors as of an upload.
  StagedImage stage(const Subject& subject, const FileSlice& content, std::string_view content_type,
                    Deadline deadline, std::optional<Id> uploader = {});
  StagedImage stage(Id post, const FileSlice& content, std::string_view content_type,
                    Deadline deadline, std::optional<Id> uploader = {}) {
    return stage(Subject{Kind::post_image, post}, content, content_type, deadline, uploader);
  }

  // Throws where the requester may not change the image of the subject. The answer that is stored
  // with the command's key, if any.
  std::optional<commands::Replay> authorize(const Subject& subject, const Requester& requester,
                                            commands::Command& command);

  // nullopt: it was removed.
  std::optional<Image> find(Id media);
  // nullopt: nobody may see it now.
  std::optional<VisibleImage> find_visible(Id media);
  // The image that is shown. Error(not_found): nobody sees the post or user, or it has no image.
  VisibleImage image_of(const Subject& subject);

  // Error(unavailable) where there is none, with what to set.
  blob::BlobStore& require_store() const;
  // The same, and Error(unavailable) for a build without image libraries.
  void require_uploads() const;
  // Of a request with an image: its form may have some more than the image.
  std::size_t max_form_bytes() const { return options_.config.max_bytes + 64 * 1024; }
  const config::MediaConfig& config() const { return options_.config; }
  store::Database& database() const { return options_.database; }
  Time now() const { return options_.clock(); }

 private:
  struct Upload {
    const FileSlice& content;
    std::string_view content_type;
  };

  Stored upload(const Subject& subject, const Requester& requester, const Upload& upload,
                commands::Command& command);
  void remove(const Subject& subject, const Requester& requester, commands::Command& command);
  void check_upload(const Upload& upload) const;
  images::Image sanitize(Kind kind, const FileSlice& content, Deadline deadline);
  StagedImage put(const Subject& subject, const images::Image& image, Deadline deadline);
  std::optional<Stored> attach(const Subject& subject, const Requester& requester,
                               const StagedImage& staged, commands::Command& command);
  Stored replayed(const commands::Replay& replay);
  void discard(const StagedImage& staged) const;
  void tell_change() const;

  const Options options_;
  UploadSlots slots_;
};

}  // namespace feedctl::media
