// The virtual table module, see sqlite.org/vtab.html. The source gets the equalities that SQLite finds and
// may ignore them: SQLite checks them again.
#include "catalog/run/row_source.h"

#include <memory>
#include <vector>

#include "catalog/sqlite/sqlite_callback.h"

namespace breakwater::catalog {

namespace {

struct Registered {
  const RowSource* source;
  Session* session;
};

struct Table : sqlite3_vtab {
  Registered registered;
};

struct TableCursor : sqlite3_vtab_cursor {
  std::unique_ptr<Rows> rows;
  bool more = false;
  std::int64_t row = 0;
};

int connect(sqlite3* connection, void* data, int /*argc*/, const char* const* /*argv*/, sqlite3_vtab** out,
            char** /*error*/) {
  const auto* registered = static_cast<const Registered*>(data);
  std::string sql = "CREATE TABLE x(";
  for (const Column& column : registered->source->columns())
    sql += (sql.ends_with('(') ? "\"" : ", \"") + column.name + "\"";
  const int code = sqlite3_declare_vtab(connection, (sql + ")").c_str());
  if (code != SQLITE_OK) return code;
  auto table = std::make_unique<Table>();
  table->registered = *registered;
  *out = table.release();
  return SQLITE_OK;
}

int disconnect(sqlite3_vtab* table) {
  delete static_cast<Table*>(table);
  return SQLITE_OK;
}

/// Writes the columns of the equalities into idxStr, a byte for each: at most 8.
int best_index(sqlite3_vtab* /*table*/, sqlite3_index_info* info) {
  constexpr int kMostEqualities = 8;
  constexpr double kRowsGuess = 500;
  std::string columns;
  for (int i = 0; i < info->nConstraint && static_cast<int>(columns.size()) < kMostEqualities; ++i) {
    const auto& constraint = info->aConstraint[i];
    if (constraint.usable == 0 || constraint.op != SQLITE_INDEX_CONSTRAINT_EQ || constraint.iColumn < 0)
      continue;
    columns.push_back(static_cast<char>(constraint.iColumn + 1));
    info->aConstraintUsage[i].argvIndex = static_cast<int>(columns.size());
    info->aConstraintUsage[i].omit = 0;
  }
  info->idxStr = sqlite3_mprintf("%s", columns.c_str());
  info->needToFreeIdxStr = 1;
  info->estimatedCost = columns.empty() ? kRowsGuess : kRowsGuess / 10;
  return info->idxStr == nullptr ? SQLITE_NOMEM : SQLITE_OK;
}

int open(sqlite3_vtab* /*table*/, sqlite3_vtab_cursor** out) {
  *out = std::make_unique<TableCursor>().release();
  return SQLITE_OK;
}

int close(sqlite3_vtab_cursor* cursor) {
  delete static_cast<TableCursor*>(cursor);
  return SQLITE_OK;
}

Cell cell_of(sqlite3_value* value) {
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
      return Cell::of(static_cast<std::int64_t>(sqlite3_value_int64(value)));
    case SQLITE_FLOAT:
      return Cell::of(sqlite3_value_double(value));
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
      return Cell::of(std::string_view(text, static_cast<std::size_t>(sqlite3_value_bytes(value))));
    }
    default:
      return {};
  }
}

/// The bytes that a scan counts as walked, since it makes all its rows at once.
constexpr std::size_t kBytesOfScan = 4096;

int filter(sqlite3_vtab_cursor* base, int /*number*/, const char* columns, int argc, sqlite3_value** argv) {
  auto* cursor = static_cast<TableCursor*>(base);
  const Registered& registered = static_cast<Table*>(base->pVtab)->registered;
  if (!registered.session->work.walk(kBytesOfScan)) return SQLITE_INTERRUPT;
  std::vector<Equality> equalities;
  equalities.reserve(static_cast<std::size_t>(argc));
  for (int i = 0; i < argc; ++i)
    equalities.push_back({static_cast<std::size_t>(columns[i] - 1), cell_of(argv[i])});
  cursor->more = false;
  cursor->rows = registered.source->scan(*registered.session->context, equalities);
  cursor->more = cursor->rows->next();
  cursor->row = 0;
  return SQLITE_OK;
}

int next(sqlite3_vtab_cursor* base) {
  auto* cursor = static_cast<TableCursor*>(base);
  cursor->more = cursor->rows->next();
  ++cursor->row;
  return SQLITE_OK;
}

int eof(sqlite3_vtab_cursor* base) {
  return static_cast<TableCursor*>(base)->more ? 0 : 1;
}

int column(sqlite3_vtab_cursor* base, sqlite3_context* context, int index) {
  const Cell cell = static_cast<TableCursor*>(base)->rows->cell(static_cast<std::size_t>(index));
  switch (cell.is) {
    case Cell::Is::null:
      sqlite3_result_null(context);
      break;
    case Cell::Is::real:
      sqlite3_result_double(context, cell.real);
      break;
    case Cell::Is::text:
      sqlite3_result_text64(context, cell.text.data(), cell.text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
      break;
    default:
      sqlite3_result_int64(context, cell.integer);
      break;
  }
  return SQLITE_OK;
}

int row_id(sqlite3_vtab_cursor* base, sqlite3_int64* out) {
  *out = static_cast<TableCursor*>(base)->row;
  return SQLITE_OK;
}

const sqlite3_module kModule = [] {
  sqlite3_module module{};  // no xCreate: the table exists under the module's name
  module.iVersion = 1;
  module.xConnect = sqlite::guarded<connect>;
  module.xBestIndex = sqlite::guarded<best_index>;
  module.xDisconnect = disconnect;
  module.xOpen = sqlite::guarded<open>;
  module.xClose = close;
  module.xFilter = sqlite::guarded<filter>;
  module.xNext = sqlite::guarded<next>;
  module.xEof = eof;
  module.xColumn = sqlite::guarded<column>;
  module.xRowid = row_id;
  return module;
}();

}  // namespace

void register_source(sqlite3* connection, const std::string& name, const RowSource& source,
                     Session& session) {
  sqlite3_create_module_v2(connection, ("bw_" + name).c_str(), &kModule, new Registered{&source, &session},
                           [](void* p) { delete static_cast<Registered*>(p); });
}

}  // namespace breakwater::catalog
