#include "storage/pool/stop_flag.h"

#include <condition_variable>
#include <mutex>

namespace breakwater::storage {

struct StopFlag::State {
  mutable std::mutex mutex;
  std::condition_variable changed;
  bool stopped = false;
};

StopFlag::StopFlag() : state_(std::make_shared<State>()) {}

void StopFlag::stop() const {
  {
    const std::scoped_lock lock(state_->mutex);
    state_->stopped = true;
  }
  state_->changed.notify_all();
}

bool StopFlag::stopped() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->stopped;
}

Result<> StopFlag::check() const {
  if (!stopped()) return {};
  return fail(error::backup_dest_not_connect().with_hint(
      "The operation was given up: the file system did not answer in time. Check the mount."));
}

bool StopFlag::wait_for(std::chrono::milliseconds wait) const {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, wait, [this] { return state_->stopped; });
}

}  // namespace breakwater::storage
