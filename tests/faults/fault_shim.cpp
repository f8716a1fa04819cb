// Preloaded into the server by the fault tests: makes the n-th call of one kind on files below one directory
// fail with a chosen errno, hang until it is let go, or kill the process; or makes fsync and fdatasync do
// nothing; or the n-th thread not be made. Everything else goes through.
//
// The tests steer it through a file of one page that both sides map (BW_FAULT_CONTROL); the layout of Control
// is repeated in tests/faults/faults.py. A close that fails has closed the descriptor, as on Linux.
//
// With BW_FAULT_MOUNTINFO the process sees that file as its /proc/self/mountinfo: directories that pass for
// mounts of their own.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

enum Operation : std::int32_t {
  kNone,
  kFsync,
  kFdatasync,
  kLink,
  kRename,
  kWrite,
  kPwrite,
  kClose,
  kOpen,
  kMkdir,
  kUnlink,
  kSync,    // fsync and fdatasync
  kThread,  // pthread_create, whatever the prefix
  kAny,     // each of the above but for kThread
};

constexpr std::int32_t kIgnored = -1;  // in place of an errno: the call does nothing and succeeds
constexpr std::int32_t kKilled = -2;   // in place of an errno: the process is killed before the call

struct Control {
  std::atomic<std::int32_t> operation;
  std::atomic<std::int32_t> error;      // errno, kIgnored, or 0: hang until `released`
  std::atomic<std::int32_t> countdown;  // 1: the next matching call; 0 and less: done
  std::atomic<std::int32_t> every;      // 1: each matching call from the countdown's end on
  std::atomic<std::int32_t> hits;       // how many calls failed or hung
  std::atomic<std::int32_t> released;
  char prefix[4000];
};

constexpr std::size_t kPath = 8192;

Control* map_control() {
  const char* path = std::getenv("BW_FAULT_CONTROL");
  if (path == nullptr) return nullptr;
  const int file = static_cast<int>(syscall(SYS_open, path, O_RDWR | O_CLOEXEC, 0));
  if (file < 0) return nullptr;
  void* page = mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  syscall(SYS_close, file);
  return page == MAP_FAILED ? nullptr : static_cast<Control*>(page);
}

Control* control() {
  static Control* const mapped = map_control();
  return mapped;
}

// The audit's file is written by a thread of its own when it comes to it, so its calls would be counted by chance: they only
// count where the prefix names it.
bool below_prefix(const char* path) {
  constexpr const char* kAudit = "/audit.log";
  const std::size_t length = std::strlen(control()->prefix);
  if (length == 0 || std::strncmp(path, control()->prefix, length) != 0) return false;
  return std::strstr(path, kAudit) == nullptr || std::strstr(control()->prefix, kAudit) != nullptr;
}

bool descriptor_below(int descriptor) {
  char link[64];
  char path[kPath];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const long length = syscall(SYS_readlink, link, path, sizeof path - 1);
  if (length < 0) return false;
  path[length] = '\0';
  return below_prefix(path);
}

bool name_below(int directory, const char* name) {
  if (name[0] == '/') return below_prefix(name);
  return directory != AT_FDCWD && descriptor_below(directory);
}

void hang() {
  const timespec pause{0, 2'000'000};
  while (control()->released == 0) nanosleep(&pause, nullptr);
}

// Whether this call, which matches, is the one to fail; hangs instead where that is asked for.
bool fails() {
  Control& page = *control();
  const std::int32_t left = page.countdown.fetch_sub(1);
  if (left > 1 || (left < 1 && page.every == 0)) return false;
  page.hits.fetch_add(1);
  if (page.error == 0) {
    hang();
    return false;
  }
  if (page.error == kKilled) kill(getpid(), SIGKILL);
  errno = page.error;
  return true;
}

bool armed(Operation operation) {
  if (control() == nullptr) return false;
  const std::int32_t wanted = control()->operation;
  return wanted == operation || (wanted == kAny && operation != kSync && operation != kThread);
}

bool fails_on(Operation operation, int descriptor) {
  return armed(operation) && descriptor_below(descriptor) && fails();
}

bool sync_fails(Operation operation, int descriptor) {
  return fails_on(operation, descriptor) || fails_on(kSync, descriptor);
}

int sync_answer() {
  return control()->error == kIgnored ? 0 : -1;
}

bool fails_at(Operation operation, int directory, const char* name) {
  return armed(operation) && name_below(directory, name) && fails();
}

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

#define REAL(name) static auto* const real = next<decltype(::name)>(#name)

extern "C" {

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*),
                   void* argument) noexcept {
  REAL(pthread_create);
  if (armed(kThread) && fails()) return control()->error;
  return real(thread, attributes, run, argument);
}

int fsync(int descriptor) {
  REAL(fsync);
  return sync_fails(kFsync, descriptor) ? sync_answer() : real(descriptor);
}

int fdatasync(int descriptor) {
  REAL(fdatasync);
  return sync_fails(kFdatasync, descriptor) ? sync_answer() : real(descriptor);
}

int link(const char* from, const char* to) noexcept {
  REAL(link);
  return fails_at(kLink, AT_FDCWD, to) ? -1 : real(from, to);
}

int linkat(int from_directory, const char* from, int directory, const char* to, int flags) noexcept {
  REAL(linkat);
  return fails_at(kLink, directory, to) ? -1 : real(from_directory, from, directory, to, flags);
}

int rename(const char* from, const char* to) noexcept {
  REAL(rename);
  return fails_at(kRename, AT_FDCWD, to) ? -1 : real(from, to);
}

int renameat(int from_directory, const char* from, int directory, const char* to) noexcept {
  REAL(renameat);
  return fails_at(kRename, directory, to) ? -1 : real(from_directory, from, directory, to);
}

int renameat2(int from_directory, const char* from, int directory, const char* to, unsigned flags) noexcept {
  REAL(renameat2);
  return fails_at(kRename, directory, to) ? -1 : real(from_directory, from, directory, to, flags);
}

ssize_t write(int descriptor, const void* data, std::size_t size) {
  REAL(write);
  return fails_on(kWrite, descriptor) ? -1 : real(descriptor, data, size);
}

ssize_t pwrite(int descriptor, const void* data, std::size_t size, off_t offset) {
  REAL(pwrite);
  return fails_on(kPwrite, descriptor) ? -1 : real(descriptor, data, size, offset);
}

ssize_t pwrite64(int descriptor, const void* data, std::size_t size, off64_t offset) {
  REAL(pwrite64);
  return fails_on(kPwrite, descriptor) ? -1 : real(descriptor, data, size, offset);
}

int close(int descriptor) {
  REAL(close);
  const bool failing = fails_on(kClose, descriptor);
  const int error = errno;
  const int done = real(descriptor);
  if (!failing) return done;
  errno = error;
  return -1;
}

int mkdir(const char* path, mode_t mode) noexcept {
  REAL(mkdir);
  return fails_at(kMkdir, AT_FDCWD, path) ? -1 : real(path, mode);
}

int mkdirat(int directory, const char* path, mode_t mode) noexcept {
  REAL(mkdirat);
  return fails_at(kMkdir, directory, path) ? -1 : real(directory, path, mode);
}

int unlink(const char* path) noexcept {
  REAL(unlink);
  return fails_at(kUnlink, AT_FDCWD, path) ? -1 : real(path);
}

int unlinkat(int directory, const char* path, int flags) noexcept {
  REAL(unlinkat);
  return fails_at(kUnlink, directory, path) ? -1 : real(directory, path, flags);
}

FILE* fopen64(const char* path, const char* mode) {
  REAL(fopen64);
  const char* mounts = std::getenv("BW_FAULT_MOUNTINFO");
  const bool asked = mounts != nullptr && std::strcmp(path, "/proc/self/mountinfo") == 0;
  return real(asked ? mounts : path, mode);
}

// openat2 has no wrapper in this C library: it comes through syscall(). Only openat2's arguments are looked
// at.
long syscall(long number, ...) noexcept {
  va_list list;
  va_start(list, number);
  long args[6];
  for (long& arg : args) arg = va_arg(list, long);
  va_end(list);
  static auto* const real = next<long(long, ...)>("syscall");
  if (number == SYS_openat2 && control() != nullptr) {
    if (fails_at(kOpen, static_cast<int>(args[0]), reinterpret_cast<const char*>(args[1]))) return -1;
  }
  return real(number, args[0], args[1], args[2], args[3], args[4], args[5]);
}

}  // extern "C"
