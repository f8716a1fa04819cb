// Preloaded into the server by tests/protocol/flat.py: counts what its C++ allocates and how often it sends,
// in a file of two little-endian 64-bit numbers (BW_COUNTS) that the test reads.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

struct Counts {
  std::atomic<std::uint64_t> allocations{0};
  std::atomic<std::uint64_t> sends{0};
};

Counts unseen;
Counts* counts = &unseen;

__attribute__((constructor)) void begin() {
  const char* const file = std::getenv("BW_COUNTS");
  const int handle = file == nullptr ? -1 : ::open(file, O_RDWR | O_CLOEXEC);
  if (handle < 0) return;
  void* const page = ::mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED, handle, 0);
  ::close(handle);
  if (page != MAP_FAILED) counts = static_cast<Counts*>(page);
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

// What the program's C++ allocates; SQLite, in C, has malloc of its own.
void* operator new(std::size_t size) {
  ++counts->allocations;
  if (void* const block = std::malloc(size)) return block;
  throw std::bad_alloc();
}

extern "C" {

ssize_t send(int socket, const void* data, std::size_t size, int flags) {
  static const auto real = next<ssize_t (*)(int, const void*, std::size_t, int)>("send");
  ++counts->sends;
  return real(socket, data, size, flags);
}

ssize_t sendmsg(int socket, const msghdr* message, int flags) {
  static const auto real = next<ssize_t (*)(int, const msghdr*, int)>("sendmsg");
  ++counts->sends;
  return real(socket, message, flags);
}

ssize_t write(int file, const void* data, std::size_t size) {
  static const auto real = next<ssize_t (*)(int, const void*, std::size_t)>("write");
  ++counts->sends;
  return real(file, data, size);
}

}  // extern "C"
