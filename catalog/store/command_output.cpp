#include "catalog/store/command_output.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catalog/store/data_directory.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): where <unistd.h> hides it

namespace breakwater::catalog {
namespace {

constexpr int kNoProcess = -1;
constexpr std::chrono::milliseconds kLook{20};  ///< between two looks whether a silent command has ended
constexpr std::string_view kHint =
    "run it by hand, as the server's user; the log has what it wrote to standard error";

using SteadyClock = std::chrono::steady_clock;

/// A child in a process group of its own; killed with the group unless wait() saw its end.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ == kNoProcess) return;
    ::kill(-pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
  }

  /// Whether it has ended; then `status` is what waitpid() says.
  bool ended(int& status) {
    if (pid_ != kNoProcess && ::waitpid(pid_, &status, WNOHANG) == pid_) pid_ = kNoProcess;
    return pid_ == kNoProcess;
  }

 private:
  pid_t pid_;
};

class SpawnSetup {
 public:
  SpawnSetup() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

// The server's threads block signals and ignore some; the command is to have none of that.
Result<pid_t> start_command(const std::string& command, int output) {
  SpawnSetup setup;
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  const auto flags =
      static_cast<short>(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  int failed = posix_spawnattr_setflags(&setup.attributes, flags);
  if (failed == 0) failed = posix_spawnattr_setpgroup(&setup.attributes, 0);
  if (failed == 0) failed = posix_spawnattr_setsigmask(&setup.attributes, &none);
  if (failed == 0) failed = posix_spawnattr_setsigdefault(&setup.attributes, &all);
  if (failed == 0)
    failed = posix_spawn_file_actions_addopen(&setup.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (failed == 0) failed = posix_spawn_file_actions_adddup2(&setup.actions, output, STDOUT_FILENO);
  if (failed == 0) failed = posix_spawn_file_actions_addclosefrom_np(&setup.actions, STDERR_FILENO + 1);
  std::string shell = "sh";
  std::string option = "-c";
  std::string text = command;
  std::array<char*, 4> arguments = {shell.data(), option.data(), text.data(), nullptr};
  pid_t pid = kNoProcess;
  if (failed == 0)
    failed = posix_spawn(&pid, "/bin/sh", &setup.actions, &setup.attributes, arguments.data(), environ);
  if (failed == 0) return pid;
  return fail(
      refusal("the command of the catalogue's key can't be run: " + std::string(std::strerror(failed)),
              std::string(kHint)));
}

Error failure_of(int status) {
  const std::string how = WIFSIGNALED(status)
                              ? "was ended by signal " + std::to_string(WTERMSIG(status))
                              : "failed with exit code " + std::to_string(WEXITSTATUS(status));
  return refusal("the command of the catalogue's key " + how, std::string(kHint));
}

/// Bytes as they come; wiped when they go.
class Output {
 public:
  explicit Output(std::size_t most) : most_(most), bytes_(most + kAtOnce) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() { wipe(bytes_.data(), bytes_.size()); }

  /// Returns false at the end. What there is no room for is read too, so that the command comes to its own.
  bool take(int pipe) {
    const std::size_t place = std::min(size_, bytes_.size() - kAtOnce);
    const auto got = ::read(pipe, bytes_.data() + place, kAtOnce);
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    size_ = std::min(place + static_cast<std::size_t>(got), most_);
    return got > 0;
  }
  Secret content() const { return Secret(std::string_view(bytes_.data(), size_)); }

 private:
  static constexpr std::size_t kAtOnce = 4096;

  const std::size_t most_;
  std::vector<char> bytes_;  ///< behind the first `most_` is what is left out
  std::size_t size_ = 0;
};

}  // namespace

Result<Secret> output_of_command(const std::string& command, std::size_t most,
                                 std::chrono::milliseconds time) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return fail(system_refusal("can't make a pipe"));
  const FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  ::fcntl(writing.get(), F_SETFL, 0);  // the command's end waits
  BW_TRY(const pid_t pid, start_command(command, writing.get()));
  Child child(pid);
  writing = FileDescriptor();
  Output output(most);
  const auto deadline = SteadyClock::now() + time;
  bool open = true;
  int status = 0;
  // What it has started may hold the pipe open behind its end: what is there by then counts.
  while (!child.ended(status)) {
    if (SteadyClock::now() >= deadline) {
      return fail(refusal("the command of the catalogue's key isn't at its end after " +
                              std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time).count()) +
                              " s",
                          std::string(kHint)));
    }
    pollfd wait{.fd = open ? reading.get() : -1, .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, static_cast<int>(kLook.count())) > 0) open = output.take(reading.get());
  }
  while (open && SteadyClock::now() < deadline && output.take(reading.get())) {
    pollfd more{.fd = reading.get(), .events = POLLIN, .revents = 0};
    if (::poll(&more, 1, 0) <= 0) break;
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return fail(failure_of(status));
  return output.content();
}

}  // namespace breakwater::catalog
