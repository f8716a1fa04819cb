// What is derived from the catalogue's key (catalog/store/key_source.h).
//
// Secrets at rest are sealed with AES-256-GCM under a key derived by HKDF, with the identity of their row
// authenticated, so that a sealed value opens in its own row and nowhere else.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/secret.h"

namespace breakwater::catalog {

/// Which row a sealed value belongs to: the table's name, then columns of it. Made by sealed_identity()
/// (catalog/store/tables.h), which knows which.
class RowIdentity {
 public:
  explicit RowIdentity(std::span<const std::string_view> parts);
  std::span<const std::uint8_t> bytes() const { return encoded_; }

 private:
  Bytes encoded_;  ///< each part behind its length, so that no two lists are encoded alike
};

/// Any thread may use it. What seals rows can be changed for another key's while readers open rows of either; all else
/// stays as it is for the life of the catalogue.
class Keyring {
 public:
  static Result<Keyring> derive(const Secret& key);

  Result<Bytes> seal(const RowIdentity& row, const Secret& plain, const Entropy& entropy) const;
  /// 4103: damaged, or sealed for another row.
  Result<Secret> open(const RowIdentity& row, std::span<const std::uint8_t> sealed) const;

  /// `encrypt_key=` of the views, in hexadecimal.
  Result<std::string> display(const Secret& plain, const Entropy& entropy) const;

  /// A number for a text that only who holds the key can know; always the same.
  std::uint32_t draw(std::string_view text) const;

  /// The MAC by which what this installation has written outside is known again (storage/formats/place_proof.h).
  Bytes installation_mac(std::span<const std::uint8_t> text) const;

  /// PASSWD of a backup: '*' and 40 hexadecimal digits, the same for the same password, that say nothing about it
  /// to who hasn't the key.
  std::string password_mark(const Secret& password) const;

  /// Kept in the catalogue to tell its key from any other. Says nothing about the key.
  Bytes check() const { return current()->check; }
  bool is_key_of(std::span<const std::uint8_t> check) const { return crypto::equal(check, current()->check); }
  static Result<Bytes> check_of(const Secret& key);

  // ---- roots: what must give the same under every key. Derived from the first key; from the first change on they are
  // rows of the catalogue (catalog/store/key_change.h). set_root() only before other threads use this.
  static constexpr std::array<std::string_view, 3> kRoots = {"draws", "installation", "passwords"};
  const Secret& root(std::string_view name) const;
  void set_root(std::string_view name, Secret value);

  // ---- a change of the key, of the writer's thread. From begin to end open() opens what either key sealed, and seal()
  // seals by the old one. Keys from before the last change go on opening: a reader may hold an older snapshot.
  Result<> begin_change(const Secret& key);
  void end_change(bool changed);
  /// Sealed anew by the key that comes.
  Result<Bytes> seal_anew(const RowIdentity& row, const Secret& plain, const Entropy& entropy) const;
  Bytes next_check() const;

 private:
  /// What a change changes.
  struct Generation {
    Secret rows;
    Secret display;
    Bytes check;
  };
  using GenerationPtr = std::shared_ptr<const Generation>;
  static constexpr std::size_t kEarlier = 8;

  struct Generations {
    mutable std::mutex mutex;
    GenerationPtr current;
    GenerationPtr next;
    std::vector<GenerationPtr> earlier;  ///< the newest last
  };

  static Result<GenerationPtr> generation_of(const Secret& key);
  GenerationPtr current() const;
  GenerationPtr next() const;
  std::vector<GenerationPtr> openers() const;

  Keyring() = default;

  std::unique_ptr<Generations> generations_ = std::make_unique<Generations>();
  std::array<Secret, kRoots.size()> roots_;
};

}  // namespace breakwater::catalog
