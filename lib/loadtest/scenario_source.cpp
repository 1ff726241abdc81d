#include "loadtest/scenario_source.hpp"

#include <algorithm>
#include <array>

#include "base/url.hpp"
#include "loadtest/answer_scan.hpp"

namespace feedctl::loadtest {

namespace {

// More than a thread has in flight; requests that are older than this teach nothing.
constexpr std::size_t remembered_requests = 16'384;
// Once the ring is full, one list of posts in so many is read.
constexpr std::uint64_t learn_every = 8;

// Posts need no escapes in JSON with these.
constexpr std::array<std::string_view, 32> words{
    "coffee", "morning", "train",  "photo",  "garden", "music",  "release",  "winter",
    "today",  "friends", "update", "river",  "code",   "lunch",  "travel",   "city",
    "quiet",  "bright",  "again",  "really", "found",  "making", "watching", "reading",
    "first",  "little",  "almost", "with",   "after",  "before", "because",  "together"};

// 53 random bits as a number in [0, 1).
double to_fraction(std::uint64_t random) {
  return static_cast<double>(random >> 11) * 0x1p-53;
}

void append_number(std::string& out, std::int64_t number) {
  RequestWriter::append_number(out, number);
}

bool is_expected(const MixOperation& operation, int status) {
  return std::find(operation.expect.begin(), operation.expect.end(), status) !=
         operation.expect.end();
}

}  // namespace

ScenarioSource::ScenarioSource(std::shared_ptr<const Mix> mix,
                               std::shared_ptr<const UserPool> users, const KnownIds& known,
                               ScenarioOptions options)
    : mix_(std::move(mix)),
      users_(std::move(users)),
      pages_(known.pages),
      writer_(std::move(options.authority), std::move(options.key_prefix)),
      random_state_(options.seed),
      needs_posts_(needs_posts(*mix_)),
      needs_cursors_(uses(*mix_, Action::feed_next)),
      needs_likes_(uses(*mix_, Action::unlike)),
      needs_follows_(uses(*mix_, Action::unfollow)),
      sent_(remembered_requests) {
  double sum = 0;
  for (const auto& operation : mix_->operations)
    cumulative_weights_.push_back(sum += operation.weight);
  for (const Id post : known.posts) posts_.add(post);
}

// SplitMix64 (Steele, Lea and Flood 2014).
std::uint64_t ScenarioSource::random() {
  std::uint64_t z = random_state_ += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::size_t ScenarioSource::pick_operation() {
  const double point = to_fraction(random()) * cumulative_weights_.back();
  const auto found =
      std::upper_bound(cumulative_weights_.begin(), cumulative_weights_.end(), point);
  return std::min(static_cast<std::size_t>(found - cumulative_weights_.begin()),
                  cumulative_weights_.size() - 1);
}

bool ScenarioSource::is_usable(const MixOperation& operation) const {
  if (!operation.is_anonymous && users_->empty()) return false;
  switch (operation.action) {
    case Action::feed_next:
      return !cursors_.empty();
    case Action::post_read:
    case Action::like:
    case Action::view:
    case Action::views_batch:
      return !posts_.empty();
    case Action::unlike:
      return !likes_.empty();
    case Action::unfollow:
      return !follows_.empty();
    case Action::follow:
      return users_->size() > 1;
    case Action::user_read:
      return !users_->empty();
    case Action::raw:
      return (!has_placeholder(operation.raw, "{post}") || !posts_.empty()) &&
             (!has_placeholder(operation.raw, "{user}") || !users_->empty());
    default:
      return true;
  }
}

// The wanted one; for a next page the first page; else the next one in the order of the mix.
std::optional<std::size_t> ScenarioSource::usable_operation(std::size_t wanted) const {
  const auto& all = mix_->operations;
  if (is_usable(all[wanted])) return wanted;
  for (std::size_t i = 0; all[wanted].action == Action::feed_next && i < all.size(); ++i) {
    if (all[i].action == Action::feed && all[i].weight > 0 && is_usable(all[i])) return i;
  }
  for (std::size_t step = 1; step < all.size(); ++step) {
    const auto other = (wanted + step) % all.size();
    if (all[other].weight > 0 && is_usable(all[other])) return other;
  }
  return std::nullopt;
}

bool ScenarioSource::next(PlannedRequest& request) {
  const auto operation = usable_operation(pick_operation());
  if (!operation) return false;
  const auto& chosen = mix_->operations[*operation];
  request.operation = static_cast<std::uint16_t>(*operation);
  request.context = ++number_;
  request.is_head = false;
  is_anonymous_ = chosen.is_anonymous;
  pair_ = {users_->empty() ? 0 : users_->pick(random()), 0};
  write(chosen, request);
  sent_[number_ % sent_.size()] = {number_, pair_};
  return true;
}

const LoadUser* ScenarioSource::actor() const {
  return is_anonymous_ ? nullptr : &(*users_)[pair_.user];
}

void ScenarioSource::write(const MixOperation& operation, PlannedRequest& request) {
  auto& out = request.bytes;
  body_.clear();
  switch (operation.action) {
    case Action::feed:
      return write_feed(out, {});
    case Action::feed_next: {
      const auto cursor = cursors_.take(random());
      pair_.user = cursor.user;
      return write_feed(out, cursor.text);
    }
    case Action::hot:
      return write_read(out, "/v1/feed/hot?limit=", mix_->page_size);
    case Action::post_read:
      return write_read(out, "/v1/feed/posts/", posts_.at(random()));
    case Action::user_read:
      return write_read(out, "/v1/users/", (*users_)[users_->pick(random())].id);
    case Action::post:
      return write_post(out);
    case Action::like:
      return write_like(out);
    case Action::unlike:
      return write_unlike(out);
    case Action::follow:
      return write_follow(out, true);
    case Action::unfollow:
      return write_follow(out, false);
    case Action::view:
      return write_view(out);
    case Action::views_batch:
      return write_views(out);
    case Action::page:
      return write_page(out);
    case Action::health:
      writer_.begin(out, "GET");
      out.append("/health/live");
      writer_.end_target(actor());
      return writer_.finish({}, false);
    case Action::raw:
      return write_raw(operation.raw, request);
  }
}

void ScenarioSource::write_read(std::string& out, std::string_view path, Id id,
                                std::string_view query) {
  writer_.begin(out, "GET");
  out.append(path);
  append_number(out, id);
  out.append(query);
  writer_.end_target(actor());
  writer_.finish({}, false);
}

void ScenarioSource::write_feed(std::string& out, std::string_view cursor) {
  if (cursor.empty()) return write_read(out, "/v1/feed?limit=", mix_->page_size);
  write_read(out, "/v1/feed?limit=", mix_->page_size, "&cursor=" + percent_encode(cursor));
}

void ScenarioSource::write_page(std::string& out) {
  if (!pages_.empty()) return write_read(out, "/api/v1/pages/", pages_[random() % pages_.size()]);
  writer_.begin(out, "GET");
  out.append("/api/v1/pages");
  writer_.end_target(actor());
  writer_.finish({}, false);
}

// With body_ as the body.
void ScenarioSource::finish_command(bool takes_key) {
  if (takes_key && mix_->sends_idempotency_keys) writer_.add_idempotency_key(number_);
  if (!body_.empty()) writer_.add_header("Content-Type", "application/json");
  writer_.finish(body_, true);
}

void ScenarioSource::append_text() {
  const auto length = mix_->min_text + random() % (mix_->max_text - mix_->min_text + 1);
  const auto begin = body_.size();
  while (body_.size() - begin < length) body_.append(words[random() % words.size()]).push_back(' ');
  body_.resize(begin + length);
  if (body_.back() == ' ') body_.back() = '.';
}

void ScenarioSource::write_post(std::string& out) {
  writer_.begin(out, "POST");
  out.append("/v1/posts");
  writer_.end_target(actor());
  body_.append(R"({"text":")");
  append_text();
  body_.append("\"}");
  finish_command(true);
}

void ScenarioSource::write_like(std::string& out) {
  pair_.target = posts_.at(random());
  writer_.begin(out, "POST");
  out.append("/v1/likes");
  writer_.end_target(actor());
  body_.append(R"({"post_id":)");
  append_number(body_, pair_.target);
  body_.push_back('}');
  finish_command(true);
}

void ScenarioSource::write_unlike(std::string& out) {
  pair_ = likes_.take(random());
  writer_.begin(out, "DELETE");
  out.append("/v1/posts/");
  append_number(out, pair_.target);
  out.append("/likes");
  writer_.end_target(actor());
  finish_command(true);
}

void ScenarioSource::write_follow(std::string& out, bool follows) {
  if (follows) {
    auto target = users_->pick(random());
    if (target == pair_.user) target = (target + 1) % users_->size();
    pair_.target = (*users_)[target].id;
  } else {
    pair_ = follows_.take(random());
  }
  writer_.begin(out, "POST");
  out.append("/v1/users/");
  append_number(out, pair_.target);
  out.append(follows ? "/follow" : "/unfollow");
  writer_.end_target(actor());
  finish_command(true);
}

void ScenarioSource::write_view(std::string& out) {
  writer_.begin(out, "POST");
  out.append("/v1/views");
  writer_.end_target(actor());
  body_.append(R"({"postId":)");
  append_number(body_, posts_.at(random()));
  body_.push_back('}');
  finish_command(false);
}

void ScenarioSource::write_views(std::string& out) {
  writer_.begin(out, "POST");
  out.append("/v1/views/batch");
  writer_.end_target(actor());
  body_.append(R"({"postIds":[)");
  const auto first = random();
  const auto count = std::min(static_cast<std::size_t>(mix_->batch_size), posts_.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) body_.push_back(',');
    append_number(body_, posts_.at(first % posts_.size() + i));
  }
  body_.append("]}");
  finish_command(false);
}

// Replaces {user}, {post} and {random}.
void ScenarioSource::append_filled(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto brace = text.find('{');
    out.append(text.substr(0, brace));
    if (brace == std::string_view::npos) return;
    text.remove_prefix(brace);
    if (text.starts_with("{user}")) {
      append_number(out, (*users_)[pair_.user].id);
    } else if (text.starts_with("{post}")) {
      append_number(out, pair_.target);
    } else if (text.starts_with("{random}")) {
      append_number(out, static_cast<std::int64_t>(random() >> 1));
    } else {
      out.push_back('{');
      text.remove_prefix(1);
      continue;
    }
    text.remove_prefix(text.find('}') + 1);
  }
}

void ScenarioSource::write_raw(const RawRequest& raw, PlannedRequest& request) {
  if (!posts_.empty()) pair_.target = posts_.at(random());
  request.is_head = raw.method == "HEAD";
  writer_.begin(request.bytes, raw.method);
  append_filled(request.bytes, raw.path);
  writer_.end_target(actor());
  for (const auto& [name, value] : raw.headers) writer_.add_header(name, value);
  append_filled(body_, raw.body);
  writer_.finish(body_, raw.method != "GET" && raw.method != "HEAD");
}

Outcome ScenarioSource::on_answer(const PlannedRequest& request, const Answer& answer) {
  const bool is_whole = answer.outcome < Outcome::connect_failed;
  if (answer.status == 0 || !is_whole) return answer.outcome;
  const auto& operation = mix_->operations[request.operation];
  if (!is_expected(operation, answer.status))
    return answer.outcome == Outcome::ok ? Outcome::unexpected : answer.outcome;
  const auto& sent = sent_[request.context % sent_.size()];
  if (sent.number == request.context) learn(operation, sent, answer);
  return Outcome::ok;
}

void ScenarioSource::learn(const MixOperation& operation, const SentRequest& sent,
                           const Answer& answer) {
  switch (operation.action) {
    case Action::feed:
    case Action::feed_next:
      if (needs_cursors_) {
        if (const auto cursor = next_cursor_in(answer.body); !cursor.empty())
          cursors_.add({sent.pair.user, std::string(cursor)});
      }
      return learn_posts(answer.body);
    case Action::hot:
      return learn_posts(answer.body);
    case Action::post: {
      std::size_t from = 0;
      if (const auto post = next_post_id(answer.body, from); post && needs_posts_)
        posts_.add(*post);
      return;
    }
    case Action::like:
      if (needs_likes_ && answer.status == 201) likes_.add(sent.pair);
      return;
    case Action::follow:
      if (needs_follows_) follows_.add(sent.pair);
      return;
    default:
      return;
  }
}

void ScenarioSource::learn_posts(std::string_view body) {
  if (!needs_posts_ || (post_lists_++ % learn_every != 0 && posts_.is_full())) return;
  std::size_t from = 0;
  while (const auto post = next_post_id(body, from)) posts_.add(*post);
}

}  // namespace feedctl::loadtest
