// Preloaded into the server by the fault tests: makes the n-th allocation fail, and so many behind it. What
// C++ allocates and what C does (SQLite, OpenSSL) come through the same door.
//
// The tests steer it through a file of one page that both sides map (BW_MEMORY_CONTROL); the layout of
// Control is repeated in tests/faults/scarce.py.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <new>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace {

struct Control {
  std::atomic<std::int32_t> armed;
  std::atomic<std::int32_t> countdown;  // 1: the next allocation
  std::atomic<std::int32_t> burst;      // how many fail from there on
  std::atomic<std::int32_t> hits;
  std::atomic<std::int32_t> smallest;  // bytes: smaller ones don't count
};

Control none{};
Control* control = &none;

__attribute__((constructor)) void begin() {
  const char* const path = std::getenv("BW_MEMORY_CONTROL");
  const int file = path == nullptr ? -1 : static_cast<int>(syscall(SYS_open, path, O_RDWR | O_CLOEXEC, 0));
  if (file < 0) return;
  void* const page = mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  syscall(SYS_close, file);
  if (page != MAP_FAILED) control = static_cast<Control*>(page);
}

bool fails(std::size_t size) {
  if (control->armed.load(std::memory_order_relaxed) == 0) return false;
  if (size < static_cast<std::size_t>(control->smallest.load())) return false;
  const std::int32_t left = control->countdown.fetch_sub(1);
  if (left > 1 || left + control->burst <= 1) return false;
  control->hits.fetch_add(1);
  errno = ENOMEM;
  return true;
}

void* checked(void* block) {
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) {
  return fails(size) ? nullptr : __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  return fails(count * size) ? nullptr : __libc_calloc(count, size);
}
void* realloc(void* block, std::size_t size) {
  return fails(size) ? nullptr : __libc_realloc(block, size);
}

}  // extern "C"

void* operator new(std::size_t size) {
  return checked(fails(size) ? nullptr : __libc_malloc(size));
}
void* operator new[](std::size_t size) {
  return checked(fails(size) ? nullptr : __libc_malloc(size));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return checked(fails(size) ? nullptr : __libc_memalign(static_cast<std::size_t>(alignment), size));
}
void operator delete(void* block) noexcept {
  std::free(block);
}
void operator delete(void* block, std::size_t /*size*/) noexcept {
  std::free(block);
}
void operator delete[](void* block) noexcept {
  std::free(block);
}
void operator delete[](void* block, std::size_t /*size*/) noexcept {
  std::free(block);
}
void operator delete(void* block, std::align_val_t /*alignment*/) noexcept {
  std::free(block);
}
void operator delete(void* block, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept {
  std::free(block);
}
