#include "seed/fixture_reader.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <optional>
#include <regex>

#include "base/display_text.hpp"
#include "base/error.hpp"
#include "fixtures/small.hpp"

namespace feedctl::seed {

namespace {

// Reads one document; every error names its line.
class FixtureReader {
 public:
  FixtureReader(const std::string& yaml, const std::string& source, Time now)
      : source_(source), now_(now) {
    if (yaml.size() > max_fixture_bytes)
      throw Error(ErrorCode::bad_data, source + ": larger than 16 MiB");
    try {
      root_ = YAML::Load(yaml);
    } catch (const YAML::Exception& e) {
      throw Error(ErrorCode::bad_data,
                  source + ":" + std::to_string(e.mark.line + 1) + ": " + e.msg);
    }
    if (root_.IsNull() && root_.Mark().is_null())
      throw Error(ErrorCode::bad_data, source + ": the file is empty");
    if (!root_.IsMap()) throw_at(root_, "not a map of users, follows and posts");
  }

  World read() {
    check_keys(root_, {"users", "follows", "posts"});
    for (const auto& user : list_at(root_, "users")) add_user(user);
    for (const auto& follow : list_at(root_, "follows")) add_follows(follow);
    for (const auto& post : list_at(root_, "posts")) add_post(post);
    return std::move(world_);
  }

 private:
  [[noreturn]] void throw_at(const YAML::Node& at, const std::string& what) const {
    throw Error(ErrorCode::bad_data,
                source_ + ":" + std::to_string(at.Mark().line + 1) + ": " + what);
  }

  void check_keys(const YAML::Node& map, const std::vector<std::string>& known) const {
    if (!map.IsMap()) throw_at(map, "expected a map");
    for (const auto& entry : map) {
      const auto key = entry.first.as<std::string>("");
      if (std::find(known.begin(), known.end(), key) == known.end())
        throw_at(entry.first, "unknown key \"" + key + "\"");
    }
  }

  YAML::Node list_at(const YAML::Node& map, const char* key) const {
    const YAML::Node node = map[key];
    if (!node || node.IsNull()) return YAML::Node(YAML::NodeType::Sequence);
    if (!node.IsSequence()) throw_at(node, std::string(key) + " must be a list");
    return node;
  }

  std::string text(const YAML::Node& map, const char* key) const {
    const YAML::Node node = map[key];
    if (!node) return "";
    if (!node.IsScalar()) throw_at(node, std::string(key) + " must be a text");
    return node.Scalar();
  }

  // "90s", "45m", "3h", "2d"
  Time parse_age(const YAML::Node& map, const char* key, std::chrono::seconds fallback) const {
    const YAML::Node node = map[key];
    if (!node) return now_ - fallback;
    static const std::regex form("([0-9]{1,6})([smhd])");
    std::smatch match;
    const std::string value = node.IsScalar() ? node.Scalar() : "";
    if (!std::regex_match(value, match, form))
      throw_at(node, std::string(key) + " must be an age such as 90s, 45m, 3h or 2d");
    const std::int64_t unit = match[2] == "s"   ? 1
                              : match[2] == "m" ? 60
                              : match[2] == "h" ? 3600
                                                : 86400;
    return now_ - std::chrono::seconds{std::stoll(match[1]) * unit};
  }

  std::size_t user_index(const YAML::Node& node) const {
    const auto at = users_.find(node.IsScalar() ? node.Scalar() : "");
    if (at == users_.end())
      throw_at(node, "no user has the handle \"" + (node.IsScalar() ? node.Scalar() : "") + "\"");
    return at->second;
  }

  void add_user(const YAML::Node& node) {
    check_keys(node, {"handle", "name", "joined"});
    static const std::regex form("[a-z0-9_]{1,32}");
    const auto handle = text(node, "handle");
    if (!std::regex_match(handle, form)) throw_at(node, "a handle is 1 to 32 of a-z, 0-9 and _");
    if (!users_.emplace(handle, world_.users.size()).second)
      throw_at(node, "the handle " + handle + " stands here twice");
    const auto name = text(node, "name");
    if (const auto fault = validate_name(name, 100)) throw_at(node, "a name " + *fault);
    world_.users.push_back({handle, name, parse_age(node, "joined", std::chrono::hours{24 * 30})});
  }

  void add_follows(const YAML::Node& node) {
    check_keys(node, {"user", "of"});
    const auto follower = user_index(node["user"]);
    for (const auto& followee : list_at(node, "of")) {
      if (user_index(followee) == follower) throw_at(followee, "nobody can follow themselves");
      world_.follows.emplace_back(follower, user_index(followee));
    }
  }

  void add_post(const YAML::Node& node) {
    check_keys(node, {"author", "text", "age", "likes"});
    const auto words = text(node, "text");
    if (const auto fault = validate_text(words, 10'000)) throw_at(node, "a text " + *fault);
    const auto at = parse_age(node, "age", std::chrono::hours{1});
    const auto post = world_.posts.size();
    world_.posts.push_back({user_index(node["author"]), words, at});
    // Likes lie evenly between the post and now, so that a ranking has something to show.
    const auto likes = list_at(node, "likes");
    std::size_t i = 0;
    for (const auto& who : likes) {
      world_.likes.push_back(
          {user_index(who), post,
           at + (now_ - at) * static_cast<int>(++i) / static_cast<int>(likes.size() + 1)});
    }
  }

  std::string source_;
  Time now_;
  YAML::Node root_;
  World world_;
  std::map<std::string, std::size_t> users_;
};

}  // namespace

World read_fixtures(const std::string& yaml, const std::string& source, Time now) {
  return FixtureReader(yaml, source, now).read();
}

World small_world(Time now) {
  return read_fixtures(fixtures::small, "small.yaml", now);
}

}  // namespace feedctl::seed
