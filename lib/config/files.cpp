#include "config/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/utf8.hpp"

namespace feedctl::config {

namespace {

constexpr std::size_t max_file_bytes = 1 << 20;

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

FileText read_failure(std::string message) {
  return {.text = {}, .error = std::move(message)};
}

bool is_name(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0]))) return false;
  for (const char c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') return false;
  }
  return true;
}

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::string_view unquote(std::string_view value) {
  const bool quoted =
      value.size() >= 2 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0];
  return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

FileText read_file(const std::string& path, bool stream) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0) return read_failure(std::string("cannot be read: ") + std::strerror(errno));
  struct stat status {};
  if (::fstat(file.fd, &status) != 0)
    return read_failure(std::string("cannot be read: ") + std::strerror(errno));
  if (S_ISDIR(status.st_mode)) return read_failure("is a directory");
  if (!S_ISREG(status.st_mode) && !(stream && S_ISFIFO(status.st_mode)))
    return read_failure("is not a regular file");
  // The file was opened with O_NONBLOCK, as opening a FIFO without a writer would block.
  if (S_ISFIFO(status.st_mode)) ::fcntl(file.fd, F_SETFL, 0);
  FileText result;
  result.world_readable = S_ISREG(status.st_mode) && (status.st_mode & S_IROTH) != 0;
  char buffer[16384];
  for (;;) {
    const auto got = ::read(file.fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return read_failure(std::string("cannot be read: ") + std::strerror(errno));
    if (got == 0) return result;
    result.text.append(buffer, static_cast<std::size_t>(got));
    if (result.text.size() > max_file_bytes) return read_failure("is larger than 1 MiB");
  }
}

FileText read_secret_file(const std::string& path) {
  auto file = read_file(path, true);
  if (!file.error.empty()) return file;
  if (file.world_readable && path.rfind("/run/secrets/", 0) != 0) {
    return read_failure("holds a secret and others may read it; run: chmod o-r " + path);
  }
  if (const auto text = without_bom(file.text); text.size() != file.text.size())
    file.text = std::string(text);
  while (!file.text.empty() && (file.text.back() == '\n' || file.text.back() == '\r'))
    file.text.pop_back();
  if (file.text.empty()) return read_failure("is empty");
  if (file.text.find('\n') != std::string::npos) return read_failure("holds more than one line");
  return file;
}

std::map<std::string, std::string> parse_env_file(
    const std::string& text, std::vector<std::pair<int, std::string>>& mistakes) {
  std::map<std::string, std::string> values;
  std::string_view rest = without_bom(text);
  for (int number = 1; !rest.empty(); ++number) {
    const auto end = rest.find('\n');
    auto line = trim(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    if (line.empty() || line[0] == '#') continue;
    if (line.rfind("export ", 0) == 0) line = trim(line.substr(7));
    const auto equals = line.find('=');
    const auto name = trim(line.substr(0, equals));
    if (equals == std::string_view::npos || !is_name(name)) {
      mistakes.emplace_back(number, "expects NAME=value");
      continue;
    }
    values[std::string(name)] = unquote(trim(line.substr(equals + 1)));
  }
  return values;
}

}  // namespace feedctl::config
