// The directory store: what it leaves on the disk, also after crashes, and what it does not follow.
#include "blob/directory_store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>

#include "base/error.hpp"
#include "base/failpoint.hpp"
#include "blob/directory_files.hpp"
#include "blob/directory_listing.hpp"
#include "content.hpp"
#include "store_suite.hpp"
#include "support/armed_failpoints.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::blob;

namespace fs = std::filesystem;

namespace {

struct Media {
  support::TempFolder folder;
  fs::path root = folder.path() / "media";
  DirectoryStore store{root.string()};

  fs::path incoming() const { return root / "~incoming"; }
  void put(const std::string& key, const std::string& bytes) {
    store.put(key, MemoryFile(bytes).slice(), "image/webp", long_deadline());
  }
  std::string get(const std::string& key) {
    const auto object = store.open(key, 1 << 20, long_deadline());
    return object ? read_object(*object) : "there is no object";
  }
};

std::size_t count_files(const fs::path& folder) {
  if (!fs::exists(folder)) return 0;
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder)) ++count;
  return count;
}

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

void make_older(const fs::path& file, std::chrono::minutes age) {
  fs::last_write_time(file, fs::file_time_type::clock::now() - age);
}

// Runs `function` in a child process; the signal that ended it, or 0.
template <typename Function>
int run_in_child(Function function) {
  const pid_t child = ::fork();
  if (child == 0) {
    function();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

// Files of this process may not grow beyond it.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t size) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    auto smaller = before_;
    smaller.rlim_cur = size;
    previous_ = std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &smaller) == 0);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, previous_);
  }

 private:
  rlimit before_{};
  void (*previous_)(int) = nullptr;
};

}  // namespace

TEST_CASE("a directory keeps objects as every store does") {
  Media media;
  check_store(media.store);
  CHECK(media.store.name() == "directory " + media.root.string());
  CHECK_FALSE(media.store.presigned_link("a", now(), std::chrono::seconds{60}));
  CHECK_FALSE(media.store.presigned_upload("a", "image/png", 1, now(), std::chrono::seconds{60}));
}

TEST_CASE("an object is a file that others cannot read, in directories that they cannot enter") {
  Media media;
  media.put("posts/1/a.webp", "abc");
  CHECK(support::read_file(media.root / "posts/1/a.webp") == "abc");
  CHECK((mode_of(media.root / "posts/1/a.webp") & ~0640U) == 0);
  for (const auto* name : {"", "posts", "posts/1", "~incoming"})
    CHECK((mode_of(media.root / name) & ~0750U) == 0);
  CHECK(count_files(media.incoming()) == 0);
}

TEST_CASE("a directory that is empty after a removal goes, and one that is not stays") {
  Media media;
  media.put("posts/1/a", "a");
  media.put("posts/1/b", "b");
  media.put("posts/2/a", "a");
  media.store.remove("posts/1/a", long_deadline());
  CHECK(media.get("posts/1/b") == "b");
  media.store.remove("posts/1/b", long_deadline());
  CHECK_FALSE(fs::exists(media.root / "posts/1"));
  media.store.remove("posts/2/a", long_deadline());
  CHECK_FALSE(fs::exists(media.root / "posts"));
  CHECK(fs::exists(media.root));
}

TEST_CASE("a directory is no object") {
  Media media;
  media.put("a/b/c", "x");
  CHECK_FALSE(media.store.open("a/b", 10, long_deadline()));
  CHECK_FALSE(media.store.head("a/b", long_deadline()));
  media.store.remove("a/b", long_deadline());
  CHECK(media.get("a/b/c") == "x");
  CHECK_THROWS_AS(media.put("a/b", "y"), Error);
  CHECK(count_files(media.incoming()) == 0);
}

TEST_CASE("symbolic links below the directory are not followed") {
  Media media;
  const auto outside = media.folder.write("secret", "outside");
  fs::create_directories(media.folder.path() / "elsewhere");
  fs::copy_file(outside, media.folder.path() / "elsewhere/file");
  media.put("a/file", "inside");
  fs::create_symlink(outside, media.root / "a/link");
  fs::create_symlink(media.folder.path() / "elsewhere", media.root / "linked");
  CHECK_THROWS_AS(media.store.open("a/link", 100, long_deadline()), Error);
  CHECK_THROWS_AS(media.store.head("a/link", long_deadline()), Error);
  CHECK_THROWS_AS(media.store.open("linked/file", 100, long_deadline()), Error);
  CHECK_THROWS_AS(media.put("linked/new", "x"), Error);
  CHECK_THROWS_AS(media.store.remove("linked/file", long_deadline()), Error);
  CHECK(list_keys(media.store, "", 10) == std::vector<std::string>{"a/file"});
  CHECK_THROWS_AS(media.store.list("linked/", "", 10, long_deadline()), Error);

  media.put("a/link", "replaced");  // the link itself, not what it names
  CHECK(media.get("a/link") == "replaced");
  CHECK(support::read_file(outside) == "outside");
  CHECK(fs::exists(media.folder.path() / "elsewhere/file"));
}

TEST_CASE("pipes and devices are no objects") {
  Media media;
  media.put("a/file", "x");
  REQUIRE(::mkfifo((media.root / "a/pipe").c_str(), 0600) == 0);
  CHECK_THROWS_AS(media.store.open("a/pipe", 100, long_deadline()), Error);
  CHECK(list_keys(media.store, "", 10) == std::vector<std::string>{"a/file"});
}

TEST_CASE("the directory itself may be a symbolic link, and its last part is made") {
  support::TempFolder folder;
  fs::create_directories(folder.path() / "disk");
  fs::create_symlink(folder.path() / "disk", folder.path() / "link");
  DirectoryStore store((folder.path() / "link/media").string());
  store.put("a", MemoryFile("x").slice(), "image/png", long_deadline());
  CHECK(support::read_file(folder.path() / "disk/media/a") == "x");
}

TEST_CASE("a directory that cannot be had makes every call fail, with what to do") {
  support::TempFolder folder;
  DirectoryStore store((folder.path() / "no/such/folder").string());
  try {
    store.put("a", MemoryFile("x").slice(), "image/png", long_deadline());
    FAIL("there was no error");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::unavailable);
    CHECK(error.hint().find("media.directory") != std::string::npos);
  }
  CHECK_THROWS_AS(store.open("a", 1, long_deadline()), Error);
  CHECK_THROWS_AS(store.head("a", long_deadline()), Error);
  CHECK_THROWS_AS(store.remove("a", long_deadline()), Error);
  CHECK_THROWS_AS(store.list("", "", 1, long_deadline()), Error);
}

TEST_CASE("a file that cannot be written leaves nothing and keeps what was there") {
  Media media;
  media.put("a/file", "before");
  const auto large = make_bytes(100'000);
  {
    const MemoryFile content(large);
    const FileSizeLimit limit(10'000);
    CHECK_THROWS_AS(media.store.put("a/file", content.slice(), "image/png", long_deadline()),
                    Error);
    CHECK_THROWS_AS(media.store.put("b/other", content.slice(), "image/png", long_deadline()),
                    Error);
  }
  CHECK(count_files(media.incoming()) == 0);
  CHECK(media.get("a/file") == "before");
  CHECK(list_keys(media.store, "", 10) == std::vector<std::string>{"a/file"});
}

TEST_CASE("listing removes what crashed writers left, and nothing of a writer at work") {
  Media media;
  media.put("a", "x");
  const auto old = media.incoming() / "old", fresh = media.incoming() / "fresh",
             held = media.incoming() / "held";
  for (const auto& file : {old, fresh, held}) {
    const UniqueFd made(::open(file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0640));
    REQUIRE(made.is_open());
  }
  make_older(old, std::chrono::minutes{11});
  make_older(held, std::chrono::minutes{11});
  const UniqueFd writer(::open(held.c_str(), O_WRONLY | O_CLOEXEC));
  REQUIRE(::flock(writer.get(), LOCK_EX) == 0);
  CHECK(list_keys(media.store, "", 1) == std::vector<std::string>{"a"});
  CHECK_FALSE(fs::exists(old));
  CHECK(fs::exists(fresh));
  CHECK(fs::exists(held));
  media.store.list("", "a", 1, long_deadline());  // a later page
  CHECK(fs::exists(held));
}

TEST_CASE("keys are listed in the order of their bytes, where a / is one of them") {
  Media media;
  std::vector<std::string> keys{"posts/1/a",   "posts/1-a/x", "posts/1.a/x",
                                "posts/1/a-b", "posts/10/a",  "posts-x/a",
                                "posts.x/a",   "posts0",      "posts/1/a0"};
  for (const auto& key : keys) media.put(key, key);
  std::sort(keys.begin(), keys.end());
  for (const std::size_t limit : {1, 2, 4, 9, 1000}) {
    INFO(limit);
    CHECK(list_keys(media.store, "", limit) == keys);
  }
}

TEST_CASE("a large directory is listed in order and whole, page by page") {
  Media media;
  std::vector<std::string> keys;
  media.put("many/x", "");
  for (int i = 0; i < 2500; ++i) {
    const auto name = "many/" + std::to_string(100'000 + i);
    keys.push_back(name);
    const UniqueFd file(::open((media.root / name).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0640));
    REQUIRE(file.is_open());
  }
  keys.emplace_back("many/x");
  CHECK(list_keys(media.store, "", 1000) == keys);
  CHECK(list_keys(media.store, "many/", 700) == keys);
  const auto page = media.store.list("", "many/101999", 2, long_deadline());
  REQUIRE(page.objects.size() == 2);
  CHECK(page.objects[0].key == "many/102000");
}

TEST_CASE("more empty directories than are kept in memory do not end a listing") {
  Media media;
  media.put("posts/9/a", "x");
  for (int i = 0; i < 1200; ++i)
    fs::create_directory(media.root / "posts" / ("1" + std::to_string(1000 + i)));
  CHECK(list_keys(media.store, "", 10) == std::vector<std::string>{"posts/9/a"});
  const auto root = open_root(media.root.string());
  FolderNames names(500);
  const auto listing = list_files(root.get(), "posts/", "", 10, names, long_deadline());
  REQUIRE(listing.objects.size() == 1);
  CHECK(listing.objects[0].key == "posts/9/a");
}

TEST_CASE("the pages of a listing do not read a large directory again and again") {
  support::TempFolder folder;
  std::vector<std::string> paths;
  for (int i = 1000; i < 2000; ++i) {
    paths.push_back("p/" + std::to_string(i) + "/");
    fs::create_directories(folder.path() / paths.back());
  }
  const auto at = open_path(open_root(folder.path().string()).get(), {"p"});
  FolderNames names(400);
  const auto read = [&](const std::string& from) {
    return names.read(at.get(), "p/", from, long_deadline());
  };
  const auto first = read("p/");
  CHECK(first->paths == std::vector<std::string>(paths.begin(), paths.begin() + 400));
  CHECK_FALSE(first->is_last);
  CHECK(read("p/1001/") == first);
  CHECK(read("p/1399/") == first);
  const auto last = read("p/1600/");
  CHECK(last->paths == std::vector<std::string>(paths.begin() + 600, paths.end()));
  CHECK(last->is_last);
  CHECK(read("p/zz") == last);
  CHECK(read("p/1599/") != last);
  const auto again = read("p/");
  names.forget();
  CHECK(read("p/") != again);
}

TEST_CASE("a listing that begins, or that follows an upload of this process, shows all there is") {
  Media media;
  std::vector<std::string> keys;
  for (int i = 0; i < 300; ++i) keys.push_back("posts/" + std::to_string(1000 + i) + "/a");
  for (const auto& key : keys) {
    fs::create_directories((media.root / key).parent_path());
    const UniqueFd file(::open((media.root / key).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0640));
    REQUIRE(file.is_open());
  }
  REQUIRE(media.store.list("posts/", "", 10, long_deadline()).next == keys[9]);
  media.put("posts/1009a/a", "x");
  const auto next = media.store.list("posts/", keys[9], 10, long_deadline());
  CHECK(next.objects.at(0).key == "posts/1009a/a");
  fs::create_directory(media.root / "posts/0");
  fs::copy_file(media.root / keys[0], media.root / "posts/0/a");
  CHECK(media.store.list("posts/", "", 1, long_deadline()).objects.at(0).key == "posts/0/a");
}

TEST_CASE("what root makes belongs to the owner of the directory") {
  if (::geteuid() != 0) return;  // only root can give files away
  constexpr uid_t owner = 54'321;
  support::TempFolder folder;
  REQUIRE(::chown(folder.path().c_str(), owner, owner) == 0);
  const auto root = folder.path() / "media";
  DirectoryStore store(root.string());
  store.put("posts/1/a", MemoryFile("x").slice(), "image/png", long_deadline());
  for (const auto* name : {"", "~incoming", "posts", "posts/1", "posts/1/a"}) {
    INFO(name);
    struct stat status {};
    REQUIRE(::stat((root / name).c_str(), &status) == 0);
    CHECK(status.st_uid == owner);
    CHECK(status.st_gid == owner);
  }
}

TEST_CASE("readers see one whole content or the other while an object is replaced and removed") {
  Media media;
  const std::string one(50'000, '1'), two(60'000, '2');
  media.put("a/b", one);
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 0; i < 50; ++i) {
      media.put("a/b", i % 2 == 0 ? two : one);
      if (i % 10 == 0) media.store.remove("a/b", long_deadline());
    }
    stop = true;
  });
  std::thread other_writer([&] {
    for (int i = 0; i < 50; ++i) {
      media.put("a/c", "x");
      media.store.remove("a/c", long_deadline());
    }
  });
  int wrong = 0;
  while (!stop) {
    const auto object = media.store.open("a/b", 100'000, long_deadline());
    if (!object) continue;
    const auto bytes = read_object(*object);
    if (bytes != one && bytes != two) ++wrong;
  }
  writer.join();
  other_writer.join();
  CHECK(wrong == 0);
  CHECK(count_files(media.incoming()) == 0);
}

#ifdef FEEDCTL_FAILPOINTS

TEST_CASE("a crash before the rename leaves no object, and one after it leaves all of it") {
  for (const std::string point :
       {"blob.directory.write", "blob.directory.rename", "blob.directory.renamed"}) {
    INFO(point);
    Media media;
    media.put("a/old", "before");
    const auto crash = [&](const std::string& key) {
      return run_in_child([&] {
        failpoint::arm(point + "=kill");
        media.put(key, "after");
      });
    };
    CHECK(crash("a/old") == SIGKILL);
    CHECK(crash("b/new") == SIGKILL);
    const bool is_renamed = point == "blob.directory.renamed";
    CHECK(media.get("a/old") == (is_renamed ? "after" : "before"));
    CHECK(media.get("b/new") == (is_renamed ? "after" : "there is no object"));
    CHECK(count_files(media.incoming()) == (is_renamed ? 0U : 2U));
    for (const auto& entry : fs::directory_iterator(media.incoming()))
      make_older(entry.path(), std::chrono::minutes{11});
    list_keys(media.store, "", 10);
    CHECK(count_files(media.incoming()) == 0);
  }
}

TEST_CASE("a failure while a file is written removes it at once") {
  for (const std::string point : {"blob.directory.write", "blob.directory.rename"}) {
    Media media;
    support::ArmedFailpoints failing(point + "=error");
    CHECK_THROWS_AS(media.put("a", "x"), Error);
    CHECK(failing.hits(point) == 1);
    CHECK(count_files(media.incoming()) == 0);
    CHECK_FALSE(media.store.head("a", long_deadline()));
  }
}

#endif
