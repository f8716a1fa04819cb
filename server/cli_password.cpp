#include "server/cli_password.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace breakwater::cli {
namespace {

constexpr std::size_t kMaxLine = 4096;  ///< bytes, of a secret that comes from a file or is typed

/// Reads a line from `descriptor` (without its end) into a Secret, through a buffer that is wiped. Nullopt if it is longer than
/// kMaxLine: a secret is never cut.
std::optional<Secret> read_line(int descriptor) {
  std::string line(kMaxLine + 2, '\0');  // with its end
  std::size_t size = 0;
  while (size < line.size()) {
    const ssize_t count = ::read(descriptor, line.data() + size, line.size() - size);
    if (count <= 0) break;
    size += static_cast<std::size_t>(count);
    if (line.find('\n', size - static_cast<std::size_t>(count)) < size) break;
  }
  const std::size_t end = std::min(line.find_first_of("\r\n"), size);
  std::optional<Secret> secret;
  if (end <= kMaxLine) secret.emplace(std::string_view(line).substr(0, end));
  wipe(line);
  return secret;
}

}  // namespace

Result<Secret> read_secret_line(const std::string& file, std::string_view what) {
  const int descriptor = file == "-" ? STDIN_FILENO : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return fail(error::setting_file("can't read " + std::string(what) + " " + file));
  auto secret = read_line(descriptor);
  if (descriptor != STDIN_FILENO) ::close(descriptor);
  if (!secret)
    return fail(error::setting_file("the first line of " + std::string(what) + " is longer than " +
                                    std::to_string(kMaxLine) + " bytes"));
  return *std::move(secret);
}

Result<Secret> read_password_file(const std::string& file) {
  return read_secret_line(file, "the password file");
}

Secret ask_for_password() {
  ::termios before{};
  if (::tcgetattr(STDIN_FILENO, &before) != 0) return {};
  ::termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);  // before it asks: what is typed already is dropped here
  std::fputs("Password: ", stderr);
  auto secret = read_line(STDIN_FILENO);  // a terminal gives at most kMaxLine
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  std::fputs("\n", stderr);
  return std::move(secret).value_or(Secret{});
}

}  // namespace breakwater::cli
