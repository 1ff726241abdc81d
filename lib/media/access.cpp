#include "media/access.hpp"

#include <string>
#include <utility>

#include "base/json_writer.hpp"

namespace feedctl::media {

namespace {

bool is_avatar(const Subject& subject) {
  return subject.kind == Kind::avatar;
}

std::string name_of(const Subject& subject) {
  return (is_avatar(subject) ? "User with id " : "Post with id ") + std::to_string(subject.id);
}

Error inactive(Id user, bool is_known) {
  const auto id = std::to_string(user);
  return is_known
             ? Error(ErrorCode::permission_denied, "the account of user " + id + " is suspended")
             : Error(ErrorCode::not_found, "User with id " + id + " not found");
}

Error not_owner(const Subject& subject) {
  return Error(ErrorCode::permission_denied, is_avatar(subject)
                                                 ? "only an admin may act for another user"
                                                 : "only its author may change a post");
}

std::string media_json(std::optional<Id> media) {
  std::string out;
  json::Writer(out).open_object().optional_integer("media", media).close_object();
  return out;
}

std::string action_of(const Subject& subject, bool is_removal) {
  const std::string thing = is_avatar(subject) ? "user.avatar" : "post.image";
  return thing + (is_removal ? "_delete" : "_upload");
}

}  // namespace

Error missing(const Subject& subject) {
  return Error(ErrorCode::not_found, name_of(subject) + " not found");
}

Error without_image(const Subject& subject) {
  return Error(ErrorCode::not_found,
               name_of(subject) + (is_avatar(subject) ? " has no avatar" : " has no image"));
}

void require_allowed(const queries::Access& access, const Subject& subject,
                     std::optional<Id> actor) {
  if (!access.is_actor_active) throw inactive(actor.value_or(0), access.is_actor_known);
  if (!access.is_found) throw missing(subject);
  if (!access.is_allowed) throw not_owner(subject);
}

void audit_change(store::WriteTx& tx, const Subject& subject, const Requester& requester,
                  const queries::Change& change) {
  if (!requester.by || change.owner == requester.by->user) return;
  const auto object = (is_avatar(subject) ? "user:" : "post:") + std::to_string(subject.id);
  auto shown = change.image ? media_json(change.image->id) : media_json(std::nullopt);
  audit::append(tx, *requester.by,
                {action_of(subject, !change.image), object, media_json(change.former_media),
                 std::move(shown)});
}

}  // namespace feedctl::media
