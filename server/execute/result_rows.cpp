#include "server/execute/result_rows.h"

#include <bit>

#include "catalog/temporal.h"
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

void write_text(const catalog::Cursor& cursor, protocol::ResponseWriter& out) {
  const std::size_t width = cursor.columns().size();
  for (std::size_t i = 0; i < width; ++i) {
    if (const auto text = cursor.text(i)) {
      out.value(*text);
    } else {
      out.null();
    }
  }
}

void write_binary(const catalog::Cursor& cursor, protocol::Output& out) {
  const auto& columns = cursor.columns();
  protocol::BinaryRow row(out, columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const catalog::Cell cell = cursor.cell(i);
    const unsigned decimals = columns[i].type.decimals;
    switch (cell.is) {
      case catalog::Cell::Is::null:
        row.null();
        break;
      case catalog::Cell::Is::int64:
      case catalog::Cell::Is::uint64:
        row.int64(static_cast<std::uint64_t>(cell.integer));
        break;
      case catalog::Cell::Is::real:
        row.float64(cell.real);
        break;
      case catalog::Cell::Is::text:
        row.text(cell.text);
        break;
      case catalog::Cell::Is::datetime:
        row.datetime(moment_of(temporal::cut(cell.integer, decimals)));
        break;
      case catalog::Cell::Is::date:
        row.date(moment_of(cell.integer));
        break;
      case catalog::Cell::Is::time:
        row.time(span_of(temporal::cut(cell.integer, decimals)));
        break;
    }
  }
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
  definitions.clear();
  for (const catalog::ResultColumn& column : plan.columns) definitions.push_back(definition_of(column));
  if (target.kept != nullptr) {
    target.out.cursor_columns(definitions);
  } else {
    target.out.begin_result(definitions, target.status);
  }
}

Result<> write_row(const catalog::Cursor& cursor, const ResultTarget& target) {
  if (target.kept != nullptr) {
    target.kept->begin_row();
    write_binary(cursor, target.kept->row());
    return target.kept->end_row();
  }
  target.out.begin_row();
  if (target.binary) {
    write_binary(cursor, target.out.row());
  } else {
    write_text(cursor, target.out);
  }
  target.out.end_row();
  return {};
}

void write_end(const ResultTarget& target, std::uint16_t warnings) {
  if (target.kept != nullptr) target.kept->finish();
  const protocol::StatusFlags cursor = target.kept != nullptr ? protocol::status::kCursorExists : 0;
  target.out.end_result(static_cast<protocol::StatusFlags>(target.status | cursor), warnings, target.changes);
}

}  // namespace breakwater::server::execute
