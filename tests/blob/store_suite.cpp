#include "store_suite.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "content.hpp"
#include "support/catch.hpp"

namespace feedctl::blob {

namespace {

constexpr std::size_t large = 3'000'000;

const std::vector<std::string> unsorted_keys{"posts/2/a.webp",
                                             "posts/10/a.webp",
                                             "posts/1/b.webp",
                                             "posts/1/a-320.webp",
                                             "posts/1/a.webp",
                                             "zz",
                                             "A/b",
                                             "_a/b",
                                             "posts/1/a-1280",
                                             "users/7/avatars/x.png"};

void put(BlobStore& store, const std::string& key, const std::string& bytes) {
  store.put(key, MemoryFile(bytes).slice(), "image/webp", long_deadline());
}

std::string get(BlobStore& store, const std::string& key) {
  const auto object = store.open(key, large, long_deadline());
  return object ? read_object(*object) : "there is no object";
}

void check_put_and_open(BlobStore& store) {
  const auto bytes = make_bytes(large);
  put(store, "posts/1/a.webp", bytes);
  CHECK(get(store, "posts/1/a.webp") == bytes);
  const auto shown = store.head("posts/1/a.webp", long_deadline());
  REQUIRE(shown);
  CHECK(shown->key == "posts/1/a.webp");
  CHECK(shown->size == bytes.size());
  CHECK(std::chrono::abs(shown->modified_at - now()) < std::chrono::hours{1});
  store.remove("posts/1/a.webp", long_deadline());
}

void check_part_of_a_file(BlobStore& store) {
  const auto bytes = make_bytes(100'000);
  const MemoryFile content(bytes);
  store.put("part", content.slice(1234, 70'000), "image/png", long_deadline());
  CHECK(get(store, "part") == bytes.substr(1234, 70'000));
  CHECK_THROWS_AS(store.put("longer", content.slice(50'000, 60'000), "image/png", long_deadline()),
                  Error);
  CHECK_FALSE(store.head("longer", long_deadline()));
  store.remove("part", long_deadline());
}

void check_replacement(BlobStore& store) {
  put(store, "a/b", "a longer content");
  const auto before = store.open("a/b", large, long_deadline());
  put(store, "a/b", "short");
  CHECK(get(store, "a/b") == "short");
  CHECK(store.head("a/b", long_deadline())->size == 5);
  CHECK(read_object(*before) == "a longer content");  // what is open stays as it was
  store.remove("a/b", long_deadline());
}

void check_empty_object(BlobStore& store) {
  put(store, "a/empty", "");
  CHECK(get(store, "a/empty") == "");
  store.remove("a/empty", long_deadline());
}

void check_missing_objects(BlobStore& store) {
  CHECK_FALSE(store.open("a/b/c", large, long_deadline()));
  CHECK_FALSE(store.head("a/b/c", long_deadline()));
  store.remove("a/b/c", long_deadline());
  put(store, "a/b/c", "x");
  store.remove("a/b/c", long_deadline());
  CHECK_FALSE(store.head("a/b/c", long_deadline()));
}

void check_size_limit(BlobStore& store) {
  put(store, "limited", std::string(1000, 'x'));
  CHECK(store.open("limited", 1000, long_deadline())->size == 1000);
  CHECK_THROWS_AS(store.open("limited", 999, long_deadline()), Error);
  store.remove("limited", long_deadline());
}

void check_listing(BlobStore& store) {
  for (const auto& key : unsorted_keys) put(store, key, key);
  auto sorted = unsorted_keys;
  std::sort(sorted.begin(), sorted.end());
  for (const std::size_t limit : {1, 2, 5, 10, 1000}) {
    INFO(limit);
    CHECK(list_keys(store, "", limit) == sorted);
  }
  CHECK(list_keys(store, "posts/1/a", 2) ==
        std::vector<std::string>{"posts/1/a-1280", "posts/1/a-320.webp", "posts/1/a.webp"});
  CHECK(list_keys(store, "posts/1/", 2).size() == 4);
  CHECK(list_keys(store, "none/", 2).empty());
  const auto page = store.list("", "posts/1/a-2", 1, long_deadline());  // no key of the store
  REQUIRE(page.objects.size() == 1);
  CHECK(page.objects[0].key == "posts/1/a-320.webp");
  CHECK(page.objects[0].size == page.objects[0].key.size());
  CHECK(std::chrono::abs(page.objects[0].modified_at - now()) < std::chrono::hours{1});
  for (const auto& key : unsorted_keys) store.remove(key, long_deadline());
  CHECK(list_keys(store, "", 1000).empty());
}

void check_hostile_keys(BlobStore& store) {
  for (const std::string& key :
       std::vector<std::string>{"", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", "a b",
                                "a\nb", std::string("a\0b", 3), "~incoming/a", "a%2fb", "a\\b",
                                "\xc3\xa4", std::string(129, 'a'), std::string(513, 'a')}) {
    INFO(key);
    CHECK_THROWS_AS(put(store, key, "x"), Error);
    CHECK_THROWS_AS(store.open(key, 1, long_deadline()), Error);
    CHECK_THROWS_AS(store.head(key, long_deadline()), Error);
    CHECK_THROWS_AS(store.remove(key, long_deadline()), Error);
  }
  for (const auto* prefix : {"/", "../", "a//", "a b", "a/../"})
    CHECK_THROWS_AS(store.list(prefix, "", 1, long_deadline()), Error);
}

void check_expired_deadline(BlobStore& store) {
  const Deadline expired{Deadline::Clock::now() - std::chrono::seconds{1}};
  CHECK_THROWS_AS(store.put("late", MemoryFile("x").slice(), "image/png", expired), Error);
  CHECK_THROWS_AS(store.list("", "", 1, expired), Error);
  CHECK_FALSE(store.head("late", long_deadline()));
}

}  // namespace

std::vector<std::string> list_keys(BlobStore& store, const std::string& prefix, std::size_t limit) {
  std::vector<std::string> keys;
  std::optional<std::string> after = "";
  while (after) {
    auto page = store.list(prefix, *after, limit, long_deadline());
    CHECK(page.objects.size() <= limit);
    for (auto& object : page.objects) keys.push_back(std::move(object.key));
    after = page.next;
  }
  return keys;
}

void check_store(BlobStore& store) {
  check_put_and_open(store);
  check_part_of_a_file(store);
  check_replacement(store);
  check_empty_object(store);
  check_missing_objects(store);
  check_size_limit(store);
  check_listing(store);
  check_hostile_keys(store);
  check_expired_deadline(store);
}

}  // namespace feedctl::blob
