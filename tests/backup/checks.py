"""What must hold after a restore: tables against acknowledgements, view counters, the hot feed, the bus."""
import json
import time

from servers import wait_until


def wait_settled(world, limit):
    def is_settled():
        waits = world.sql("SELECT (SELECT count(*) FROM waiting_events) + (SELECT count(*) FROM jobs)")
        return waits == "0" and not pending_views(world)
    wait_until("workers and flush have nothing to do", is_settled, limit)


def pending_views(world):
    """(user, post) of the views in Redis that no flush has applied."""
    keys = ["views:pending"] + [key for key in world.redis("--scan", "--pattern", "views:batch:v:*").split()]
    words = [word for key in keys for word in world.redis("LRANGE", key, "0", "-1").split()]
    return {(int(words[i + 2]), int(words[i + 1])) for i in range(0, len(words), 3)}


def pairs(world, statement):
    return {tuple(map(int, line.split("|"))) for line in world.sql(statement).splitlines()}


class Tables:
    """The rows at one moment."""

    def __init__(self, world):
        self.posts = {one[0] for one in pairs(world, "SELECT id, 0 FROM posts WHERE deleted_at IS NULL")}
        self.all_posts = {one[0] for one in pairs(world, "SELECT id, 0 FROM posts")}
        self.likes = pairs(world, "SELECT user_id, post_id FROM likes")
        self.follows = pairs(world, "SELECT follower_id, followee_id FROM follows")
        self.views = pairs(world, "SELECT user_id, post_id FROM post_view_seen")
        self.newest_event = int(world.sql("SELECT max(id) FROM events"))
        self.doubled = world.sql("SELECT count(*) - count(DISTINCT (user_id, post_id)) FROM likes")

    def compare(self, wanted, seeded, moment, acks):
        posts, likes, follows, _ = wanted
        assert set(seeded) <= self.posts, "seeded posts are missing"
        wrong = [one for one, there in posts.items() if there != (one in self.posts)]
        assert not wrong, f"{len(wrong)} of {len(posts)} posts are not as acknowledged, such as {wrong[:3]}"
        if moment is not None:
            late = {ack.object for ack in acks if ack.kind == "post" and ack.sent > moment} & self.all_posts
            assert not late, f"posts that began after the moment are there: {list(late)[:3]}"
        living = {pair: there for pair, there in likes.items() if pair[1] in self.posts}
        wrong = [pair for pair, there in living.items() if there != (pair in self.likes)]
        assert not wrong, f"{len(wrong)} of {len(living)} likes are not as acknowledged, such as {wrong[:3]}"
        wrong = [pair for pair, there in follows.items() if there != (pair in self.follows)]
        assert not wrong, f"{len(wrong)} of {len(follows)} follows are not as acknowledged, such as {wrong[:3]}"
        assert self.doubled == "0"
        return f"{len(posts)} posts, {len(living)} likes, {len(follows)} follows"


def compare_views(world, at_target, acknowledged, pending, exact):
    """`at_target`: the tables as they were restored. `exact`: the moment was a quiet one, all views were flushed."""
    if exact:
        assert at_target.views == acknowledged, (
            f"{len(acknowledged - at_target.views)} views lack, {len(at_target.views - acknowledged)} are too many")
    else:
        excess = at_target.views - acknowledged
        assert len(excess) <= 4, f"{len(excess)} views nobody had acknowledged"  # one on its way for each client
    now = pairs(world, "SELECT user_id, post_id FROM post_view_seen")
    applied = {pair for pair in pending if pair[1] in at_target.posts}
    # A row of a post that never was, or is deleted, counts nowhere: its counter is gone.
    now = {pair for pair in now if pair[1] in at_target.posts or pair in at_target.views}
    lacks, excess = (at_target.views | applied) - now, now - at_target.views - applied
    assert not lacks and not excess, (
        f"{len(lacks)} views lack, {len(excess)} are too many; of these {len(excess & pending)} waited in Redis, "
        f"{sum(pair[1] in at_target.all_posts for pair in excess)} are of deleted posts: {sorted(excess)[:3]}")
    wrong = world.sql("SELECT count(*) FROM post_views v WHERE view_count <> base + "
                      "(SELECT count(*) FROM post_view_seen s WHERE s.post_id = v.post_id)")
    assert wrong == "0", f"{wrong} view counters do not fit their rows"
    return (f"{len(at_target.views)} of the moment and {len(applied)} that waited in Redis, none twice "
            f"({len(pending) - len(applied)} were of posts that are gone)")


def check_hot_feed(world, apis):
    """Its posts live, and its best is what the likes say."""
    best = {int(one) for one in world.sql(
        "WITH scores AS (SELECT post_id, count(*) AS n FROM likes l JOIN posts p ON p.id = l.post_id "
        "WHERE l.created_at > now() - interval '24 hours' AND p.deleted_at IS NULL GROUP BY 1) "
        "SELECT post_id FROM scores WHERE n = (SELECT max(n) FROM scores)").split()}
    for number, api in enumerate(apis, 1):
        def shows_the_best(api=api):
            page = api.need((200,), "GET", "/v1/feed/hot?limit=50")[0]["posts"]
            return bool(page) and page[0]["id"] in best
        # Much less than the minute after which any cached ranking ends.
        wait_until(f"feedctl@{number}: the hot feed begins with the most liked post", shows_the_best, 20)


def check_servers_agree(apis, people):
    """One of them may have run through the restore."""
    for user in people:
        wait_until(f"both servers show the same feed to {user}",
                   lambda user=user: apis[0].feed(user) == apis[1].feed(user))


def check_views_count_on(world, api, people, posts):
    """Users who have not viewed these posts do so now: each counts one more than there were, shown and kept."""
    counted = 0
    for user, post in zip(people, posts):
        status, answer, _ = api.call("POST", "/v1/views", user=user, body={"postId": post})
        assert status == 200, answer
        if not answer["counted"]:
            continue
        kept = int(world.sql(f"SELECT coalesce((SELECT view_count FROM post_views WHERE post_id = {post}), 0)"))
        # The flush may have come in between.
        assert answer["viewsCount"] in (kept, kept + 1), (post, answer, kept)
        counted += 1
    assert counted
    wait_settled(world, 120)
    return f"{counted} further views count one each, from what PostgreSQL holds"


def wait_for_empty_streams(world):
    def is_empty():
        lengths = [world.redis("XLEN", f"feedctl:events:{slot}") for slot in range(16)]
        return all(length == "0" for length in lengths)
    wait_until("the bus has no messages left", is_empty)


def check_new_posts_reach_followers(world, apis, people):
    follower, author = people[0], people[1]
    apis[0].need((200,), "POST", f"/v1/users/{author}/follow", user=follower)
    post = apis[1].need((201,), "POST", "/v1/posts", user=author, body={"text": "after the restore"})[0]["id"]
    for api in apis:
        wait_until("the new post is in the follower's feed", lambda api=api: post in [p[0] for p in api.feed(follower)])
    wait_until("the new post has its row", lambda: world.sql(
        f"SELECT count(*) FROM user_feed WHERE user_id = {follower} AND post_id = {post}") == "1"
        or world.sql(f"SELECT coalesce((SELECT state FROM feed_state WHERE user_id = {follower}), 0)") == "0")
