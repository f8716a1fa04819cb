#include "server/execute/kept_rows.h"

#include <algorithm>
#include <cstring>

namespace breakwater::server::execute {
namespace {

using Length = std::uint64_t;

}  // namespace

bool CursorMemory::take(std::size_t bytes) {
  std::size_t used = used_.load();
  do {
    if (bytes > kMax - std::min(kMax, used)) return false;
  } while (!used_.compare_exchange_weak(used, used + bytes));
  return true;
}

KeptRows::~KeptRows() {
  memory_.give_back(charged_);
}

void KeptRows::begin_row() {
  begun_ = rows_.size();
  rows_.grow(sizeof(Length));
}

Result<> KeptRows::end_row() {
  const Length length = rows_.size() - begun_ - sizeof(Length);
  std::memcpy(rows_.at(begun_), &length, sizeof(length));
  const std::size_t held = rows_.capacity();
  const bool fits = held <= charged_ || memory_.take(held - charged_);
  if (fits) charged_ = std::max(charged_, held);
  if (fits && rows_.size() <= kMax) return {};
  return fail(error::out_of_resources().with_hint(
      "the result is too large for a cursor: read it without one, or ask for fewer rows"));
}

void KeptRows::clear() {
  rows_.clear();
  read_ = 0;
}

std::optional<std::string_view> KeptRows::next() {
  if (read_ == rows_.size()) return std::nullopt;
  Length length = 0;
  std::memcpy(&length, rows_.at(read_), sizeof(length));
  const std::string_view row = rows_.view().substr(read_ + sizeof(length), length);
  read_ += sizeof(length) + length;
  return row;
}

}  // namespace breakwater::server::execute
