#pragma once
// Who may change an image: errors, and the audit entries of administrators. Thread-safe.
#include <optional>

#include "base/error.hpp"
#include "media/queries.hpp"

namespace feedctl::media {

Error missing(const Subject& subject);        // "Post with id N not found"
Error without_image(const Subject& subject);  // not_found "Post with id N has no image"

// Throws where the actor is gone or suspended, where the subject is not found, and where it is
// another's.
void require_allowed(const queries::Access& access, const Subject& subject,
                     std::optional<Id> actor);

// Adds an entry where an administrator has changed the image of somebody else.
void audit_change(store::WriteTx& tx, const Subject& subject, const Requester& requester,
                  const queries::Change& change);

}  // namespace feedctl::media
