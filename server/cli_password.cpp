#include "server/cli_password.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace breakwater::cli {
namespace {

constexpr std::size_t kMaxPasswordFile = 4096;

/// Reads a line from `descriptor` (without its end) into a Secret, through a buffer that is wiped.
Secret read_line(int descriptor) {
  std::string line(kMaxPasswordFile, '\0');
  std::size_t size = 0;
  while (size < line.size()) {
    const ssize_t count = ::read(descriptor, line.data() + size, line.size() - size);
    if (count <= 0) break;
    size += static_cast<std::size_t>(count);
    if (line.find('\n', size - static_cast<std::size_t>(count)) < size) break;
  }
  const std::size_t end = std::min(line.find_first_of("\r\n"), size);
  Secret secret(std::string_view(line).substr(0, end));
  wipe(line);
  return secret;
}

}  // namespace

Result<Secret> read_secret_line(const std::string& file, std::string_view what) {
  if (file == "-") return read_line(STDIN_FILENO);
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return fail(error::setting_file("can't read " + std::string(what) + " " + file));
  Secret secret = read_line(descriptor);
  ::close(descriptor);
  return secret;
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
  Secret secret = read_line(STDIN_FILENO);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  std::fputs("\n", stderr);
  return secret;
}

}  // namespace breakwater::cli
