#include "feed/home.hpp"

#include "base/error.hpp"
#include "feed/page_tag.hpp"
#include "http/compress.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::feed {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds visible_most{50};
constexpr std::string_view key_scope = "key of page tags";

metrics::Counter& pages_from(const char* source) {
  return metrics::counter("feedctl_feed_pages_total", "Pages of home feeds, by what answered.",
                          {{"source", source}});
}

std::optional<events::Token> min_token(const CursorSigner& cursors, const http::Request& request) {
  const auto* asked = request.query_value("min_token");
  if (asked == nullptr) return std::nullopt;
  auto token = commands::read_token(cursors, *asked);
  if (!token) {
    throw Error(ErrorCode::invalid_argument,
                "invalid min_token: send an X-Feed-Token of an earlier answer");
  }
  return token;
}

Deadline soon(Deadline deadline) {
  return Deadline(std::min(deadline.at(), Deadline::after(visible_most).at()));
}

}  // namespace

struct Home::Asked {
  Asked(const Deps& deps, const http::Request& request_, Id actor_)
      : request(request_),
        actor(actor_),
        page(request_, deps.cursors, "feed:" + std::to_string(actor_)) {}

  std::size_t limit() const { return static_cast<std::size_t>(page.limit()); }

  const http::Request& request;
  Id actor;
  http::PageRequest page;
};

Home::Home(Deps deps, std::optional<Options> options) : deps_(deps) {
  if (!options) return;
  parts_ =
      std::make_unique<PageParts>(deps_.database, options->parts_bytes,
                                  [this](const events::Snapshot& snapshot, Deadline deadline) {
                                    return keeper_->wait_for({snapshot, std::nullopt}, deadline);
                                  });
  readers_ = std::make_unique<Readers>(deps_.database, options->readers);
  options->index.listeners.push_back(parts_.get());
  options->index.listeners.push_back(readers_.get());
  keeper_ = std::make_unique<IndexKeeper>(deps_.database, options->index);
  readers_->start(*keeper_, *parts_);
  if (options->shadow > 0)
    shadow_ = std::make_unique<Shadow>(options->shadow, deps_.database, *keeper_, *parts_);
}

Home::~Home() {
  if (!keeper_) return;
  shadow_.reset();
  readers_->stop();
  parts_->stop();
  keeper_.reset();  // before those who listen to it
}

// ---- the ways to a page

http::Response Home::answer(const http::Request& request) {
  const Asked asked(deps_, request, deps_.auth.require_actor(request, auth::named_actor(request)));
  const auto min = min_token(deps_.cursors, request);
  if (!keeper_) {
    static auto& pages = pages_from("rows or definition");
    pages.add();
    return respond(asked,
                   deps_.feed.read(asked.actor, asked.page.before(), asked.page.limit(), min));
  }
  if (auto page = indexed(asked, min)) return *std::move(page);
  static auto& pages = pages_from("definition");
  pages.add();
  const auto read = deps_.feed.define(asked.actor, asked.page.before(), asked.page.limit(), min);
  keeper_->note(asked.actor, read.snapshot);
  readers_->saw(asked.actor);
  return respond(asked, read);
}

std::optional<http::Response> Home::indexed(const Asked& asked,
                                            const std::optional<events::Token>& min) {
  const auto deadline = asked.request.deadline;
  if (!keeper_->ready() || (min && !keeper_->wait_for(*min, soon(deadline)))) return std::nullopt;
  index::Page page;
  if (!keeper_->read_or_load(asked.actor, asked.page.before(), asked.limit(), page, soon(deadline)))
    return std::nullopt;
  auto response = put_together(asked, page);
  if (!response) {
    parts_->load(asked.actor, page.items, deadline);
    response = put_together(asked, page);
  }
  static auto& pages = pages_from("index");
  if (response) pages.add();
  return response;
}

http::MemoryAnswer Home::from_memory(const http::Glance& glance) {
  if (!keeper_ || glance.query().find("min_token") != std::string_view::npos) return {};
  const auto actor = deps_.auth.remembered(glance.field(http::Field::authorization),
                                           glance.field(http::Field::x_user_id));
  if (!actor) return {};
  auto request = http::request_of(glance);
  for (const auto& [name, value] : request.query)
    if (name != "limit" && name != "cursor") return {};
  static auto& pages = pages_from("index, on the loop");
  try {
    const Asked asked(deps_, request, *actor);
    thread_local index::Page page;
    keeper_->read(*actor, asked.page.before(), asked.limit(), page);
    if (page.answer != index::Page::Answer::here) return {};
    auto response = put_together(asked, page, !glance.gzips);
    if (!response) return {};
    if (glance.gzips) http::compress(request, *response);  // it is a 304
    pages.add();
    return {nullptr, *actor, std::move(response)};
  } catch (const Error&) {
    return {};  // for the handler to say
  }
}

// ---- answers

// nullopt where something is missing.
std::optional<http::Response> Home::put_together(const Asked& asked, const index::Page& page,
                                                 bool with_body) const {
  const PageParts::View view(*parts_, asked.actor, page.items);
  if (!view.whole()) return std::nullopt;
  const auto next = page.next();
  readers_->saw(asked.actor);
  if (shadow_) shadow_->offer({asked.actor, asked.page.before(), asked.page.limit()});
  return respond(asked, next, signed_token(page.token), view.tag(next), with_body,
                 [&](std::string& out) { view.append_array(out); });
}

http::Response Home::respond(const Asked& asked, const Read& read) const {
  const auto& page = read.page;
  const auto token = commands::issue_token(deps_.cursors, {read.snapshot, std::nullopt});
  return *respond(asked, page.next, token, tag_of(page.posts, page.next), true,
                  [&](std::string& out) {
                    json::Writer writer(out);
                    posts::append_array(writer, page.posts);
                  });
}

// nullopt where it takes a body and none is wanted.
std::optional<http::Response> Home::respond(
    const Asked& asked, std::optional<Id> next, const std::string& token, std::string tag,
    bool with_body, const std::function<void(std::string&)>& append_array) const {
  const auto whole_tag = tag_for(asked.actor, key_hash(), std::move(tag));
  const auto with_fields = [&](http::Response response) {
    response.header("Cache-Control", "private, no-cache").header("X-Feed-Token", token);
    return http::conditional(asked.request, std::move(response), whole_tag);
  };
  if (asked.request.header("if-none-match") != nullptr) {
    auto response = with_fields(http::json_response(200, ""));
    if (response.status == 304) return response;
  }
  if (!with_body) return std::nullopt;
  return with_fields(asked.page.answer(
      "posts", next, [&](json::Writer& writer) { append_array(writer.raw_here()); }));
}

// The same in every process with this key, and made once.
std::uint64_t Home::key_hash() const {
  auto hash = key_hash_.load(std::memory_order_relaxed);
  if (hash == 0) {
    hash = hash_of(deps_.cursors.sign(key_scope, ""));
    key_hash_.store(hash, std::memory_order_relaxed);
  }
  return hash;
}

std::string Home::signed_token(const std::string& token) const {
  const std::lock_guard lock(signing_);
  if (signed_.token != token) {
    signed_.text = deps_.cursors.sign(commands::token_scope, token);
    signed_.token = token;
  }
  return signed_.text;
}

// ---- commands

void Home::done(std::optional<Id> actor, const events::Token& token) {
  if (!keeper_) return;
  const bool shown = keeper_->ready() && keeper_->wait_for(token, Deadline::after(visible_most));
  if (!shown && actor) keeper_->note(*actor, token.seen());
}

void Home::note_done(std::optional<Id> actor, const events::Token& token) {
  if (!keeper_ || !actor || (keeper_->ready() && keeper_->shows(token))) return;
  keeper_->note(*actor, token.seen());
}

std::optional<Home::State> Home::state() const {
  if (!keeper_) return std::nullopt;
  return State{keeper_->ready(), keeper_->size(), parts_->size()};
}

}  // namespace feedctl::feed
