#include "loadtest/user_files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"

namespace feedctl::loadtest {

namespace {

constexpr std::size_t max_line = 16 * 1024;

// What a token may hold, so that it cannot end the header (RFC 6750).
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~+/=").find(c) != std::string_view::npos;
  });
}

std::optional<Id> id_in(const json::Value& object) {
  for (const char* name : {"user_id", "id"}) {
    const auto* member = object.find(name);
    if (member == nullptr) continue;
    if (const auto* id = member->integer()) return *id > 0 ? std::optional<Id>(*id) : std::nullopt;
    if (const auto* text = member->text()) return parse_id(*text);
  }
  return std::nullopt;
}

// nullopt: the line is neither form.
std::optional<LoadUser> parse_line(std::string_view line) {
  if (line[0] != '{') {
    const auto id = parse_id(line);
    return id ? std::optional<LoadUser>(LoadUser{*id}) : std::nullopt;
  }
  try {
    const auto object = json::parse(line);
    const auto id = id_in(object);
    if (!id) return std::nullopt;
    const auto* token = object.find("token");
    if (token == nullptr) return LoadUser{*id};
    if (token->text() == nullptr || !is_token(*token->text())) return std::nullopt;
    return LoadUser{*id, *token->text()};
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::ifstream open_file(const std::string& path) {
  std::ifstream in(path);
  if (!in || std::filesystem::is_directory(path))
    throw Error(ErrorCode::usage, "cannot read the file " + path);
  return in;
}

[[noreturn]] void throw_at(const std::string& path, std::size_t line, const std::string& what) {
  throw Error(ErrorCode::bad_data, path + ":" + std::to_string(line) + ": " + what);
}

std::vector<LoadUser> read(const std::string& path, bool needs_token) {
  const std::string form =
      needs_token ? R"({"user_id": 42, "token": "ey.."})" : R"(an id, or {"user_id": 42})";
  auto in = open_file(path);
  std::vector<LoadUser> users;
  std::vector<char> buffer(max_line + 1);
  std::size_t number = 1;
  for (; in.getline(buffer.data(), max_line + 1); ++number) {
    std::string_view line(buffer.data(),
                          static_cast<std::size_t>(in.gcount()) - (in.eof() ? 0U : 1U));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line[0] == '#') continue;
    auto user = parse_line(line);
    if (!user || (needs_token && user->token.empty()))
      throw_at(path, number, "expects a line such as " + form);
    if (users.size() == UserPool::max_users)
      throw_at(path, number, "a load test acts for at most ten million users");
    users.push_back(*std::move(user));
  }
  if (!in.eof()) throw_at(path, number, "the line is longer than 16 KiB, or cannot be read");
  if (users.empty()) throw Error(ErrorCode::bad_data, path + " has no line such as " + form);
  return users;
}

}  // namespace

std::vector<LoadUser> read_users_file(const std::string& path) {
  return read(path, false);
}

std::vector<LoadUser> read_tokens_file(const std::string& path) {
  return read(path, true);
}

}  // namespace feedctl::loadtest
