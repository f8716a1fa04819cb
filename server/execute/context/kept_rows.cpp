#include "server/execute/context/kept_rows.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "server/protocol/response.h"

namespace breakwater::server::execute {
namespace {

using Length = std::uint64_t;

}  // namespace

void KeptRows::begin_row() {
  begun_ = rows_.size();
  rows_.grow(sizeof(Length));
}

Result<> KeptRows::make_room(std::size_t bytes) {
  const std::size_t before = rows_.size() - begun_ - sizeof(Length);
  if (bytes > max_row_ - std::min(max_row_, before)) return fail(protocol::row_too_long(max_row_));
  return rows_.reserve(bytes + sizeof(Length) + 1);
}

Result<> KeptRows::end_row() {
  const Length length = rows_.size() - begun_ - sizeof(Length);
  std::memcpy(rows_.at(begun_), &length, sizeof(length));
  if (length > max_row_) return fail(protocol::row_too_long(max_row_));
  return rows_.settle();
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
