#pragma once
// The protocol that loads an index, follows the log and loads a user's follows, as templates over a
// port. IndexUpdater and the models in tests/models, which run every interleaving, share it.
//
// A writer port has index(); poll() and has_more() as in events::LogTail; publish(), at the
// position of the finished rounds; throw_if_stopping().
#include <cstddef>

#include "events/events.hpp"

namespace feedctl::feed_index {

template <typename Index>
void apply_event(Index& index, const events::Event& event) {
  using events::Type;
  switch (event.type) {
    case Type::post_created:
      if (event.actor != 0) index.add(event.object, event.actor);
      break;
    case Type::post_deleted:
      if (event.actor != 0) index.remove(event.object, event.actor);
      break;
    case Type::user_followed:
    case Type::user_unfollowed:
      index.invalidate_follows(event.actor);
      break;
    case Type::user_deleted:
      index.remove_author(event.object);
      break;
    case Type::user_suspended:
    case Type::user_reinstated:
      index.set_suspended(event.object, event.type == Type::user_suspended);
      break;
    case Type::post_hidden:
    case Type::post_unhidden:
      if (event.actor != 0)
        index.set_hidden(event.object, event.actor, event.type == Type::post_hidden);
      break;
    default:
      break;
  }
}

// Publishes once a round of the log is complete: a position within a round does not exist.
template <typename Port>
void catch_up(Port& port) {
  do {
    port.throw_if_stopping();
    for (const auto& event : port.poll()) apply_event(port.index(), event);
    if (!port.has_more()) port.publish();
  } while (port.has_more());
}

// Takes the log position first, so that the slices read later hold at least what it covers.
// The port has choose_floor(), load_suspended(), load_hidden(floor), load_posts(floor,
// between_slices) and has_no_posts_below(floor). No event comes between the reads of
// load_suspended() or load_hidden() and what they set: events that they have seen come again
// afterwards, and the last one of an account or a post counts.
template <typename Port>
void load_index(Port& port) {
  catch_up(port);
  const auto floor = port.choose_floor();
  port.load_suspended();
  port.load_hidden(floor);
  port.load_posts(floor, [&] { catch_up(port); });
  port.index().finish_index_load(floor, port.has_no_posts_below(floor));
  catch_up(port);
}

// False: the definition must answer. A loader port has:
// - index();
// - fetch_follows(user): the set and its snapshot, or nothing for an unknown user;
// - fetch_older(user, floor, loaded): adds the older posts and their later snapshot;
// - wait_until_covered(snapshot): false if no publication covers it in time.
template <typename Port>
bool load_follows(Port& port, Id user, std::size_t max_page_size) {
  auto& index = port.index();
  for (int attempt = 0; attempt < 3 && index.is_ready(); ++attempt) {
    const auto loading = index.begin_follows_load(user);
    auto loaded = port.fetch_follows(user);
    if (!loaded) return false;
    auto& follows = loaded->follows;
    follows.is_complete = index.holds_all_posts();
    if (!follows.is_complete &&
        index.count_posts(user, follows, max_page_size + 1) <= max_page_size) {
      port.fetch_older(user, loading.floor, *loaded);
    }
    if (!port.wait_until_covered(loaded->snapshot)) return false;
    if (index.install_follows(loading, follows)) return true;
  }
  return false;
}

}  // namespace feedctl::feed_index
