#include "base/block.h"

#include <new>

#include <sys/mman.h>

namespace breakwater {
namespace {

char* mapped(void* at) {
  if (at == MAP_FAILED) throw std::bad_alloc();
  return static_cast<char*>(at);
}

}  // namespace

Block::Block(std::size_t capacity)
    : data_(capacity < kMapped ? static_cast<char*>(::operator new(capacity))
                               : mapped(::mmap(nullptr, capacity, PROT_READ | PROT_WRITE,
                                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))),
      capacity_(capacity) {}

Block::~Block() {
  if (is_mapped()) {
    ::munmap(data_, capacity_);
  } else {
    ::operator delete(data_);
  }
}

bool Block::remap(std::size_t capacity) {
  if (!is_mapped()) return false;
  data_ = mapped(::mremap(data_, capacity_, capacity, MREMAP_MAYMOVE));
  capacity_ = capacity;
  return true;
}

}  // namespace breakwater
