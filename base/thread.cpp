#include "base/thread.h"

#include <fstream>
#include <optional>

#include <sys/resource.h>
#include <unistd.h>

namespace breakwater {
namespace {

std::optional<std::string> first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

std::string limit_text(int which) {
  ::rlimit limit{};
  if (::getrlimit(static_cast<__rlimit_resource>(which), &limit) != 0) return "unknown";
  return limit.rlim_cur == RLIM_INFINITY ? "unlimited" : std::to_string(limit.rlim_cur);
}

// The nearest limit of this process's control group, version 2, as seen from its own mount.
std::string cgroup_text() {
  const auto own = first_line("/proc/self/cgroup");
  std::string path = own && own->starts_with("0::") ? own->substr(3) : "/";
  for (;;) {
    const std::string place = "/sys/fs/cgroup" + (path == "/" ? "" : path);
    const auto most = first_line(place + "/pids.max");
    if (most && *most != "max") {
      const auto now = first_line(place + "/pids.current");
      return "pids.max of its control group is " + *most + " (" + now.value_or("?") + " are in use)";
    }
    if (path.empty() || path == "/") return "its control group has no pids.max that can be seen";
    path.resize(path.rfind('/'));
  }
}

}  // namespace

std::string thread_limits() {
  return "RLIMIT_NPROC (ulimit -u) of user " + std::to_string(::geteuid()) + " is " +
         limit_text(RLIMIT_NPROC) + " for all its processes and threads together, " + cgroup_text() +
         ", RLIMIT_AS (ulimit -v) for their stacks and all else is " + limit_text(RLIMIT_AS);
}

Error thread_refused() {
  return error::start_refused("the system refuses a thread that the server needs: " + thread_limits() +
                              "; raise the limit, or end others that use it up");
}

bool is_out_of_threads(const std::system_error& failed) {
  return failed.code() == std::errc::resource_unavailable_try_again;
}

}  // namespace breakwater
