#include "bus/unreliable.hpp"

#include <algorithm>
#include <mutex>
#include <random>

namespace feedctl::bus {

namespace {

class Unreliable final : public Bus {
 public:
  Unreliable(std::unique_ptr<Bus> bus, int percent) : bus_(std::move(bus)), percent_(percent) {}

  void publish(int slot, std::string_view body) override {
    if (happens()) return;
    bus_->publish(slot, body);
    if (happens()) bus_->publish(slot, body);
  }

  void publish_dead(std::string_view body) override { bus_->publish_dead(body); }

  std::vector<Message> receive(const std::vector<int>& slots,
                               std::chrono::milliseconds patience) override {
    auto messages = bus_->receive(slots, patience);
    const std::lock_guard lock(mutex_);
    messages.insert(messages.end(), late_.begin(), late_.end());
    late_.clear();
    std::shuffle(messages.begin(), messages.end(), random_);
    const auto late = std::partition(messages.begin(), messages.end(),
                                     [this](const Message&) { return !roll(); });
    late_.assign(late, messages.end());
    messages.erase(late, messages.end());
    return messages;
  }

  void acknowledge(const std::vector<Message>& messages) override {
    if (!happens()) bus_->acknowledge(messages);
  }
  Backlog backlog() override { return bus_->backlog(); }
  const char* name() const override { return bus_->name(); }

 private:
  bool roll() { return static_cast<int>(random_() % 100) < percent_; }
  bool happens() {
    const std::lock_guard lock(mutex_);
    return roll();
  }

  const std::unique_ptr<Bus> bus_;
  const int percent_;
  std::mutex mutex_;
  std::mt19937 random_{std::random_device{}()};
  std::vector<Message> late_;
};

}  // namespace

std::unique_ptr<Bus> make_unreliable(std::unique_ptr<Bus> bus, int percent) {
  return std::make_unique<Unreliable>(std::move(bus), percent);
}

}  // namespace feedctl::bus
