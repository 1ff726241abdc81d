#include "media/object_removal.hpp"

#include "base/error.hpp"
#include "base/failpoint.hpp"
#include "media/object_names.hpp"

namespace feedctl::media {

namespace {

// The subject is the media.
const failpoint::Point before_object{"media.remove.object"};
const failpoint::Point before_row{"media.remove.row"};

constexpr std::size_t page_size = 100;  // a media has a handful of objects

}  // namespace

std::int64_t remove_objects(blob::BlobStore& store, const std::string& object_key,
                            Deadline deadline) {
  const auto name = parse_object_key(object_key);
  if (!name) throw Error(ErrorCode::internal, "no key of an image: " + object_key);
  std::int64_t removed = 0;
  std::optional<std::string> after = "";
  while (after) {
    auto page = store.list(name->stem, *after, page_size, deadline);
    for (const auto& object : page.objects) {
      // A stem may begin the stem of another media.
      const auto other = parse_object_key(object.key);
      if (!other || other->stem != name->stem) continue;
      before_object.hit(name->media);
      store.remove(object.key, deadline);
      ++removed;
    }
    after = std::move(page.next);
  }
  before_row.hit(name->media);
  return removed;
}

}  // namespace feedctl::media
