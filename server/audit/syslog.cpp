#include "server/audit/syslog.h"

#include <array>
#include <ctime>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace breakwater::server {
namespace {

constexpr int kAuthPriv = 10;
constexpr int kInfo = 6;

/// "<86>Jan  1 12:00:00 breakwater[7]: ", as RFC 3164 has it and syslog(3) writes it.
std::string header() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::localtime_r(&now, &parts);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%b %e %H:%M:%S", &parts);
  return "<" + std::to_string(kAuthPriv * 8 + kInfo) + ">" + std::string(text.data(), size) + " breakwater[" +
         std::to_string(::getpid()) + "]: ";
}

}  // namespace

Syslog::~Syslog() {
  close();
}

void Syslog::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

bool Syslog::connect() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof(address.sun_path)) return false;
  socket_.copy(address.sun_path, socket_.size());
  descriptor_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor_ < 0) return false;
  // The interface of sockets takes any kind of address by a pointer to this one.
  const auto* any = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(descriptor_, any, sizeof(address)) == 0) return true;
  close();
  return false;
}

// A system's log that was started anew has another socket.
bool Syslog::send(std::string_view line) {
  while (line.ends_with('\n')) line.remove_suffix(1);
  const std::string text = header().append(line);
  for (int tries = 0; tries < 2; ++tries) {
    if (descriptor_ < 0 && !connect()) return false;
    if (::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL) >= 0) return true;
    close();
  }
  return false;
}

}  // namespace breakwater::server
