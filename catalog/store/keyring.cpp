#include "catalog/store/keyring.h"

#include <array>

#include <fcntl.h>
#include <sys/stat.h>

#include "catalog/store/data_directory.h"

namespace breakwater::catalog {
namespace {

constexpr std::string_view kRowsPurpose = "breakwater catalogue rows 1";
constexpr std::string_view kDisplayPurpose = "breakwater catalogue display 1";
constexpr std::string_view kDrawsPurpose = "breakwater catalogue draws 1";
constexpr std::string_view kInstallationPurpose = "breakwater installation mac 1";
constexpr std::string_view kPasswordsPurpose = "breakwater backup password mark 1";
constexpr std::string_view kCheckPurpose = "breakwater catalogue key check 1";
constexpr std::size_t kIdentityLengthBytes = 8;

// One byte more than a key: a longer file is not one.
using KeyBuffer = std::array<char, crypto::kKeySize + 1>;

std::size_t read_all(int fd, KeyBuffer& buffer) {
  std::size_t size = 0;
  while (size < buffer.size()) {
    const auto got = ::read(fd, buffer.data() + size, buffer.size() - size);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  return size;
}

void warn_if_open(int fd, const std::string& path, Log& log) {
  struct stat status{};
  if (::fstat(fd, &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    log.warning("the key file " + path + " can be read by others; chmod it to 0600");
  }
}

bool write_durably(int fd, const Secret& key) {
  const std::string_view bytes = key.reveal();
  return ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(fd) == 0;
}

}  // namespace

RowIdentity::RowIdentity(std::span<const std::string_view> parts) {
  for (const std::string_view part : parts) {
    put_le(encoded_, part.size(), kIdentityLengthBytes);
    const auto bytes = as_bytes(part);
    encoded_.insert(encoded_.end(), bytes.begin(), bytes.end());
  }
}

Result<Keyring> Keyring::derive(const Secret& key) {
  BW_TRY(Secret rows, crypto::derive_key(key, kRowsPurpose));
  BW_TRY(Secret display, crypto::derive_key(key, kDisplayPurpose));
  BW_TRY(Secret draws, crypto::derive_key(key, kDrawsPurpose));
  BW_TRY(Secret installation, crypto::derive_key(key, kInstallationPurpose));
  BW_TRY(Secret passwords, crypto::derive_key(key, kPasswordsPurpose));
  BW_TRY(const Secret check, crypto::derive_key(key, kCheckPurpose));
  const auto bytes = check.reveal_bytes();
  return Keyring(std::move(rows), std::move(display), std::move(draws), std::move(installation),
                 std::move(passwords), Bytes(bytes.begin(), bytes.end()));
}

Result<Bytes> Keyring::seal(const RowIdentity& row, const Secret& plain, const Entropy& entropy) const {
  return crypto::seal(rows_, plain.reveal(), row.bytes(), entropy);
}

Result<Secret> Keyring::open(const RowIdentity& row, std::span<const std::uint8_t> sealed) const {
  return crypto::open(rows_, sealed, row.bytes());
}

Result<std::string> Keyring::display(const Secret& plain, const Entropy& entropy) const {
  BW_TRY(const Bytes sealed, crypto::seal_cbc128(display_, plain.reveal(), entropy));
  return crypto::to_hex(sealed, true);
}

std::uint32_t Keyring::draw(std::string_view text) const {
  const Secret mac = crypto::hmac(crypto::Algorithm::sha256, draws_.reveal(), text);
  return static_cast<std::uint32_t>(*ByteReader(mac.reveal_bytes()).get_le(sizeof(std::uint32_t)));
}

Bytes Keyring::installation_mac(std::span<const std::uint8_t> text) const {
  const Secret mac = crypto::hmac(crypto::Algorithm::sha256, installation_.reveal(), as_text(text));
  const auto bytes = mac.reveal_bytes();
  return {bytes.begin(), bytes.end()};
}

std::string Keyring::password_mark(const Secret& password) const {
  const Secret mac = crypto::hmac(crypto::Algorithm::sha1, passwords_.reveal(), password.reveal());
  return std::string("*").append(crypto::to_hex(mac.reveal_bytes()));
}

Result<Secret> load_key_file(const std::string& path, Log& log) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) {
    Error error = system_refusal("the key file of the catalogue, " + path + ", can't be read");
    return fail(
        std::move(error).with_hint("put back the key file that was made with this catalogue: without it its "
                                   "secrets can't be opened, and "
                                   "no new key is made"));
  }
  warn_if_open(file.get(), path, log);
  KeyBuffer buffer{};
  const std::size_t size = read_all(file.get(), buffer);
  Secret key(std::string_view(buffer.data(), size));
  wipe(buffer.data(), buffer.size());
  if (size == crypto::kKeySize) return key;
  return fail(refusal(
      "the key file " + path + " does not hold a key of " + std::to_string(crypto::kKeySize) + " bytes",
      "put back the key file that was made with this catalogue"));
}

Result<Secret> create_key_file(const std::string& path, const Entropy& entropy) {
  const std::string unfinished = path + std::string(kUnfinished);
  ::unlink(unfinished.c_str());  // of a start that was cut off
  Secret key = crypto::random_secret(crypto::kKeySize, entropy);
  const FileDescriptor file(
      ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid() || !write_durably(file.get(), key)) {
    return fail(system_refusal("can't write the key file " + unfinished));
  }
  if (::link(unfinished.c_str(), path.c_str()) != 0) {
    return fail(system_refusal("can't make the key file " + path));
  }
  ::unlink(unfinished.c_str());
  BW_CHECK(sync_directory(parent_directory(path)));
  return key;
}

}  // namespace breakwater::catalog
