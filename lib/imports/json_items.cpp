#include "imports/json_items.hpp"

#include <utility>

#include "base/text.hpp"
#include "imports/json_scanner.hpp"

namespace feedctl::imports {
namespace {

constexpr std::size_t max_assignment = 256;

bool is_assignment(int byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

ByteInput::Read read_of(ArchiveFile& archive) {
  return [&archive](std::span<char> buffer) { return archive.read(buffer); };
}

}  // namespace

// Walks down to the array, through it, and then to the document's end.
class JsonItems::Splitter {
 public:
  Splitter(ByteInput::Read read, std::string name, const JsonItemsOptions& options)
      : scanner_(std::move(read), std::move(name)),
        options_(options),
        needed_(options.members),
        item_(options.max_item_bytes) {}

  std::optional<std::string_view> next() {
    if (state_ == State::at_beginning) begin();
    while (state_ == State::in_array) {
      if (!begin_item()) {
        leave();
      } else if (read_item()) {
        return item_.text();
      } else {
        ++too_large_;
      }
    }
    return std::nullopt;
  }

  bool has_array() const { return has_array_; }
  std::size_t too_large() const { return too_large_; }

 private:
  enum class State { at_beginning, in_array, at_end };

  void begin() {
    scanner_.begin();
    if (options_.allows_assignment && is_assignment(scanner_.peek()))
      scanner_.skip_past('=', max_assignment);
    if (!find_array(options_.path)) leave();
  }

  // Stops behind the array's '[', or behind the value that is or has no such array.
  bool find_array(std::string_view path) {
    const bool is_there = scanner_.take(path.empty() ? '[' : '{');
    if (!is_there) {
      pass_value();
    } else if (path.empty()) {
      has_array_ = true;
      state_ = State::in_array;
    } else {
      return find_member(path);
    }
    return is_there;
  }

  bool find_member(std::string_view path) {
    ++open_objects_;
    is_first_member_ = true;
    const auto name = next_field(path, '.');
    while (begin_member()) {
      const bool is_it = scanner_.read_key() == name;
      scanner_.expect(':');
      if (is_it) return find_array(path);
      pass_value();
    }
    --open_objects_;
    return false;
  }

  // False behind the object's end.
  bool begin_member() { return begin_next(is_first_member_, '}'); }
  // False behind the array's end.
  bool begin_item() { return begin_next(is_first_item_, ']'); }
  bool begin_next(bool& is_first, char closing) {
    if (std::exchange(is_first, false)) return !scanner_.take(closing);
    if (scanner_.take(',')) return true;
    scanner_.expect(closing);
    return false;
  }

  // False for one that is too large.
  bool read_item() {
    item_.clear();
    const auto begins = scanner_.position();
    scanner_.read_value(&item_, needed_, open_objects_ + 1);
    return !item_.is_full() && scanner_.position() - begins <= options_.max_item_bytes;
  }

  // Reads what is left of the document, so that a cut one is noticed.
  void leave() {
    state_ = State::at_end;
    for (; open_objects_ > 0; --open_objects_) {
      while (begin_member()) pass_member();
    }
    if (options_.allows_assignment) scanner_.take(';');
    if (scanner_.peek() != ByteInput::end) throw scanner_.unexpected(scanner_.peek());
  }

  void pass_member() {
    scanner_.read_key();
    scanner_.expect(':');
    pass_value();
  }

  void pass_value() { scanner_.read_value(nullptr, needed_, open_objects_); }

  JsonScanner scanner_;
  JsonItemsOptions options_;
  JsonMembers needed_;
  BoundedText item_;
  State state_ = State::at_beginning;
  int open_objects_ = 0;
  bool is_first_member_ = true;
  bool is_first_item_ = true;
  bool has_array_ = false;
  std::size_t too_large_ = 0;
};

JsonItems::JsonItems(ByteInput::Read read, std::string name, const JsonItemsOptions& options)
    : splitter_(std::make_unique<Splitter>(std::move(read), std::move(name), options)) {}

JsonItems::JsonItems(ArchiveFile& archive, const JsonItemsOptions& options)
    : JsonItems(read_of(archive), archive.where(), options) {}

JsonItems::~JsonItems() = default;

std::optional<std::string_view> JsonItems::next() {
  return splitter_->next();
}

bool JsonItems::has_array() const {
  return splitter_->has_array();
}

std::size_t JsonItems::too_large() const {
  return splitter_->too_large();
}

}  // namespace feedctl::imports
