#include "seed/generated_world.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/error.hpp"
#include "seed/random.hpp"
#include "seed/text_generator.hpp"

namespace feedctl::seed {

namespace {

using Index = std::uint32_t;
using std::chrono::days;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr days posting_period{30};
constexpr days joining_period{365};

// Random streams; those of text_generator.cpp lie far above.
enum RandomStream : std::uint64_t { ranks = 1, degrees, follow, write, tastes, like };

void check_shape(const Shape& shape, std::size_t people) {
  const auto refuse = [](const char* what) { throw Error(ErrorCode::invalid_argument, what); };
  if (people > max_people) refuse("at most 50 million users");
  if (shape.posts > 200'000'000) refuse("at most 200 million posts");
  if (shape.follows > 1'000'000'000) refuse("at most a billion follows");
  if (shape.likes > 1'000'000'000) refuse("at most a billion likes");
  if (people == 0 && shape.posts > 0) refuse("posts need users: give --users");
  if (shape.follows > 0 && shape.follows > people * (people - (people > 0)))
    refuse("more follows than pairs of users");
  if (shape.likes > people * shape.posts) refuse("more likes than pairs of users and posts");
}

// `total` divided by weight, no share above `max`.
std::vector<Index> distribute(const std::vector<double>& weights, std::size_t total,
                              std::size_t max) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<Index> shares(weights.size());
  std::size_t left = total;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto part = static_cast<std::size_t>(weights[i] / sum * static_cast<double>(total));
    shares[i] = static_cast<Index>(std::min({part, max, left}));
    left -= shares[i];
  }
  while (left > 0) {
    for (std::size_t i = 0; i < shares.size() && left > 0; ++i) {
      if (shares[i] >= max) continue;
      ++shares[i];
      --left;
    }
  }
  return shares;
}

// The set of users picked for one item; clear() takes constant time.
class PickedSet {
 public:
  explicit PickedSet(std::size_t people) : round_of_(people) {}
  void clear() { ++round_; }
  bool insert(Index who) { return std::exchange(round_of_[who], round_) != round_; }

 private:
  std::vector<Index> round_of_;
  Index round_ = 0;
};

// Users by popularity: all of them, and those of each community.
struct Population {
  std::vector<Index> by_rank, community, members;
  std::vector<std::size_t> member_offsets;

  Population(std::size_t people, std::uint64_t seed) : by_rank(people), community(people) {
    Random random(seed, RandomStream::ranks);
    std::iota(by_rank.begin(), by_rank.end(), Index{0});
    random.shuffle(by_rank);
    const std::size_t communities = std::max<std::size_t>(1, people / 500);
    member_offsets.resize(communities + 1);
    for (const Index who : by_rank) {
      community[who] = static_cast<Index>(random.skewed(communities, 2));
      ++member_offsets[community[who] + 1];
    }
    std::partial_sum(member_offsets.begin(), member_offsets.end(), member_offsets.begin());
    members.resize(people);
    auto at = member_offsets;
    for (const Index who : by_rank) members[at[community[who]]++] = who;
  }

  Index random_neighbour(Index of, Random& random) const {
    const auto from = member_offsets[community[of]];
    return members[from + random.skewed(member_offsets[community[of] + 1] - from, 2.2)];
  }
  Index random_person(Random& random, double power) const {
    return by_rank[random.skewed(by_rank.size(), power)];
  }
  // For when random picks keep repeating: the next user by rank who is not picked.
  Index next_unpicked(PickedSet& picked, Random& random) const {
    std::size_t at = random.uniform_below(by_rank.size());
    while (!picked.insert(by_rank[at])) at = at + 1 == by_rank.size() ? 0 : at + 1;
    return by_rank[at];
  }
};

template <typename Pick>
Index pick_distinct(const Population& population, PickedSet& picked, Random& random, Pick&& pick) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    const Index who = pick();
    if (picked.insert(who)) return who;
  }
  return population.next_unpicked(picked, random);
}

// `count` ids between two moments, in order, at random distances.
std::vector<Id> ids_between(Time from, Time to, std::size_t count, Random& random) {
  std::vector<Id> ids;
  ids.reserve(count);
  const double step = static_cast<double>((to - from).count()) / static_cast<double>(count + 1);
  for (std::size_t i = 0; i < count; ++i) {
    const auto us = (static_cast<double>(i) + random.uniform()) * step;
    auto ms = std::chrono::floor<milliseconds>(from + microseconds(static_cast<std::int64_t>(us)));
    const Id id = make_id(ms, bulk_node, 0);
    const Id last = ids.empty() ? 0 : ids.back();
    // The sequence within a millisecond, then the next millisecond.
    if (id > last)
      ids.push_back(id);
    else if ((last & 127) < 127)
      ids.push_back(last + 1);
    else
      ids.push_back(make_id(time_of_id(last) + milliseconds{1}, bulk_node, 0));
  }
  return ids;
}

void make_follows(GeneratedWorld& world, const Population& population) {
  const std::size_t people = world.users.size();
  Random random(world.shape.seed, RandomStream::degrees);
  std::vector<double> weights(people);
  for (auto& w : weights) w = random.pareto(1.6, 300);
  const auto degrees = distribute(weights, world.shape.follows, people == 0 ? 0 : people - 1);
  world.followee_offsets.assign(people + 1, 0);
  world.followees.reserve(world.shape.follows);
  PickedSet picked(people);
  random = Random(world.shape.seed, RandomStream::follow);
  for (Index who = 0; who < people; ++who) {
    picked.clear();
    picked.insert(who);
    for (Index i = 0; i < degrees[who]; ++i) {
      world.followees.push_back(pick_distinct(population, picked, random, [&] {
        return random.uniform() < 0.7 ? population.random_neighbour(who, random)
                                      : population.random_person(random, 4);
      }));
    }
    const auto from = static_cast<std::ptrdiff_t>(world.followee_offsets[who]);
    std::sort(world.followees.begin() + from, world.followees.end(),
              [&](Index a, Index b) { return world.users[a] < world.users[b]; });
    world.followee_offsets[who + 1] = world.followees.size();
  }
}

void make_posts(GeneratedWorld& world, const Population& population) {
  Random random(world.shape.seed, RandomStream::write);
  world.posts =
      ids_between(world.shape.now - posting_period, world.shape.now, world.shape.posts, random);
  world.authors.reserve(world.posts.size());
  for (std::size_t i = 0; i < world.posts.size(); ++i)
    world.authors.push_back(population.random_person(random, 2));
}

std::vector<Index> likes_of_posts(const GeneratedWorld& world) {
  Random random(world.shape.seed, RandomStream::tastes);
  const auto followers = world.follower_counts();
  std::vector<double> weights(world.posts.size());
  for (std::size_t post = 0; post < weights.size(); ++post) {
    const double freshness = static_cast<double>(post) / static_cast<double>(weights.size());
    weights[post] = random.pareto(1.3, 5000) * (1 + 3 * std::pow(freshness, 8)) *
                    (1 + std::sqrt(followers[world.authors[post]]));
  }
  return distribute(weights, world.shape.likes, world.users.size());
}

void make_likes(GeneratedWorld& world, const Population& population) {
  const auto counts = likes_of_posts(world);
  Random random(world.shape.seed, RandomStream::like);
  PickedSet picked(world.users.size());
  world.likes.reserve(world.shape.likes);
  for (Index post = 0; post < counts.size(); ++post) {
    picked.clear();
    const Time written = time_of_id(world.posts[post]);
    const auto age = static_cast<double>((world.shape.now - written).count());
    for (Index i = 0; i < counts[post]; ++i) {
      const Index who = pick_distinct(population, picked, random,
                                      [&] { return population.random_person(random, 1.5); });
      const auto later = static_cast<std::int64_t>(std::pow(random.uniform(), 3) * (age - 1));
      world.likes.push_back({who, post, written + microseconds{1 + std::max<long>(later, 0)}});
    }
  }
  std::sort(world.likes.begin(), world.likes.end(), [](const auto& a, const auto& b) {
    return std::tie(a.at, a.post, a.user) < std::tie(b.at, b.post, b.user);
  });
}

}  // namespace

std::string GeneratedWorld::handle(std::size_t user) const {
  return generate_handle(shape.seed, user);
}

std::string GeneratedWorld::name(std::size_t user) const {
  return generate_name(shape.seed, user);
}

std::string GeneratedWorld::text(std::size_t post) const {
  return generate_text(shape.seed, post);
}

std::vector<Index> GeneratedWorld::follower_counts() const {
  std::vector<Index> counts(users.size());
  for (const Index who : followees) ++counts[who];
  return counts;
}

GeneratedWorld generate_world(const Shape& shape, const std::vector<Id>& known) {
  check_shape(shape, shape.users + known.size());
  GeneratedWorld world;
  world.shape = shape;
  Random random(shape.seed);
  const Time joined_by = shape.now - posting_period;
  world.users = ids_between(joined_by - joining_period, joined_by, shape.users, random);
  world.users.insert(world.users.end(), known.begin(), known.end());
  const Population population(world.users.size(), shape.seed);
  make_follows(world, population);
  make_posts(world, population);
  make_likes(world, population);
  return world;
}

}  // namespace feedctl::seed
