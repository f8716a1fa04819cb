// The catalogue's file gives back what it doesn't need.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "base/log.h"
#include "catalog/sqlite/sqlite.h"

namespace breakwater::catalog {

/// Pages that may stay free: writing takes them again.
inline constexpr std::int64_t kKeptFreePages = 1024;

/// A file that was made without auto_vacuum is written anew with it, where that takes no more than this. A
/// larger one stays as it is, which the log says each time; so does one that there is no room for.
inline constexpr std::int64_t kMaxRewritten = std::int64_t{128} << 20U;
void make_shrinkable(sqlite::Connection& connection, Log& log);

/// Whether so many pages are free that some are to go. False for a file that can't shrink.
Result<bool> is_to_shrink(sqlite::Connection& connection);

/// Gives some of the free pages back, in a transaction of its own that takes milliseconds. True: there are
/// more.
Result<bool> shrink_a_little(sqlite::Connection& connection);

}  // namespace breakwater::catalog
