#include "catalog/bind/bind_state.h"

namespace breakwater::catalog {

std::size_t BindState::SlotHash::operator()(std::size_t at) const {
  const Slot& slot = slots[at];
  const auto kind = static_cast<std::size_t>(slot.from) << 8U | static_cast<std::size_t>(slot.convert);
  return std::hash<Value>()(slot.value) ^ std::hash<std::size_t>()(kind << 32U | slot.index);
}

std::string BindState::slot(Slot wanted) {
  auto& slots = code.slots;
  const bool shared = wanted.from != From::literal;
  slots.push_back(std::move(wanted));
  std::size_t at = slots.size() - 1;
  if (shared) {
    const auto [known, fresh] = shared_slots_.insert(at);
    at = *known;
    if (!fresh) slots.pop_back();
  }
  return "?" + std::to_string(at + 1);
}

Result<> BindState::bind_again() {
  if (++bound_again_ <= kMaxBoundAgain) return {};
  return fail(error::not_supported("this many aggregates of outer queries"));
}

std::string BindState::text_slot(std::string_view text) {
  return slot({.value = std::string(text)});
}

std::string BindState::fresh_name(std::string_view prefix) {
  return std::string(prefix) + std::to_string(++names_);
}

Result<> check_size(const std::string& sql) {
  if (sql.size() <= kMaxRenderedSql) return {};
  return fail(error::not_supported("an expression this large"));
}

}  // namespace breakwater::catalog
