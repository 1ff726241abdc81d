// kill -9 of serve and of work at each failpoint of media: afterwards, and after `media gc`, every
// object has its row and every row its object.
#include <set>

#include "e2e/media/media_cluster.hpp"
#include "support/failpoint_hits.hpp"

using namespace feedctl;
using namespace feedctl::media_test;

namespace {

// The points that an upload hits in serve; all others are hit in work.
const std::set<std::string> points_of_serve{"media.put.before",      "blob.directory.write",
                                            "blob.directory.rename", "blob.directory.renamed",
                                            "media.put.after",       "media.commit.after"};

std::vector<std::string> media_points() {
  std::vector<std::string> points;
  for (const auto& name : support::declared_failpoints()) {
    if (name.rfind("media.", 0) == 0) points.push_back(name);
  }
  return points;
}

// A person with a post that has an image, and one that gets others.
struct Person {
  explicit Person(const MediaCluster& cluster)
      : id(cluster.add_user("ana")), kept(cluster.add_post(id)), changed(cluster.add_post(id)) {
    cluster.upload(kept, id, "jpg");
    cluster.upload(changed, id, "jpg");
    REQUIRE(cluster.wait_until_idle());
  }
  std::int64_t id, kept, changed;
};

// An upload that replaces an image, with this key; the status of its answer.
int replace_image(const MediaCluster& cluster, const Person& person) {
  return post_form(cluster.http(), image_path(person.changed), Form().image("webp"),
                   as_user(person.id, {{"Idempotency-Key", "the-replacement"}}))
      .status;
}

// Both posts show an image that opens, with its thumbnails.
void check_shown(const MediaCluster& cluster, const Person& person) {
  const auto http = cluster.http();
  for (const auto post : {person.kept, person.changed}) {
    const auto image = cluster.wait_until_ready(post);
    CHECK(http.get(text_member(image, "url")).status == 200);
    for (const auto& thumbnail : list_member(image, "thumbnails"))
      CHECK(http.get(text_member(thumbnail, "url")).status == 200);
  }
}

}  // namespace

TEST_CASE("kill -9 of serve anywhere in an upload leaves nothing but what gc removes") {
  const auto point = GENERATE(
      from_range(std::vector<std::string>(points_of_serve.begin(), points_of_serve.end())));
  if (!has_image_libraries() || support::declared_failpoints().count(point) == 0) return;
  INFO(point);
  MediaCluster cluster;
  const Person person(cluster);
  cluster.restart_serve(point + "=kill");
  CHECK(replace_image(cluster, person) == 0);
  cluster.restart_serve();
  check_shown(cluster, person);
  // Who repeats it with its key gets the one image.
  CHECK(replace_image(cluster, person) == 201);
  check_shown(cluster, person);
  CHECK(cluster.wait_until_idle());
  cluster.check_clean();
  CHECK(cluster.sql("SELECT count(*) FROM media") == "2");
}

TEST_CASE("kill -9 of work anywhere in its jobs is made good by the next one") {
  for (const auto& point : media_points()) {
    if (points_of_serve.count(point) != 0 || point.rfind("media.upload", 0) == 0) continue;
    if (!has_image_libraries()) return;
    INFO(point);
    MediaCluster cluster;
    const Person person(cluster);
    cluster.restart_work(point + "=kill");
    CHECK(replace_image(cluster, person) == 201);
    CHECK(eventually([&] { return !cluster.is_work_running(); }));  // it has come to the point
    cluster.restart_work();
    check_shown(cluster, person);
    CHECK(cluster.wait_until_idle());
    CHECK(cluster.sql("SELECT count(*) FROM media") == "2");
    cluster.check_clean();
    // Whatever the first ones left, nothing stays of what is deleted.
    for (const auto post : {person.kept, person.changed})
      CHECK(cluster.http().del(post_path(post), as_user(person.id)).status == 204);
    CHECK(eventually([&] { return cluster.sql("SELECT count(*) FROM media") == "0"; }));
    cluster.check_clean();
    CHECK(cluster.objects().empty());
  }
}

TEST_CASE("every failpoint of media is one that these tests come to") {
  const std::set<std::string> known{"media.put.before",    "media.put.after",
                                    "media.commit.after",  "media.process.put",
                                    "media.remove.object", "media.remove.row"};
  const auto points = media_points();
  if (points.empty()) return;  // a build without them
  CHECK(std::set<std::string>(points.begin(), points.end()) == known);
}

TEST_CASE("media gc leaves what is young, and says what it would remove") {
  if (!has_image_libraries()) return;
  MediaCluster cluster;
  const Person person(cluster);
  const auto http = cluster.http();
  // An object whose row is gone, as after a crash between the two.
  cluster.sql("DELETE FROM media WHERE subject_id = " + std::to_string(person.kept) +
              " RETURNING id");
  const auto before = cluster.objects();
  CHECK(cluster.run({"media", "gc"}).exit_code == 0);
  CHECK(cluster.objects() == before);  // it might be an upload that is not finished yet
  cluster.age_objects();
  const auto dry = cluster.run({"media", "gc", "--dry-run", "-o", "json"});
  INFO(dry.out << dry.err);
  CHECK(dry.exit_code == 0);
  CHECK(cluster.objects() == before);
  CHECK(cluster.run({"media", "gc"}).exit_code == 0);
  for (const auto& object : cluster.objects())
    CHECK(object.rfind("posts/" + std::to_string(person.changed) + "/", 0) == 0);
}

TEST_CASE("media verify finds an image whose object is lost") {
  if (!has_image_libraries()) return;
  MediaCluster cluster;
  const Person person(cluster);
  CHECK(cluster.run({"media", "verify"}).exit_code == 0);
  std::filesystem::remove(cluster.media() / cluster.objects().front());
  const auto found = cluster.run({"media", "verify"});
  INFO(found.out << found.err);
  CHECK(found.exit_code == 3);
}
