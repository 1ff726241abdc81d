#pragma once
// The SQL of media as `serve` uses it. Errors are those of the store. Thread-safe.
#include <cstdint>
#include <optional>
#include <string>

#include "audit/audit.hpp"
#include "commands/command.hpp"
#include "media/media_service.hpp"
#include "store/database.hpp"

namespace feedctl::media::queries {

// What the database says about a change of a subject's image.
struct Access {
  bool is_actor_known = false;   // or nobody is named
  bool is_actor_active = false;  // or nobody is named
  bool is_found = false;
  bool is_allowed = false;
  std::optional<commands::Replay> replay;
};
// Reads only.
Access check(store::Database& database, const Subject& subject, const Requester& requester,
             commands::Command& command);

// What a change did.
struct Change {
  std::optional<Image> image;      // that was stored
  std::optional<Id> former_media;  // that was shown before
  std::optional<Id> owner;         // the author, or the user
  std::optional<commands::Replay> replay;
};
// Stores the row of the media and shows it, with event and jobs; nothing where the requester may
// not. SqlError 23505 on media_pkey: the id was taken. The transaction stays open.
Change upload(store::WriteTx& tx, const Subject& subject, const Requester& requester,
              const StagedImage& staged, commands::Command& command);

struct Removal {
  Access access;
  Change change;
};
// Shows nothing any more, with event and job. The transaction stays open.
Removal remove(store::WriteTx& tx, const Subject& subject, const Requester& requester,
               commands::Command& command);

Id next_id(store::Database& database);
std::optional<Image> find(store::Database& database, Id media);

// nullopt: nobody may see it now.
std::optional<VisibleImage> visible(store::Database& database, Id media);
struct SubjectImage {
  bool is_found = false;  // the subject
  std::optional<VisibleImage> image;
};
SubjectImage image_of(store::Database& database, const Subject& subject);

}  // namespace feedctl::media::queries
