#include "seed/generated_world.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/error.hpp"
#include "seed/daily_rhythm.hpp"
#include "seed/phrases.hpp"
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
constexpr std::size_t max_pages = 10'000;

// Random streams; those of text_generator.cpp lie far above.
enum RandomStream : std::uint64_t {
  ranks = 1,
  degrees,
  follow,
  write,
  tastes,
  like,
  activity,
  locales,
  attention
};

// Active users: a tenth, but enough of them in small worlds.
constexpr std::size_t min_active = 200;

// Likes come on top: who likes a post has viewed it.
std::size_t max_views_of_post(std::size_t people) {
  return people * static_cast<std::size_t>(posting_period.count() - 1);
}

void check_shape(const Shape& shape, std::size_t people) {
  const auto refuse = [](const char* what) { throw Error(ErrorCode::invalid_argument, what); };
  if (people > max_people) refuse("at most 50 million users");
  if (shape.posts > 200'000'000) refuse("at most 200 million posts");
  if (shape.follows > 1'000'000'000) refuse("at most a billion follows");
  if (shape.likes > 1'000'000'000) refuse("at most a billion likes");
  if (people == 0 && shape.posts > 0) refuse("posts need users: give --users");
  if (shape.follows > 0 && shape.follows > people * (people - (people > 0)))
    refuse("more follows than pairs of users: give fewer --follows or more --users");
  if (shape.likes > people * shape.posts)
    refuse("more likes than pairs of users and posts: give fewer --likes or more --posts");
  if (shape.pages > max_pages) refuse("at most 10000 pages");
  if (shape.views > 100'000'000'000) refuse("at most 100 billion views");
  if (shape.views > max_views_of_post(people) * shape.posts)
    refuse("more views than one a day of each user and post: give fewer --views or more --posts");
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

std::size_t count_active(const Shape& shape, std::size_t people) {
  // No post may need most of them.
  const std::size_t likers = shape.posts == 0 ? 0 : 2 * (shape.likes / shape.posts + 1);
  return std::min(people, std::max({people / 10, min_active, likers}));
}

// Users by popularity: all of them, those of each community, and the active ones.
struct Population {
  std::vector<Index> by_rank, community, members, active;
  std::vector<std::size_t> member_offsets;

  Population(std::size_t people, std::size_t active_people, std::uint64_t seed)
      : by_rank(people), community(people) {
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
    choose_active(active_people, seed);
  }

  // Of every rank alike (selection sampling; Knuth, TAOCP 3.4.2, algorithm S).
  void choose_active(std::size_t wanted, std::uint64_t seed) {
    Random random(seed, RandomStream::activity);
    active.reserve(wanted);
    for (std::size_t rank = 0; active.size() < wanted; ++rank) {
      if (random.uniform_below(by_rank.size() - rank) < wanted - active.size())
        active.push_back(by_rank[rank]);
    }
  }

  Index random_neighbour(Index of, Random& random) const {
    const auto from = member_offsets[community[of]];
    return members[from + random.skewed(member_offsets[community[of] + 1] - from, 2.2)];
  }
  Index random_person(Random& random, double power) const {
    return by_rank[random.skewed(by_rank.size(), power)];
  }
  Index random_active(Random& random, double power) const {
    return active[random.skewed(active.size(), power)];
  }
};

// For when random picks keep repeating: the next of `people` who is not picked.
Index next_unpicked(const std::vector<Index>& people, PickedSet& picked, Random& random) {
  std::size_t at = random.uniform_below(people.size());
  while (!picked.insert(people[at])) at = at + 1 == people.size() ? 0 : at + 1;
  return people[at];
}

template <typename Pick>
Index pick_distinct(const std::vector<Index>& people, PickedSet& picked, Random& random,
                    Pick&& pick) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    const Index who = pick();
    if (picked.insert(who)) return who;
  }
  return next_unpicked(people, picked, random);
}

// `count` ids in order, at random distances. `time_at` maps the parts of 1 to times, in order.
template <typename TimeAt>
std::vector<Id> make_ids(std::size_t count, Random& random, TimeAt&& time_at) {
  std::vector<Id> ids;
  ids.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double share =
        (static_cast<double>(i) + random.uniform()) / static_cast<double>(count + 1);
    const auto ms = std::chrono::floor<milliseconds>(time_at(share));
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
      world.followees.push_back(pick_distinct(population.by_rank, picked, random, [&] {
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

int sum_of_weights() {
  int sum = 0;
  for (const auto& language : languages()) sum += language.weight;
  return sum;
}

std::size_t pick_language(Random& random) {
  auto left = static_cast<int>(random.uniform_below(static_cast<std::size_t>(sum_of_weights())));
  std::size_t at = 0;
  while (left >= languages()[at].weight) left -= languages()[at++].weight;
  return at;
}

// Each community gets the language that lacks most people, so that also few communities come close
// to the weights.
std::vector<std::size_t> languages_of_communities(const Population& population) {
  std::vector<double> lack;
  for (const auto& language : languages())
    lack.push_back(static_cast<double>(language.weight) / sum_of_weights() *
                   static_cast<double>(population.members.size()));
  std::vector<std::size_t> of_community;
  for (std::size_t i = 1; i < population.member_offsets.size(); ++i) {
    const auto most = std::max_element(lack.begin(), lack.end());
    *most -= static_cast<double>(population.member_offsets[i] - population.member_offsets[i - 1]);
    of_community.push_back(static_cast<std::size_t>(most - lack.begin()));
  }
  return of_community;
}

void make_locales(GeneratedWorld& world, const Population& population) {
  Random random(world.shape.seed, RandomStream::locales);
  const auto of_community = languages_of_communities(population);
  for (std::size_t who = 0; who < world.users.size(); ++who) {
    auto language = of_community[population.community[who]];
    if (random.uniform() >= 0.85) language = pick_language(random);
    world.languages.push_back(static_cast<std::uint8_t>(language));
    const auto zones = languages()[language].zones;
    world.zones.push_back(static_cast<std::int8_t>(zones[random.uniform_below(zones.size())]));
  }
}

DailyRhythm rhythm_of(const GeneratedWorld& world, const Population& population) {
  constexpr int offset = 12;  // west of UTC
  std::vector<double> people(24 + 2);
  for (const Index who : population.active)
    ++people[static_cast<std::size_t>(world.zones[who] + offset)];
  std::vector<std::pair<int, double>> zones;
  for (std::size_t i = 0; i < people.size(); ++i) {
    if (people[i] == 0) continue;
    zones.emplace_back(static_cast<int>(i) - offset,
                       people[i] / static_cast<double>(population.active.size()));
  }
  return DailyRhythm(zones);
}

// Times follow the rhythm of all zones together, and the author is somebody awake: so the posts of
// each zone follow its own rhythm.
void make_posts(GeneratedWorld& world, const Population& population) {
  Random random(world.shape.seed, RandomStream::write);
  const auto rhythm = rhythm_of(world, population);
  world.posts = make_ids(world.shape.posts, random, [&](double share) {
    return rhythm.time_at(share, posting_period, world.shape.now);
  });
  world.authors.reserve(world.posts.size());
  for (const Id post : world.posts) {
    const Time at = time_of_id(post);
    Index author = population.random_active(random, 2);
    for (int attempt = 0; attempt < 20; ++attempt) {
      if (random.uniform() < activity_at(at, world.zones[author])) break;
      author = population.random_active(random, 2);
    }
    world.authors.push_back(author);
  }
}

std::vector<Index> likes_of_posts(const GeneratedWorld& world, std::size_t active_people) {
  Random random(world.shape.seed, RandomStream::tastes);
  const auto followers = world.follower_counts();
  std::vector<double> weights(world.posts.size());
  for (std::size_t post = 0; post < weights.size(); ++post) {
    const double freshness = static_cast<double>(post) / static_cast<double>(weights.size());
    weights[post] = random.pareto(1.3, 5000) * (1 + 3 * std::pow(freshness, 8)) *
                    (1 + std::sqrt(followers[world.authors[post]]));
  }
  // Not even the most popular post is liked by all, unless the counts demand it.
  const auto half = active_people / 2;
  const auto max = world.shape.likes <= half * weights.size() ? half : active_people;
  return distribute(weights, world.shape.likes, max);
}

// Soon after the post, at an hour at which a person of this zone is awake if one of a few picks
// is.
Time pick_like_time(Time written, std::int64_t age_us, int zone, Random& random) {
  Time at = written + microseconds{1};
  for (int attempt = 0; attempt < 5; ++attempt) {
    const double u = random.uniform();
    const auto later = static_cast<std::int64_t>(u * u * u * static_cast<double>(age_us - 1));
    at = written + microseconds{1 + std::max<std::int64_t>(later, 0)};
    if (random.uniform() < activity_at(at, zone)) break;
  }
  return at;
}

void make_likes(GeneratedWorld& world, const Population& population) {
  const auto counts = likes_of_posts(world, population.active.size());
  Random random(world.shape.seed, RandomStream::like);
  PickedSet picked(world.users.size());
  world.likes.reserve(world.shape.likes);
  for (Index post = 0; post < counts.size(); ++post) {
    picked.clear();
    const Time written = time_of_id(world.posts[post]);
    const auto age_us = (world.shape.now - written).count();
    for (Index i = 0; i < counts[post]; ++i) {
      const Index who = pick_distinct(population.active, picked, random,
                                      [&] { return population.random_active(random, 1.5); });
      world.likes.push_back({who, post, pick_like_time(written, age_us, world.zones[who], random)});
    }
  }
  std::sort(world.likes.begin(), world.likes.end(), [](const auto& a, const auto& b) {
    return std::tie(a.at, a.post, a.user) < std::tie(b.at, b.post, b.user);
  });
}

// Who likes a post has viewed it, where there are that many views.
void make_views(GeneratedWorld& world) {
  if (world.shape.views == 0) return;
  Random random(world.shape.seed, RandomStream::attention);
  std::vector<double> weights(world.posts.size());
  for (auto& weight : weights) weight = random.pareto(1.6, 300);
  for (const auto& like : world.likes) weights[like.post] += 4;
  const bool covers_likes = world.shape.views >= world.likes.size();
  const auto rest = world.shape.views - (covers_likes ? world.likes.size() : 0);
  world.views = distribute(weights, rest, max_views_of_post(world.users.size()));
  if (!covers_likes) return;
  for (const auto& like : world.likes) ++world.views[like.post];
}

}  // namespace

std::string GeneratedWorld::handle(std::size_t user) const {
  return generate_handle(shape.seed, user);
}

std::string GeneratedWorld::name(std::size_t user) const {
  return generate_name(shape.seed, user, seed::languages()[languages[user]]);
}

std::string GeneratedWorld::text(std::size_t post) const {
  const auto author = authors[post];
  const auto& own = seed::languages()[languages[author]];
  return generate_text(shape.seed, post, language_of_post(shape.seed, post, author, own));
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
  world.users = make_ids(shape.users, random, [&](double share) {
    const auto us = share * static_cast<double>(microseconds(joining_period).count());
    return joined_by - joining_period + microseconds{static_cast<std::int64_t>(us)};
  });
  world.users.insert(world.users.end(), known.begin(), known.end());
  const auto people = world.users.size();
  const Population population(people, count_active(shape, people), shape.seed);
  make_locales(world, population);
  make_follows(world, population);
  make_posts(world, population);
  make_likes(world, population);
  make_views(world);
  return world;
}

}  // namespace feedctl::seed
