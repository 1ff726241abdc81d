#pragma once
// The server-sent events that tell of posts, and which events of the log they come from. Texts lack
// the empty line that ends an event, since an id may follow. Pure functions.
#include <string>
#include <string_view>
#include <vector>

#include "events/events.hpp"
#include "posts/posts.hpp"

namespace feedctl::feed_stream {

// A post got an image, another one or none, or its thumbnails.
bool changes_image(events::Type type);
bool takes_post_away(events::Type type);
// Whether readers need the post itself.
bool needs_post(events::Type type);

// A new post is told of with its image, so the image's upload in the same transaction says nothing.
// `events` are in the order of their ids.
void drop_uploads_of_new_posts(std::vector<events::Event>& events);

// What readers are told of a post; all empty for one that is gone.
struct PostTexts {
  std::string post, image;

  // The one for the event.
  const std::string& of(events::Type type) const { return changes_image(type) ? image : post; }
};
PostTexts texts_of(const posts::Post& post);
std::string delete_event_text(Id post);

}  // namespace feedctl::feed_stream
