#include "server/process.h"

#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string_view>
#include <utility>

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/thread.h"

namespace breakwater::server {
namespace {

::sigset_t awaited_signals() {
  ::sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

/// Where the thread that waits for signals puts them. Never destroyed, since that thread outlives main().
struct Mailbox {
  std::mutex mutex;
  std::condition_variable arrived;
  bool held = false;
  bool end = false;
  bool reload = false;
};

Mailbox& mailbox() {
  static Mailbox& box = *new Mailbox;  // NOLINT(cppcoreguidelines-owning-memory)
  return box;
}

// This leaves the same as a crash; the next start settles it.
[[noreturn]] void end_at_once() {
  constexpr std::string_view kText = "breakwater: ended by a signal before it was ready\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kText.data(), kText.size());
  ::_exit(0);
}

void pass_on_signals(const ::sigset_t& set) {
  Mailbox& box = mailbox();
  for (;;) {
    int which = 0;
    if (::sigwait(&set, &which) != 0) continue;
    const std::scoped_lock lock(box.mutex);
    if (which != SIGHUP && !box.held) end_at_once();
    (which == SIGHUP ? box.reload : box.end) = true;
    box.arrived.notify_all();
  }
}

}  // namespace

void prepare_signals() {
  const ::sigset_t set = awaited_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  start_thread("signals", [set] { pass_on_signals(set); }).detach();
}

void hold_signals() {
  Mailbox& box = mailbox();
  const std::scoped_lock lock(box.mutex);
  box.held = true;
}

Signal wait_for_signal(std::chrono::milliseconds at_most) {
  hold_signals();
  Mailbox& box = mailbox();
  std::unique_lock lock(box.mutex);
  if (!box.arrived.wait_for(lock, at_most, [&] { return box.end || box.reload; })) return Signal::none;
  if (std::exchange(box.end, false)) return Signal::end;
  box.reload = false;
  return Signal::reload;
}

void raise_file_limit() {
  ::rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void return_large_memory() {
  // By default malloc raises its threshold when a large block is freed, and then keeps blocks of up to 32
  // MiB.
  constexpr int kLarge = 1 << 20;
  ::mallopt(M_MMAP_THRESHOLD, kLarge);  // NOLINT(concurrency-mt-unsafe): no other thread yet
  ::mallopt(M_TRIM_THRESHOLD, kLarge);  // NOLINT(concurrency-mt-unsafe)
}

void allow_core_dumps(bool allowed) {
  ::prctl(PR_SET_DUMPABLE, allowed ? 1 : 0);
}

// The protocol of sd_notify(3): one datagram; a path that starts with '@' is an abstract socket.
void notify_systemd(std::string_view state) {
  const char* const path = std::getenv("NOTIFY_SOCKET");  // NOLINT(concurrency-mt-unsafe): nobody writes it
  ::sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = path == nullptr ? 0 : std::strlen(path);
  if (length == 0 || length >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0';
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return;
  const auto size = static_cast<::socklen_t>(offsetof(::sockaddr_un, sun_path) + length);
  ::sendto(socket, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const ::sockaddr*>(&address),
           size);
  ::close(socket);
}

Secret take_from_environment(const char* name) {
  char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no other thread yet
  if (value == nullptr) return {};
  const std::string_view text(value);
  Secret secret(text);
  wipe(value, text.size());
  ::unsetenv(name);  // NOLINT(concurrency-mt-unsafe)
  return secret;
}

}  // namespace breakwater::server
