// Where the catalogue's key comes from: a file that the server makes; or a file or a command of somebody else's, which the
// server only reads.
//
// What is read is 32 bytes, or lines of 64 hexadecimal digits, a key each. The catalogue says which one is its own, so what
// somebody else gives may hold the new key beside the old one while the key is changed. The server's own new key is a file
// beside the old one, NAME.new, until it takes its place.
//
// Errors are 4179 with a text for the operator. No text holds a key, nor what a command wrote.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"

namespace breakwater::catalog {

struct KeyPlace {
  std::string file{};
  bool given = false;     ///< the file is somebody else's: read, never made or replaced
  std::string command{};  ///< for the shell, in the place of a file; whose standard output is read
};

/// Any thread; each call may block as long as the file system does, or a command for kCommandTime. Shared by those who use
/// it, since a call may outlive the statement that waits for it.
class KeySource {
 public:
  static constexpr std::chrono::seconds kCommandTime{30};
  static constexpr std::size_t kMostBytes = 1024;

  explicit KeySource(KeyPlace place) : place_(std::move(place)) {}

  /// Whether the server makes the first key, and the next ones.
  bool makes_keys() const { return place_.command.empty() && !place_.given; }
  /// For texts: "the key file PATH" or "the command of catalog_key_command".
  std::string name() const;
  const std::string& path() const { return place_.file; }

  /// All keys that it gives.
  Result<std::vector<Secret>> keys() const;
  /// Warns where others may read the server's own file.
  void warn_if_open(Log& log) const;

  /// The catalogue's, by Keyring::check(): one of keys(), or what a change that was cut off has left in the new file.
  Result<Secret> find(std::span<const std::uint8_t> check) const;

  /// The first key of a new catalogue. Where the server makes keys, it is durable when this returns; what a first start that
  /// was cut off has left is used.
  Result<Secret> first(const Entropy& entropy) const;

  // ---- a change of the key: next(), the catalogue's commit, settle() ----

  /// The key to change to, which lies beside the one that `check` tells, durably. What an earlier try has left is used.
  Result<Secret> next(std::span<const std::uint8_t> check, const Entropy& entropy) const;
  /// The key that `check` tells takes the old one's place, unless it has it.
  Result<> settle(std::span<const std::uint8_t> check) const;
  /// The same, and a new key that the catalogue never took goes. Only while nobody changes the key: at the start.
  Result<> tidy(std::span<const std::uint8_t> check, Log& log) const;

 private:
  const KeyPlace place_;
  mutable std::mutex changing_;  ///< the files change under it
};

/// A file of 32 bytes (0600) that isn't there yet, durable with its directory when this returns.
Result<> write_key(const std::string& path, const Secret& key);

}  // namespace breakwater::catalog
