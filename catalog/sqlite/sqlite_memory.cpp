// The methods of sqlite.org/c3ref/mem_methods.html on malloc. SQLite's own statistics are off, since they
// take a lock at each call; our accounts count the sizes that malloc really gives.
#include "catalog/sqlite/sqlite_memory.h"

#include <cstdlib>

#include <malloc.h>
#include <sqlite3.h>

namespace breakwater::catalog::sqlite {

namespace detail {
constinit thread_local StatementMemory* charged = nullptr;
}

namespace {

// NOLINTBEGIN(cppcoreguidelines-no-malloc): they are what SQLite asks for

void* take(int bytes) {
  void* const place = std::malloc(static_cast<std::size_t>(bytes));
  if (detail::charged == nullptr || place == nullptr) return place;
  if (detail::charged->compute(::malloc_usable_size(place))) return place;
  std::free(place);
  return nullptr;
}

void give(void* place) {
  if (detail::charged != nullptr) detail::charged->uncompute(::malloc_usable_size(place));
  std::free(place);
}

// Asks the account for more before it enlarges a block: realloc() can't be undone.
void* resize(void* place, int bytes) {
  if (detail::charged == nullptr) return std::realloc(place, static_cast<std::size_t>(bytes));
  const std::size_t before = ::malloc_usable_size(place);
  const auto wanted = static_cast<std::size_t>(bytes);
  const std::size_t ahead = wanted > before ? wanted - before : 0;
  if (!detail::charged->compute(ahead)) return nullptr;
  void* const moved = std::realloc(place, wanted);
  if (moved == nullptr) {
    detail::charged->uncompute(ahead);
    return nullptr;
  }
  const std::size_t after = ::malloc_usable_size(moved);
  if (after < before + ahead) detail::charged->uncompute(before + ahead - after);
  // malloc gave slightly more by rounding; count it, since free() gives back the real size.
  if (after > before + ahead) static_cast<void>(detail::charged->compute(after - before - ahead));
  return moved;
}

// NOLINTEND(cppcoreguidelines-no-malloc)

int size_of(void* place) {
  return static_cast<int>(::malloc_usable_size(place));
}

int rounded(int bytes) {
  constexpr int kWord = 8;
  return (bytes + kWord - 1) / kWord * kWord;
}

int start(void* /*data*/) {
  return SQLITE_OK;
}

void stop(void* /*data*/) {}

}  // namespace

void count_memory() {
  [[maybe_unused]] static const bool counted = [] {
    sqlite3_mem_methods methods{.xMalloc = take,
                                .xFree = give,
                                .xRealloc = resize,
                                .xSize = size_of,
                                .xRoundup = rounded,
                                .xInit = start,
                                .xShutdown = stop,
                                .pAppData = nullptr};
    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    return true;
  }();
}

}  // namespace breakwater::catalog::sqlite
