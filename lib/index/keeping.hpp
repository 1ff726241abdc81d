#pragma once
// The order of steps in which an index is filled from the log and follows it, and in which a user's
// follows are loaded: templates over a port, so that feed/index_keeper and the models that walk
// through every interleaving (tests/models) run the same code.
//
// A port of the writer: index(); poll() and more() as of events::Tail; publish(), at the position
// of the finished rounds; go_on(), which throws where it is to stop.
#include <cstddef>

#include "events/events.hpp"

namespace feedctl::index {

template <typename Index>
void apply(Index& index, const events::Event& event) {
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
      index.forget_follows(event.actor);
      break;
    case Type::user_deleted:
      index.remove_author(event.object);
      break;
    default:
      break;
  }
}

// Publishes once a round is complete: a slice of one is no place in the log.
template <typename Port>
void catch_up(Port& port) {
  do {
    port.go_on();
    for (const auto& event : port.poll()) apply(port.index(), event);
    if (!port.more()) port.publish();
  } while (port.more());
}

// The position first; then slices that may hold more than it, never less. The port: choose_floor(),
// load_posts(floor, between), is_nothing_below(floor).
template <typename Port>
void fill(Port& port) {
  catch_up(port);
  const auto floor = port.choose_floor();
  port.load_posts(floor, [&] { catch_up(port); });
  port.index().complete(floor, port.is_nothing_below(floor));
  catch_up(port);
}

// The port: index(); follows(user), the set and its snapshot, nothing where there is no such user;
// older(user, floor, loaded), what lies below the floor and the later snapshot of that;
// await(snapshot), false where no publication covers it in time. False: the definition is to
// answer.
template <typename Port>
bool load(Port& port, Id user, std::size_t page_most) {
  auto& index = port.index();
  for (int attempt = 0; attempt < 3 && index.ready(); ++attempt) {
    const auto loading = index.begin_load(user);
    auto loaded = port.follows(user);
    if (!loaded) return false;
    auto& follows = loaded->follows;
    follows.whole = index.nothing_below();
    if (!follows.whole && index.count(user, follows, page_most + 1) <= page_most) {
      port.older(user, loading.floor, *loaded);
    }
    if (!port.await(loaded->snapshot)) return false;
    if (index.install(loading, follows)) return true;
  }
  return false;
}

}  // namespace feedctl::index
