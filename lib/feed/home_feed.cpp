#include "feed/home_feed.hpp"

#include "auth/credentials.hpp"
#include "base/error.hpp"
#include "base/fnv1a.hpp"
#include "feed/page_etag.hpp"
#include "http/compress.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::feed {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds max_visibility_wait{50};
constexpr std::string_view key_scope = "key of page tags";

metrics::Counter& page_counter(const char* source) {
  return metrics::counter("feedctl_feed_pages_total", "Pages of home feeds, by what answered.",
                          {{"source", source}});
}

std::optional<events::ConsistencyToken> parse_min_token(const CursorSigner& cursors,
                                                        const http::Request& request) {
  const auto* text = request.query_param("min_token");
  if (text == nullptr) return std::nullopt;
  auto token = commands::verify_token(cursors, *text);
  if (!token) {
    throw Error(ErrorCode::invalid_argument,
                "invalid min_token: send an X-Feed-Token of an earlier answer");
  }
  return token;
}

Deadline cap_visibility_wait(Deadline deadline) {
  return Deadline(std::min(deadline.at(), Deadline::after(max_visibility_wait).at()));
}

}  // namespace

struct HomeFeed::PageRequestContext {
  PageRequestContext(const Deps& deps, const http::Request& request_, Id actor_)
      : request(request_),
        actor(actor_),
        page(request_, deps.cursors, "feed:" + std::to_string(actor_)) {}

  std::size_t limit() const { return static_cast<std::size_t>(page.limit()); }

  const http::Request& request;
  Id actor;
  http::PageRequest page;
};

HomeFeed::HomeFeed(Deps deps, std::optional<Options> options) : deps_(deps) {
  if (!options) return;
  fragments_ = std::make_unique<FragmentCache>(
      deps_.database, options->fragment_bytes,
      [this](const events::PgSnapshot& snapshot, Deadline deadline) {
        return index_updater_->wait_until_covered({snapshot, std::nullopt}, deadline);
      });
  reader_tracker_ = std::make_unique<ReaderTracker>(deps_.database, options->readers);
  options->index.listeners.push_back(fragments_.get());
  options->index.listeners.push_back(reader_tracker_.get());
  index_updater_ = std::make_unique<feed_index::IndexUpdater>(deps_.database, options->index);
  reader_tracker_->start(*index_updater_, *fragments_);
  if (options->shadow_share > 0)
    shadow_compare_ = std::make_unique<ShadowCompare>(options->shadow_share, deps_.database,
                                                      *index_updater_, *fragments_);
}

HomeFeed::~HomeFeed() {
  if (!index_updater_) return;
  shadow_compare_.reset();
  reader_tracker_->stop();
  fragments_->stop();
  index_updater_.reset();  // before its listeners
}

// ---- pages

http::Response HomeFeed::answer(const http::Request& request) {
  const PageRequestContext context(
      deps_, request, deps_.auth.require_actor(request, auth::actor_in_request(request)));
  const auto min_token = parse_min_token(deps_.cursors, request);
  if (!index_updater_) {
    static auto& pages = page_counter("rows or definition");
    pages.add();
    return make_response(context, deps_.feed.read(context.actor, context.page.before_id(),
                                                  context.page.limit(), min_token));
  }
  if (auto page = page_from_index(context, min_token)) return *std::move(page);
  static auto& pages = page_counter("definition");
  pages.add();
  const auto result = deps_.feed.read_by_definition(context.actor, context.page.before_id(),
                                                    context.page.limit(), min_token);
  index_updater_->require_at_least(context.actor, result.snapshot);
  reader_tracker_->record_reader(context.actor);
  return make_response(context, result);
}

std::optional<http::Response> HomeFeed::page_from_index(
    const PageRequestContext& context, const std::optional<events::ConsistencyToken>& min_token) {
  const auto deadline = context.request.deadline;
  if (!index_updater_->is_ready() ||
      (min_token && !index_updater_->wait_until_covered(*min_token, cap_visibility_wait(deadline))))
    return std::nullopt;
  feed_index::Page page;
  if (!index_updater_->read_or_load(context.actor, context.page.before_id(), context.limit(), page,
                                    cap_visibility_wait(deadline)))
    return std::nullopt;
  auto response = assemble_page(context, page);
  if (!response) {
    fragments_->load(context.actor, page.items, deadline);
    response = assemble_page(context, page);
  }
  static auto& pages = page_counter("index");
  if (response) pages.add();
  return response;
}

http::InlineResponse HomeFeed::try_answer_inline(const http::FastRequestHead& head) {
  if (!index_updater_ || head.query().find("min_token") != std::string_view::npos) return {};
  const auto actor = deps_.auth.cached_actor(head.field(http::Field::authorization),
                                             head.field(http::Field::x_user_id));
  if (!actor) return {};
  auto request = http::to_request(head);
  for (const auto& [name, value] : request.query)
    if (name != "limit" && name != "cursor") return {};
  static auto& pages = page_counter("index, on the loop");
  try {
    const PageRequestContext context(deps_, request, *actor);
    thread_local feed_index::Page page;
    index_updater_->read(*actor, context.page.before_id(), context.limit(), page);
    if (page.result != feed_index::Page::Result::complete) return {};
    auto response = assemble_page(context, page, !head.wants_gzip);
    if (!response) return {};
    if (head.wants_gzip) http::compress(request, *response);  // a 304
    pages.add();
    return {.user = *actor, .response = std::move(response)};
  } catch (const Error&) {
    return {};  // the handler reports it
  }
}

// ---- answers

// nullopt: a fragment is missing.
std::optional<http::Response> HomeFeed::assemble_page(const PageRequestContext& context,
                                                      const feed_index::Page& page,
                                                      bool with_body) const {
  const FragmentCache::PageFragments fragments(*fragments_, context.actor, page.items);
  if (!fragments.is_complete()) return std::nullopt;
  const auto next = page.next();
  reader_tracker_->record_reader(context.actor);
  if (shadow_compare_)
    shadow_compare_->maybe_sample({context.actor, context.page.before_id(), context.page.limit()});
  return make_response(context, next, signed_token(page.token), fragments.etag(next), with_body,
                       [&](std::string& out) { fragments.append_array(out); });
}

http::Response HomeFeed::make_response(const PageRequestContext& context,
                                       const posts::SnapshotPage& result) const {
  const auto& page = result.page;
  const auto token = commands::issue_token(deps_.cursors, {result.snapshot, std::nullopt});
  return *make_response(context, page.next, token, page_etag(page.posts, page.next), true,
                        [&](std::string& out) {
                          json::Writer writer(out);
                          posts::append_array(writer, page.posts);
                        });
}

// nullopt: the answer needs a body, but `with_body` is false.
std::optional<http::Response> HomeFeed::make_response(
    const PageRequestContext& context, std::optional<Id> next, const std::string& token,
    std::string etag, bool with_body, const std::function<void(std::string&)>& append_array) const {
  const auto full_etag = reader_etag(context.actor, signing_key_hash(), std::move(etag));
  const auto with_headers = [&](http::Response response) {
    response.header("Cache-Control", "private, no-cache").header("X-Feed-Token", token);
    return http::with_etag(context.request, std::move(response), full_etag);
  };
  if (context.request.header("if-none-match") != nullptr) {
    auto response = with_headers(http::json_response(200, ""));
    if (response.status == 304) return response;
  }
  if (!with_body) return std::nullopt;
  return with_headers(context.page.respond(
      "posts", next, [&](json::Writer& writer) { append_array(writer.begin_raw()); }));
}

// Equal in every process with this key. Computed once.
std::uint64_t HomeFeed::signing_key_hash() const {
  auto hash = signing_key_hash_.load(std::memory_order_relaxed);
  if (hash == 0) {
    hash = fnv1a_hash(deps_.cursors.sign(key_scope, ""));
    signing_key_hash_.store(hash, std::memory_order_relaxed);
  }
  return hash;
}

std::string HomeFeed::signed_token(const std::string& token) const {
  const std::lock_guard lock(signing_mutex_);
  if (last_signed_.token != token) {
    last_signed_.text = deps_.cursors.sign(commands::token_scope, token);
    last_signed_.token = token;
  }
  return last_signed_.text;
}

// ---- commands

void HomeFeed::wait_until_visible(std::optional<Id> actor, const events::ConsistencyToken& token) {
  if (!index_updater_) return;
  const bool is_visible =
      index_updater_->is_ready() &&
      index_updater_->wait_until_covered(token, Deadline::after(max_visibility_wait));
  if (!is_visible && actor) index_updater_->require_at_least(*actor, token.with_own_xid());
}

void HomeFeed::mark_not_yet_visible(std::optional<Id> actor,
                                    const events::ConsistencyToken& token) {
  if (!index_updater_ || !actor || (index_updater_->is_ready() && index_updater_->covers(token)))
    return;
  index_updater_->require_at_least(*actor, token.with_own_xid());
}

std::optional<HomeFeed::State> HomeFeed::state() const {
  if (!index_updater_) return std::nullopt;
  return State{index_updater_->is_ready(), index_updater_->size(), fragments_->size()};
}

}  // namespace feedctl::feed
