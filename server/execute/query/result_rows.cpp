#include "server/execute/query/result_rows.h"

#include "catalog/values/temporal.h"
#include "server/execute/query/sleeping_row.h"
#include "server/protocol/binary.h"

namespace breakwater::server::execute {
namespace {

namespace temporal = catalog::temporal;

protocol::Moment moment_of(std::int64_t datetime) {
  const temporal::Civil civil = temporal::to_civil(datetime);
  return {.year = static_cast<std::uint16_t>(civil.year),
          .month = static_cast<std::uint8_t>(civil.month),
          .day = static_cast<std::uint8_t>(civil.day),
          .hour = static_cast<std::uint8_t>(civil.hour),
          .minute = static_cast<std::uint8_t>(civil.minute),
          .second = static_cast<std::uint8_t>(civil.second),
          .microsecond = static_cast<std::uint32_t>(civil.micro)};
}

protocol::TimeSpan span_of(std::int64_t time) {
  const std::int64_t micros = time < 0 ? -time : time;
  const std::int64_t seconds = micros / temporal::kSecond;
  return {.negative = time < 0,
          .days = static_cast<std::uint32_t>(micros / temporal::kDay),
          .hour = static_cast<std::uint8_t>(seconds / 3600 % 24),
          .minute = static_cast<std::uint8_t>(seconds / 60 % 60),
          .second = static_cast<std::uint8_t>(seconds % 60),
          .microsecond = static_cast<std::uint32_t>(micros % temporal::kSecond)};
}

protocol::ColumnDefinition definition_of(const catalog::SqlType& type) {
  const catalog::WireType wire = catalog::wire_type(type);
  return {.charset = wire.charset,
          .length = wire.length,
          .type = static_cast<protocol::ColumnType>(wire.type),
          .flags = wire.flags,
          .decimals = wire.decimals};
}

/// For a longer value make_room() is called before it is written.
constexpr std::size_t kShortValue = 1024;

Result<> make_room(const ResultTarget& target, std::size_t bytes) {
  return target.kept != nullptr ? target.kept->make_room(bytes) : target.out.make_room(bytes);
}

// Bytes stay as they are, whatever character set the client wants.
std::string_view for_client(std::string_view text, const catalog::SqlType& type,
                            protocol::ResponseWriter& out) {
  const bool is_text = type.kind == catalog::Kind::text && type.collation != catalog::Collation::binary;
  return is_text ? out.in_charset(text) : text;
}

template <class Row>
Result<> write_text(const Row& row, const ResultTarget& target) {
  protocol::ResponseWriter& out = target.out;
  const auto& columns = row.columns();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (auto text = row.text(i)) {
      text = for_client(*text, columns[i].type, out);
      if (text->size() > kShortValue) BW_CHECK(make_room(target, text->size()));
      out.value(*text);
    } else {
      out.null();
    }
  }
  return {};
}

template <class Row>
Result<> write_binary(const Row& row, const ResultTarget& target) {
  protocol::Output& out = target.kept != nullptr ? target.kept->row() : target.out.row();
  const auto& columns = row.columns();
  protocol::BinaryRow written(out, columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const catalog::Cell cell = row.cell(i);
    const unsigned decimals = columns[i].type.decimals;
    switch (cell.is) {
      case catalog::Cell::Is::null:
        written.null();
        break;
      case catalog::Cell::Is::int64:
      case catalog::Cell::Is::uint64:
        written.int64(static_cast<std::uint64_t>(cell.integer));
        break;
      case catalog::Cell::Is::real:
        written.float64(cell.real);
        break;
      case catalog::Cell::Is::text: {
        const std::string_view text = for_client(cell.text, columns[i].type, target.out);
        if (text.size() > kShortValue) BW_CHECK(make_room(target, text.size()));
        written.text(text);
        break;
      }
      case catalog::Cell::Is::datetime:
        written.datetime(moment_of(temporal::cut(cell.integer, decimals)));
        break;
      case catalog::Cell::Is::date:
        written.date(moment_of(cell.integer));
        break;
      case catalog::Cell::Is::time:
        written.time(span_of(temporal::cut(cell.integer, decimals)));
        break;
    }
  }
  return {};
}

template <class Row>
catalog::Value value_at(const Row& row, std::size_t i) {
  const catalog::Cell cell = row.cell(i);
  switch (cell.is) {
    case catalog::Cell::Is::null:
      return {};
    case catalog::Cell::Is::int64:
      return cell.integer;
    case catalog::Cell::Is::uint64:
      return static_cast<std::uint64_t>(cell.integer);
    case catalog::Cell::Is::real:
      return cell.real;
    default:
      return std::string(row.text(i).value_or(""));
  }
}

template <class Row>
Result<> take_row(const Row& row, IntoRow& into) {
  if (into.taken) return fail(error::too_many_rows());
  into.taken = true;
  for (std::size_t i = 0; i < row.columns().size(); ++i) into.values.push_back(value_at(row, i));
  return {};
}

template <class Row>
Result<> write_any_row(const Row& row, const ResultTarget& target) {
  if (target.into != nullptr) return take_row(row, *target.into);
  if (target.kept != nullptr) {
    target.kept->begin_row();
    BW_CHECK(write_binary(row, target));
    return target.kept->end_row();
  }
  target.out.begin_row();
  BW_CHECK(target.binary ? write_binary(row, target) : write_text(row, target));
  if (target.out.row_is_long()) BW_CHECK(target.out.check_long_row());
  target.out.end_row();
  return {};
}

}  // namespace

protocol::ColumnDefinition definition_of(const catalog::ResultColumn& column) {
  protocol::ColumnDefinition definition = definition_of(column.type);
  definition.schema = column.schema;
  definition.table = column.table;
  definition.org_table = column.org_table;
  definition.name = column.label;
  definition.org_name = column.org_name;
  return definition;
}

protocol::ColumnDefinition definition_of(const catalog::View& view, const catalog::Column& column,
                                         bool oracle) {
  protocol::ColumnDefinition definition =
      definition_of(oracle ? catalog::oracle_result_type(column.type) : column.type);
  definition.schema = view.schema;
  definition.table = definition.org_table = view.name;
  definition.name = definition.org_name = column.name;
  return definition;
}

void write_columns(const catalog::Plan& plan, std::vector<protocol::ColumnDefinition>& definitions,
                   const ResultTarget& target) {
  if (target.into != nullptr) return;
  definitions.clear();
  for (const catalog::ResultColumn& column : plan.columns) definitions.push_back(definition_of(column));
  if (target.kept != nullptr) {
    target.out.cursor_columns(definitions);
  } else {
    target.out.begin_result(definitions, target.status);
  }
}

Result<> write_row(const catalog::Cursor& cursor, const ResultTarget& target) {
  return write_any_row(cursor, target);
}

Result<> write_row(const SleepingRow& row, const ResultTarget& target) {
  return write_any_row(row, target);
}

void write_end(const ResultTarget& target, std::uint16_t warnings) {
  if (target.kept != nullptr) target.kept->finish();
  const protocol::StatusFlags cursor = target.kept != nullptr ? protocol::status::kCursorExists : 0;
  target.out.end_result(static_cast<protocol::StatusFlags>(target.status | cursor), warnings, target.changes);
}

}  // namespace breakwater::server::execute
