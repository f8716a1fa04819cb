#include "catalog/store/keyring.h"

#include <algorithm>
#include <utility>

namespace breakwater::catalog {
namespace {

constexpr std::string_view kRowsPurpose = "breakwater catalogue rows 1";
constexpr std::string_view kDisplayPurpose = "breakwater catalogue display 1";
constexpr std::string_view kDrawsPurpose = "breakwater catalogue draws 1";
constexpr std::string_view kInstallationPurpose = "breakwater installation mac 1";
constexpr std::string_view kPasswordsPurpose = "breakwater backup password mark 1";
constexpr std::string_view kCheckPurpose = "breakwater catalogue key check 1";
constexpr std::size_t kIdentityLengthBytes = 8;

enum Root : std::size_t { kDraws, kInstallation, kPasswords };  // in the order of Keyring::kRoots

std::size_t index_of(std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(Keyring::kRoots, name) - Keyring::kRoots.begin());
}

Bytes copied(const Secret& secret) {
  const auto bytes = secret.reveal_bytes();
  return {bytes.begin(), bytes.end()};
}

}  // namespace

RowIdentity::RowIdentity(std::span<const std::string_view> parts) {
  for (const std::string_view part : parts) {
    put_le(encoded_, part.size(), kIdentityLengthBytes);
    const auto bytes = as_bytes(part);
    encoded_.insert(encoded_.end(), bytes.begin(), bytes.end());
  }
}

Result<Bytes> Keyring::check_of(const Secret& key) {
  BW_TRY(const Secret check, crypto::derive_key(key, kCheckPurpose));
  return copied(check);
}

Result<Keyring::GenerationPtr> Keyring::generation_of(const Secret& key) {
  auto made = std::make_shared<Generation>();
  BW_TRY(made->rows, crypto::derive_key(key, kRowsPurpose));
  BW_TRY(made->display, crypto::derive_key(key, kDisplayPurpose));
  BW_TRY(made->check, check_of(key));
  return made;
}

Result<Keyring> Keyring::derive(const Secret& key) {
  Keyring keyring;
  BW_TRY(keyring.generations_->current, generation_of(key));
  BW_TRY(keyring.roots_[kDraws], crypto::derive_key(key, kDrawsPurpose));
  BW_TRY(keyring.roots_[kInstallation], crypto::derive_key(key, kInstallationPurpose));
  BW_TRY(keyring.roots_[kPasswords], crypto::derive_key(key, kPasswordsPurpose));
  return keyring;
}

Keyring::GenerationPtr Keyring::current() const {
  const std::lock_guard lock(generations_->mutex);
  return generations_->current;
}

Keyring::GenerationPtr Keyring::next() const {
  const std::lock_guard lock(generations_->mutex);
  return generations_->next;
}

// The likeliest first.
std::vector<Keyring::GenerationPtr> Keyring::openers() const {
  const std::lock_guard lock(generations_->mutex);
  std::vector<GenerationPtr> openers = {generations_->current};
  if (generations_->next) openers.push_back(generations_->next);
  openers.insert(openers.end(), generations_->earlier.rbegin(), generations_->earlier.rend());
  return openers;
}

Result<Bytes> Keyring::seal(const RowIdentity& row, const Secret& plain, const Entropy& entropy) const {
  return crypto::seal(current()->rows, plain.reveal(), row.bytes(), entropy);
}

Result<Secret> Keyring::open(const RowIdentity& row, std::span<const std::uint8_t> sealed) const {
  Result<Secret> opened = fail(error::checksum_error());
  for (const GenerationPtr& generation : openers()) {
    opened = crypto::open(generation->rows, sealed, row.bytes());
    if (opened) break;
  }
  return opened;
}

const Secret& Keyring::root(std::string_view name) const {
  return roots_.at(index_of(name));
}

void Keyring::set_root(std::string_view name, Secret value) {
  roots_.at(index_of(name)) = std::move(value);
}

Result<> Keyring::begin_change(const Secret& key) {
  BW_TRY(GenerationPtr coming, generation_of(key));
  const std::lock_guard lock(generations_->mutex);
  generations_->earlier.reserve(kEarlier + 1);  // what follows the commit can't fail
  generations_->next = std::move(coming);
  return {};
}

void Keyring::end_change(bool changed) {
  const std::lock_guard lock(generations_->mutex);
  const GenerationPtr coming = std::exchange(generations_->next, nullptr);
  if (!changed) return;
  auto& earlier = generations_->earlier;
  if (earlier.size() == kEarlier) earlier.erase(earlier.begin());
  earlier.push_back(std::exchange(generations_->current, coming));
}

Result<Bytes> Keyring::seal_anew(const RowIdentity& row, const Secret& plain, const Entropy& entropy) const {
  return crypto::seal(next()->rows, plain.reveal(), row.bytes(), entropy);
}

Bytes Keyring::next_check() const {
  return next()->check;
}

Result<std::string> Keyring::display(const Secret& plain, const Entropy& entropy) const {
  BW_TRY(const Bytes sealed, crypto::seal_cbc128(current()->display, plain.reveal(), entropy));
  return crypto::to_hex(sealed, true);
}

std::uint32_t Keyring::draw(std::string_view text) const {
  const Secret mac = crypto::hmac(crypto::Algorithm::sha256, roots_[kDraws].reveal(), text);
  return static_cast<std::uint32_t>(*ByteReader(mac.reveal_bytes()).get_le(sizeof(std::uint32_t)));
}

Bytes Keyring::installation_mac(std::span<const std::uint8_t> text) const {
  const Secret mac = crypto::hmac(crypto::Algorithm::sha256, roots_[kInstallation].reveal(), as_text(text));
  return copied(mac);
}

std::string Keyring::password_mark(const Secret& password) const {
  const Secret mac = crypto::hmac(crypto::Algorithm::sha1, roots_[kPasswords].reveal(), password.reveal());
  return std::string("*").append(crypto::to_hex(mac.reveal_bytes()));
}

}  // namespace breakwater::catalog
