#include "catalog/store/key_source.h"

#include <array>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

#include "catalog/store/command_output.h"
#include "catalog/store/data_directory.h"
#include "catalog/store/keyring.h"

namespace breakwater::catalog {
namespace {

constexpr std::string_view kNew = ".new";
constexpr std::string_view kPutBack =
    "put back the key that was made with this catalogue; no new key is made";

// One byte more than may stand there: a longer file holds no keys.
Result<Secret> read_whole(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) {
    Error error = system_refusal("the key file of the catalogue, " + path + ", can't be read");
    return fail(
        std::move(error).with_hint("put back the key file that was made with this catalogue: without it its "
                                   "secrets can't be opened, and "
                                   "no new key is made"));
  }
  std::array<char, KeySource::kMostBytes + 1> buffer{};
  std::size_t size = 0;
  while (size < buffer.size()) {
    const auto got = ::read(file.get(), buffer.data() + size, buffer.size() - size);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  Secret content(std::string_view(buffer.data(), size));
  wipe(buffer.data(), buffer.size());
  return content;
}

std::string_view without_blanks(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t begin = line.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(kBlanks) + 1 - begin);
}

std::optional<Secret> key_of_line(std::string_view line) {
  auto bytes = crypto::from_hex(line);
  if (!bytes) return std::nullopt;
  Secret key{std::span<const std::uint8_t>(*bytes)};
  wipe(bytes->data(), bytes->size());
  if (key.size() != crypto::kKeySize) return std::nullopt;
  return key;
}

// 32 bytes, or lines of hexadecimal digits. Empty: neither.
std::vector<Secret> keys_in(const Secret& content) {
  std::vector<Secret> keys;
  if (content.size() == crypto::kKeySize) {
    keys.push_back(content.clone());
    return keys;
  }
  std::string_view rest = content.reveal();
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = without_blanks(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty()) continue;
    auto key = key_of_line(line);
    if (!key) return {};
    keys.push_back(*std::move(key));
  }
  return keys;
}

Result<bool> is_told_by(const Secret& key, std::span<const std::uint8_t> check) {
  BW_TRY(const Bytes own, Keyring::check_of(key));
  return crypto::equal(own, check);
}

// Renaming replaces a file, not the symbolic link that leads to it.
std::string real_path(const std::string& path) {
  std::error_code failed;
  const auto real = std::filesystem::canonical(path, failed);
  return failed ? path : real.string();
}

std::string new_path(const std::string& path) {
  return real_path(path).append(kNew);
}

/// Whether the file is there and holds the key that `check` tells, alone or with others.
Result<bool> holds(const std::string& path, std::span<const std::uint8_t> check) {
  if (!file_exists(path)) return false;
  BW_TRY(const Secret content, read_whole(path));
  for (const Secret& key : keys_in(content)) {
    BW_TRY(const bool told, is_told_by(key, check));
    if (told) return true;
  }
  return false;
}

bool write_durably(int fd, const Secret& key) {
  const std::string_view bytes = key.reveal();
  return ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(fd) == 0;
}

}  // namespace

Result<> write_key(const std::string& path, const Secret& key) {
  const std::string unfinished = path + std::string(kUnfinished);
  ::unlink(unfinished.c_str());  // of a start that was cut off
  const FileDescriptor file(
      ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid() || !write_durably(file.get(), key)) {
    Error error = system_refusal("can't write the key file " + unfinished);
    ::unlink(unfinished.c_str());
    return fail(std::move(error));
  }
  const bool linked = ::link(unfinished.c_str(), path.c_str()) == 0;
  if (!linked) {
    Error error = system_refusal("can't make the key file " + path);
    ::unlink(unfinished.c_str());
    return fail(std::move(error));
  }
  ::unlink(unfinished.c_str());
  return sync_directory(parent_directory(path));
}

std::string KeySource::name() const {
  return place_.command.empty() ? "the key file " + place_.file : "the command of catalog_key_command";
}

Result<std::vector<Secret>> KeySource::keys() const {
  Result<Secret> content = place_.command.empty()
                               ? read_whole(place_.file)
                               : output_of_command(place_.command, kMostBytes + 1, kCommandTime);
  if (!content) return fail(std::move(content).error());
  std::vector<Secret> keys = keys_in(*content);
  if (!keys.empty()) return keys;
  return fail(refusal(
      name() + " does not hold a key of " + std::to_string(crypto::kKeySize) + " bytes",
      "it must be " + std::to_string(crypto::kKeySize) + " bytes, or lines of " +
          std::to_string(2 * crypto::kKeySize) +
          " hexadecimal digits, one for each key: put back the key that was made with this catalogue"));
}

void KeySource::warn_if_open(Log& log) const {
  struct stat status{};
  const bool open = makes_keys() && ::stat(place_.file.c_str(), &status) == 0 &&
                    (status.st_mode & (S_IRWXG | S_IRWXO)) != 0;
  if (open) log.warning("the key file " + place_.file + " can be read by others; chmod it to 0600");
}

Result<Secret> KeySource::find(std::span<const std::uint8_t> check) const {
  BW_TRY(std::vector<Secret> found, keys());
  const std::string unsettled = new_path(place_.file);
  if (makes_keys() && file_exists(unsettled)) {
    BW_TRY(const Secret content, read_whole(unsettled));
    for (Secret& key : keys_in(content)) found.push_back(std::move(key));
  }
  for (Secret& key : found) {
    BW_TRY(const bool told, is_told_by(key, check));
    if (told) return std::move(key);
  }
  return fail(refusal(name() + " is not the one of this catalogue", std::string(kPutBack)));
}

Result<Secret> KeySource::first(const Entropy& entropy) const {
  if (!makes_keys() || file_exists(place_.file)) {
    // A cut-off start may leave a second name for it.
    if (makes_keys()) ::unlink((place_.file + std::string(kUnfinished)).c_str());
    BW_TRY(std::vector<Secret> found, keys());
    return std::move(found.front());
  }
  Secret key = crypto::random_secret(crypto::kKeySize, entropy);
  BW_CHECK(write_key(place_.file, key));
  return key;
}

Result<Secret> KeySource::next(std::span<const std::uint8_t> check, const Entropy& entropy) const {
  if (makes_keys()) BW_CHECK(settle(check));
  const std::lock_guard lock(changing_);
  BW_TRY(std::vector<Secret> found, keys());
  for (Secret& key : found) {
    BW_TRY(const bool told, is_told_by(key, check));
    if (!told) return std::move(key);
  }
  if (!makes_keys()) {
    return fail(
        refusal(name() + " gives no other key than the present one",
                "let it give the new key too, each as a line of 64 hexadecimal digits, and the old one "
                "until the statement has succeeded"));
  }
  const std::string path = new_path(place_.file);
  if (file_exists(path)) {
    BW_TRY(const Secret content, read_whole(path));
    std::vector<Secret> left = keys_in(content);
    if (!left.empty()) return std::move(left.front());
    return fail(refusal("the file " + path + " is in the way, and is no key", "remove it, and try again"));
  }
  Secret key = crypto::random_secret(crypto::kKeySize, entropy);
  auto written = write_key(path, key);
  if (!written) {
    return fail(std::move(written).error().with_hint(
        "the new key is made beside the old one, in a directory that the server may write"));
  }
  return key;
}

Result<> KeySource::settle(std::span<const std::uint8_t> check) const {
  if (!makes_keys()) return {};
  const std::lock_guard lock(changing_);
  BW_TRY(const bool settled, holds(place_.file, check));
  if (settled) return {};
  const std::string path = new_path(place_.file);
  BW_TRY(const bool there, holds(path, check));
  if (!there) return fail(refusal(name() + " is not the one of this catalogue", std::string(kPutBack)));
  const std::string place = real_path(place_.file);
  if (::rename(path.c_str(), place.c_str()) != 0)
    return fail(system_refusal("can't rename the key file " + path + " to " + place));
  return sync_directory(parent_directory(place));
}

Result<> KeySource::tidy(std::span<const std::uint8_t> check, Log& log) const {
  if (!makes_keys()) return {};
  BW_CHECK(settle(check));
  const std::string path = new_path(place_.file);
  ::unlink((path + std::string(kUnfinished)).c_str());
  if (!file_exists(path)) return {};
  if (::unlink(path.c_str()) != 0) return fail(system_refusal("can't remove the key file " + path));
  log.info("removed " + path + ", which a change of the catalogue's key that was cut off had left");
  return sync_directory(parent_directory(path));
}

}  // namespace breakwater::catalog
