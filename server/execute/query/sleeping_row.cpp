#include "server/execute/query/sleeping_row.h"

namespace breakwater::server::execute {

using catalog::Cell;

Task<Result<bool>> nap(const Statement& statement, std::chrono::microseconds wait, Deadline deadline) {
  const Deadline until = std::chrono::steady_clock::now() + wait;
  if (statement.connection.interrupted() == Interrupt::none)
    co_await storage::sleep_until(until, {deadline, &statement.cancellation});
  switch (statement.connection.interrupted()) {
    case Interrupt::query:
      co_return false;
    case Interrupt::connection:
      co_return fail(error::connection_killed());
    case Interrupt::none:
      break;
  }
  if (until > deadline) co_return fail(error::timeout());
  co_return true;
}

Result<SleepingRow> SleepingRow::of(const catalog::Plan& plan, const catalog::Cursor& cursor) {
  SleepingRow row(plan);
  for (const std::size_t column : plan.sleeps) {
    BW_TRY(const auto wait, cursor.seconds(column));
    row.waits_.push_back(wait);
  }
  row.fields_.resize(plan.columns.size());
  for (std::size_t i = 0; i < row.fields_.size(); ++i) {
    row.fields_[i].cell = cursor.cell(i);
    if (const auto text = cursor.text(i)) row.fields_[i].text = *text;
  }
  return row;
}

Task<Result<bool>> SleepingRow::sleep(const Statement& statement, Deadline deadline) {
  bool slept = true;
  for (std::size_t i = 0; i < waits_.size(); ++i) {
    if (slept) {
      BW_CO_TRY(slept, co_await nap(statement, waits_[i], deadline));
    }
    Field& field = fields_[plan_->sleeps[i]];
    field.text = slept ? "0" : "1";
    const bool integer = field.cell.is == Cell::Is::int64 || field.cell.is == Cell::Is::uint64;
    field.cell = integer ? Cell::of(std::int64_t{slept ? 0 : 1}) : Cell::of(std::string_view());
  }
  co_return slept;
}

Cell SleepingRow::cell(std::size_t column) const {
  const Field& field = fields_[column];
  return field.cell.is == Cell::Is::text ? Cell::of(std::string_view(*field.text)) : field.cell;
}

std::optional<std::string_view> SleepingRow::text(std::size_t column) const {
  if (!fields_[column].text) return std::nullopt;
  return std::string_view(*fields_[column].text);
}

std::size_t SleepingRow::bytes() const {
  std::size_t bytes = sizeof(*this);
  for (const Field& field : fields_) bytes += sizeof(field) + (field.text ? field.text->size() : 0);
  return bytes;
}

}  // namespace breakwater::server::execute
