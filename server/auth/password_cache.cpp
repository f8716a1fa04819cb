#include "server/auth/password_cache.h"

#include <new>

#include <sys/mman.h>

namespace breakwater::auth {
namespace {

constexpr std::size_t kBytes = PasswordCache::kMaxAccounts * sizeof(crypto::Sha256);

}  // namespace

PasswordCache::PasswordCache() {
  void* const pages = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  ::mlock(pages, kBytes);
  ::madvise(pages, kBytes, MADV_DONTDUMP);
  digests_ = {static_cast<crypto::Sha256*>(pages), kMaxAccounts};
}

PasswordCache::~PasswordCache() {
  wipe(digests_.data(), kBytes);
  ::munmap(digests_.data(), kBytes);
}

std::optional<FastDigest> PasswordCache::find(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  const auto found = slots_.find(key);
  if (found == slots_.end()) return std::nullopt;
  return FastDigest(digests_[found->second]);
}

void PasswordCache::put(std::string_view key, const FastDigest& digest) {
  const std::lock_guard lock(mutex_);
  if (const auto found = slots_.find(key); found != slots_.end()) {
    digests_[found->second] = digest.bytes;
    return;
  }
  if (keys_.size() < kMaxAccounts) {
    keys_.emplace_back(key);
  } else {
    slots_.erase(keys_[next_]);
    keys_[next_] = key;
  }
  digests_[next_] = digest.bytes;
  slots_.emplace(key, next_);
  next_ = (next_ + 1) % kMaxAccounts;
}

void PasswordCache::clear() {
  const std::lock_guard lock(mutex_);
  wipe(digests_.data(), keys_.size() * sizeof(crypto::Sha256));
  keys_.clear();
  slots_.clear();
  next_ = 0;
}

std::size_t PasswordCache::size() const {
  const std::lock_guard lock(mutex_);
  return keys_.size();
}

}  // namespace breakwater::auth
