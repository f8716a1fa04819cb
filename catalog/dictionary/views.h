// How the product's views are declared, and the lists of them that the Dictionary gathers.
//
// A view is declared once: the expressions beside the names of its columns (ViewColumn), and what they are
// read from (Declaration). Its columns, their order and types are those of columns.csv, which has what
// OceanBase's documents print for each kind of tenant; a view that isn't there says the types itself. The
// query, and the forms for sys, for tenants in MySQL mode and for Oracle tenants are made from that.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/dictionary/view.h"

namespace breakwater::catalog {

inline constexpr VisibleTo kSysOnly{.sys = true, .mysql = false};
inline constexpr VisibleTo kTenantsOnly{.sys = false, .mysql = true};
inline constexpr VisibleTo kNoOracle{.sys = true, .mysql = true};
inline constexpr VisibleTo kOracleOnly{.sys = false, .mysql = false, .oracle = true};
inline constexpr VisibleTo kEverybody{.sys = true, .mysql = true, .oracle = true};

// ---- columns.csv ----

/// A view's columns. `seen_by` is "sys", "mysql", "oracle" (tenants of that mode) or "all"; `view` is a
/// name in oceanbase, or in SYS for "oracle", or has its schema before it.
struct ListedView {
  const char* seen_by;
  const char* view;
  std::span<const ColumnDecl> columns;
};
/// All, ordered by seen_by, then view. Made from columns.csv by columns.py.
std::span<const ListedView> listed_views();
/// The columns of one; none if it isn't there.
std::span<const ColumnDecl> listed_columns(std::string_view seen_by, std::string_view view);

// ---- declarations ----

/// A column of a view with its expression in SQLite's SQL (see View::query). A view that columns.csv has
/// needs no types here.
struct ViewColumn {
  const char* name;
  const char* expression;
  const char* type = nullptr;
  const char* nullable = "NO";
};

/// The columns of a view with their expressions. A form of the view takes those that it has, in its own
/// order. A column that the list lacks is the one of that name of what the view reads.
class ColumnList {
 public:
  ColumnList() = default;
  template <std::size_t N>
  ColumnList(const ViewColumn (&columns)[N]) {
    add(columns);
  }

  /// This list with other expressions for these columns, and with those that it hasn't.
  ColumnList with(const ColumnList& others) const;
  /// `name`, `type` and `nullable` are literals.
  void add(const char* name, std::string expression, const char* type = nullptr, const char* nullable = "NO");
  void add(std::span<const ViewColumn> columns);

  bool empty() const { return entries_.empty(); }
  /// The types that the list itself gives; none where columns.csv has them.
  std::vector<ColumnDecl> declared() const;
  /// SELECT expression AS "NAME", ...
  std::string select(std::span<const ColumnDecl> columns) const;

 private:
  struct Entry {
    ColumnDecl column;
    std::string expression;
  };
  const Entry* find(std::string_view name) const;
  std::vector<Entry> entries_;
};

struct Declaration {
  std::string name;
  ColumnList columns = {};       ///< neither columns nor `from`: the view has no rows
  std::string from = {};         ///< what follows FROM
  std::string where = {};        ///< which rows there are; all without it
  std::string own = {};          ///< which of them are the tenant's
  std::string_view source = {};  ///< View::row_source
  std::string_view schema = kOceanBase;
};

// Each of these appends views to a list of them.

/// One view, with the columns that `seen_by` sees and without `own`.
void add_view(const Declaration& declaration, const char* seen_by, VisibleTo visible,
              std::vector<View>& views);
/// CDB_OB_<name> for sys with all rows, DBA_OB_<name> for sys and MySQL mode with the tenant's own. The
/// documents list the two apart: most of the second have no TENANT_ID. Types that the declaration gives are
/// for both.
void add_cdb_and_dba(Declaration declaration, std::vector<View>& views);
/// One name: sys sees all rows, a tenant its own.
void add_sys_and_own(Declaration declaration, std::vector<View>& views);
/// The same view for sys and MySQL mode.
void add_alike(const Declaration& declaration, std::vector<View>& views);

/// A query reduced to some of its columns.
std::string columns_of(std::span<const ColumnDecl> columns, std::string_view query);
/// One that has these columns and no row.
std::string no_rows(std::span<const ColumnDecl> columns);

// ---- the product's views ----

using ViewList = std::vector<std::unique_ptr<const View>>;

/// DBA_ and CDB_ views over the catalogue's tables.
std::vector<View> backup_views();
/// Of jobs, tasks, sets, rounds and pieces: without rows.
std::vector<View> job_views();
std::vector<View> tenant_views();
/// Of servers, zones, units, sessions, parameters, accounts and events.
std::vector<View> cluster_views();
/// information_schema and mysql, and the hidden views of SHOW.
std::vector<View> information_views();
std::vector<View> session_views();
/// mysql.user and what else of that schema clients read.
std::vector<View> mysql_views();

/// What Oracle tenants see in SYS: their form of the views among `views` that OceanBase has there and of
/// those that are this product's own, the dictionary's ALL_, DBA_ and USER_ views, and DUAL.
std::vector<View> oracle_views(const ViewList& views);

using NamedSource = std::pair<std::string, std::unique_ptr<const RowSource>>;

/// Row sources that tell about the declarations themselves. `views` outlives them; it's read at scan().
std::vector<NamedSource> declaration_sources(const ViewList& views);

}  // namespace breakwater::catalog
