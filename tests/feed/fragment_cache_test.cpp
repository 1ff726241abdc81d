// Counts of views, images and suspended authors in the fragments of pages, while the test is the
// log.
#include "feed/fragment_cache.hpp"

#include <utility>

#include "feed/feed_query.hpp"
#include "feed/page_etag.hpp"
#include "support/app/feed_fixture.hpp"
#include "support/catch.hpp"
#include "support/hidden_posts.hpp"
#include "support/json.hpp"
#include "support/stored_images.hpp"
#include "support/suspension.hpp"
#include "support/view_flush.hpp"

using namespace feedctl;
using test::FeedFixture;
using namespace std::chrono_literals;

namespace {

using PageFragments = feed::FragmentCache::PageFragments;
using Counts = std::vector<std::int64_t>;

// A reader's page of two posts, the newest first.
class TwoPosts {
 public:
  TwoPosts() { world_.follows.follow(me_, ann_); }

  Id first() const { return first_; }
  Id second() const { return second_; }
  // Counts views in the database; the event that tells of them.
  events::Event flush(std::vector<events::ViewDelta> deltas) const {
    std::vector<std::pair<std::int64_t, std::int64_t>> views;
    for (const auto& delta : deltas) views.emplace_back(delta.post, delta.count);
    events::Event event;
    event.xid = events::parse_xid(support::flush_views(world_.app.fresh, views));
    event.type = events::Type::views_flushed;
    event.object = static_cast<Id>(deltas.size());
    event.view_deltas = std::move(deltas);
    return event;
  }
  // Suspends the author or reinstates them; the event that tells of it.
  events::Event set_suspended(bool suspended) {
    auto& database = world_.app.database;
    suspended ? support::suspend(database, ann_) : support::reinstate(database, ann_);
    events::Event event;
    event.type = suspended ? events::Type::user_suspended : events::Type::user_reinstated;
    event.xid = events::parse_xid(
        world_.app.sql("SELECT xid FROM events WHERE type IN (14, 15) ORDER BY id DESC LIMIT 1"));
    event.actor = event.object = ann_;
    return event;
  }
  // Hides the first post or shows it again; the event that tells of it.
  events::Event set_hidden(bool hidden) {
    auto& database = world_.app.database;
    hidden ? support::hide(database, first_) : support::unhide(database, first_);
    events::Event event;
    event.type = hidden ? events::Type::post_hidden : events::Type::post_unhidden;
    event.xid = events::parse_xid(
        world_.app.sql("SELECT xid FROM events WHERE type IN (16, 17) ORDER BY id DESC LIMIT 1"));
    event.actor = ann_;
    event.object = first_;
    return event;
  }
  // Changes an image or an avatar; the event that tells of it.
  enum class Change { upload, process, remove, upload_avatar, remove_avatar };
  events::Event change(Change what) {
    const auto& fresh = world_.app.fresh;
    switch (what) {
      case Change::upload:
        support::set_image(fresh, first_);
        break;
      case Change::process:
        support::finish_image(fresh, first_);
        break;
      case Change::remove:
        support::remove_image(fresh, first_);
        break;
      case Change::upload_avatar:
        support::set_avatar(fresh, ann_);
        break;
      case Change::remove_avatar:
        support::remove_avatar(fresh, ann_);
        break;
    }
    return newest_event();
  }
  std::string tag() { return page().etag(std::nullopt); }
  void tell(const events::Event& event) { cache_.on_events({&event, 1}); }
  void lose_events() { cache_.on_gap(); }

  // `during_load` runs between the snapshot of the load and its end.
  void load(std::function<void()> during_load = {}) {
    during_load_ = std::move(during_load);
    cache_.load(me_, items_, Deadline::after(120s));
  }
  PageFragments page() { return {cache_, me_, items_}; }
  bool is_cached() { return page().is_complete(); }
  // Requires that the page is cached and what the defining query gives.
  Counts shown_as_defined() {
    const auto defined = feed::query_feed(world_.app.database, me_, posts::max_id, 10).page;
    const auto made = page();
    REQUIRE(made.is_complete());
    CHECK(made.etag(std::nullopt) == feed::page_etag(defined.posts, defined.next));
    Counts expected;
    for (const auto& post : defined.posts) expected.push_back(post.view_count);
    CHECK(views_in(made) == expected);
    CHECK(body_of(made) == body_of(defined));
    return expected;
  }
  static Counts views_in(const PageFragments& page) {
    Counts counts;
    const auto posts = json::parse(body_of(page));
    for (const auto& post : support::items_of(posts))
      counts.push_back(support::integer_in(post, "view_count"));
    return counts;
  }

 private:
  static std::string body_of(const PageFragments& page) {
    std::string body;
    page.append_array(body);
    return body;
  }
  static std::string body_of(const posts::Page& page) {
    std::string body;
    json::Writer writer(body);
    posts::append_array(writer, page.posts);
    return body;
  }
  events::Event newest_event() const {
    const auto column = [&](const std::string& name) {
      return world_.app.sql("SELECT " + name + " FROM events ORDER BY id DESC LIMIT 1");
    };
    events::Event event;
    event.xid = events::parse_xid(column("xid"));
    event.type = static_cast<events::Type>(std::stoi(column("type")));
    event.actor = std::stoll(column("actor"));
    event.object = std::stoll(column("object"));
    return event;
  }
  static feed_materialized::Options without_rows() {
    feed_materialized::Options options;
    options.settings.materialize = config::Materialize::off;
    return options;
  }

  FeedFixture world_{without_rows()};
  Id ann_ = world_.app.add_user(), me_ = world_.app.add_user();
  Id first_ = world_.post(ann_), second_ = world_.post(ann_);
  std::vector<feed_index::Item> items_{{second_, ann_}, {first_, ann_}};
  std::function<void()> during_load_;
  feed::FragmentCache cache_{world_.app.database, std::size_t{1} << 24,
                             [this](const events::PgSnapshot&, Deadline) {
                               if (const auto run = std::exchange(during_load_, {})) run();
                               return true;
                             }};
};

}  // namespace

TEST_CASE("a flush of views changes every post that it names, in the body and in the tag") {
  TwoPosts page;
  page.tell(page.flush({{page.first(), 1}}));  // nothing is cached yet
  page.load();
  CHECK(page.shown_as_defined() == Counts{0, 1});
  page.tell(page.flush({{page.first(), 2}, {page.second(), 5}, {4711, 9}}));
  CHECK(page.shown_as_defined() == Counts{5, 3});
  page.tell(page.flush({{page.second(), 1'000'000'000'000}}));
  CHECK(page.shown_as_defined() == Counts{1'000'000'000'005, 3});
}

TEST_CASE("a page that is being made shows the views of one moment in its tag and its body") {
  TwoPosts posts;
  posts.load();
  const auto page = posts.page();
  const auto tag = page.etag(std::nullopt);
  posts.tell(posts.flush({{posts.first(), 2}}));
  CHECK(page.etag(std::nullopt) == tag);
  CHECK(TwoPosts::views_in(page) == Counts{0, 0});
  CHECK(posts.shown_as_defined() == Counts{0, 2});
}

TEST_CASE("a flush of views that comes during a load counts once, on either side of its snapshot") {
  TwoPosts page;
  const auto before = page.flush({{page.first(), 3}, {page.second(), 1}});
  page.load([&] {
    page.tell(before);
    page.tell(page.flush({{page.first(), 4}, {4711, 9}}));
  });
  CHECK(page.shown_as_defined() == Counts{1, 7});
  page.tell(page.flush({{page.first(), 10}}));
  CHECK(page.shown_as_defined() == Counts{1, 17});
}

TEST_CASE("after lost events nothing is shown with the views of before") {
  TwoPosts page;
  page.load();
  page.flush({{page.first(), 1}});  // told to nobody
  page.lose_events();
  CHECK_FALSE(page.is_cached());
  page.load([&] {
    page.flush({{page.first(), 2}});  // told to nobody
    page.lose_events();
  });
  CHECK_FALSE(page.is_cached());
  page.load();
  CHECK(page.shown_as_defined() == Counts{0, 3});
  page.tell(page.flush({{page.first(), 4}}));
  CHECK(page.shown_as_defined() == Counts{0, 7});
}

TEST_CASE("a load during which too many posts are viewed to remember is not used") {
  TwoPosts page;
  events::Event many;
  many.xid = 1;
  many.type = events::Type::views_flushed;
  many.view_deltas.assign(1'000'001, {4711, 1});
  page.load([&] {
    page.tell(many);
    page.tell(page.flush({{page.first(), 1}}));
  });
  CHECK_FALSE(page.is_cached());
  page.load();
  CHECK(page.shown_as_defined() == Counts{0, 1});
}

TEST_CASE("a page of before a suspension finds no fragments, one of after the reinstatement does") {
  TwoPosts page;
  page.load();
  CHECK(page.is_cached());
  page.tell(page.set_suspended(true));
  CHECK_FALSE(page.is_cached());
  page.load();
  CHECK_FALSE(page.is_cached());
  page.tell(page.set_suspended(false));
  page.load();
  CHECK(page.shown_as_defined() == Counts{0, 0});
}

TEST_CASE("a page of before a hide finds no fragment, one of after its end does") {
  TwoPosts page;
  page.load();
  CHECK(page.is_cached());
  page.tell(page.set_hidden(true));
  CHECK_FALSE(page.is_cached());
  page.load();
  CHECK_FALSE(page.is_cached());
  page.tell(page.set_hidden(false));
  page.load();
  CHECK(page.shown_as_defined() == Counts{0, 0});
}

TEST_CASE("a load that began before a post was hidden brings no fragment of it") {
  TwoPosts page;
  page.load([&] { page.tell(page.set_hidden(true)); });
  CHECK_FALSE(page.is_cached());
}

TEST_CASE("a load that began before a suspension brings no fragments of the author") {
  TwoPosts page;
  page.load([&] { page.tell(page.set_suspended(true)); });
  CHECK_FALSE(page.is_cached());
}

TEST_CASE("a page shows each change of an image or an avatar, in the body and in the tag") {
  using Change = TwoPosts::Change;
  TwoPosts page;
  page.load();
  auto tag = page.tag();
  for (const auto change : {Change::upload, Change::process, Change::upload, Change::remove,
                            Change::upload_avatar, Change::upload_avatar, Change::remove_avatar}) {
    INFO("change " << static_cast<int>(change));
    page.tell(page.change(change));
    CHECK_FALSE(page.is_cached());
    page.load();
    CHECK(page.shown_as_defined() == Counts{0, 0});
    CHECK(page.tag() != std::exchange(tag, page.tag()));
  }
}

TEST_CASE("a load that began before an image or an avatar changed brings no fragment of before") {
  using Change = TwoPosts::Change;
  const auto change = GENERATE(Change::upload, Change::process, Change::remove,
                               Change::upload_avatar, Change::remove_avatar);
  TwoPosts page;
  page.change(Change::upload);
  page.change(Change::upload_avatar);
  page.load([&] { page.tell(page.change(change)); });
  CHECK_FALSE(page.is_cached());
  page.load();
  CHECK(page.shown_as_defined() == Counts{0, 0});
}
