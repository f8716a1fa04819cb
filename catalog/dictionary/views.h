// How the product's views are declared, and the lists of them that the Dictionary gathers.
//
// A view is declared once: the names of its columns with their expressions (ViewColumn), and the tables that
// these read (Declaration). The order and the types of the columns come from columns.csv, which has what
// OceanBase's documents print for each kind of tenant; a view that isn't there declares the types itself. The
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

/// A view's columns. `seen_by` is "sys", "mysql", "oracle" (tenants of that mode) or "all". `view` is a name
/// in oceanbase, or in SYS for "oracle", or "schema.name".
struct ListedView {
  const char* seen_by;
  const char* view;
  std::span<const ColumnDecl> columns;
};
/// All views of columns.csv, ordered by seen_by, then view. columns.py makes the list.
std::span<const ListedView> listed_views();
/// The columns of one view; empty if it isn't there.
std::span<const ColumnDecl> listed_columns(std::string_view seen_by, std::string_view view);

// ---- declarations ----

/// A column of a view with its expression in SQLite's SQL (see View::query). Views in columns.csv need no
/// types here.
struct ViewColumn {
  const char* name;
  const char* expression;
  const char* type = nullptr;
  const char* nullable = "NO";
};

/// The columns of a view with their expressions. Each form of the view takes the columns that it has, in its
/// own order. A column that isn't in the list is the column of that name of the tables that the view reads.
class ColumnList {
 public:
  ColumnList() = default;
  template <std::size_t N>
  ColumnList(const ViewColumn (&columns)[N]) {
    add(columns);
  }

  /// This list with the columns of `others`, which replace those of the same name.
  ColumnList with(const ColumnList& others) const;
  /// `name`, `type` and `nullable` are literals.
  void add(const char* name, std::string expression, const char* type = nullptr, const char* nullable = "NO");
  void add(std::span<const ViewColumn> columns);

  bool empty() const { return entries_.empty(); }
  /// The columns for which the list itself gives types; empty if columns.csv has them.
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
  ColumnList columns = {};       ///< without columns and `from`, the view has no rows
  std::string from = {};         ///< the text after FROM
  std::string where = {};        ///< the condition for rows; empty: all
  std::string own = {};          ///< the condition for the tenant's own rows
  std::string_view source = {};  ///< View::row_source
  std::string_view schema = kOceanBase;
};

// Each of these functions appends views to `views`.

/// Adds one view, with the columns that `seen_by` sees, and without the condition `own`.
void add_view(const Declaration& declaration, const char* seen_by, VisibleTo visible,
              std::vector<View>& views);
/// Adds CDB_OB_<name> for sys with all rows, and DBA_OB_<name> for sys and MySQL mode with the tenant's own
/// rows. columns.csv lists both, since most DBA_ views have no TENANT_ID. Types in the declaration are for
/// both.
void add_cdb_and_dba(Declaration declaration, std::vector<View>& views);
/// Adds views with the same name: sys sees all rows, a tenant its own.
void add_sys_and_own(Declaration declaration, std::vector<View>& views);
/// Adds the same view for sys and MySQL mode.
void add_alike(const Declaration& declaration, std::vector<View>& views);

/// A query that gives only these columns of `query`.
std::string columns_of(std::span<const ColumnDecl> columns, std::string_view query);
/// A query that has these columns and no row.
std::string no_rows(std::span<const ColumnDecl> columns);

// ---- the product's views ----

using ViewList = std::vector<std::unique_ptr<const View>>;

/// DBA_ and CDB_ views over the catalogue's tables.
std::vector<View> backup_views();
/// Views of backups: jobs, tasks, sets.
std::vector<View> backup_job_views();
/// Views of VALIDATE's jobs and tasks.
std::vector<View> validation_views();
std::vector<View> schedule_views();
std::vector<View> deletion_views();
/// Views of the log archive's rounds and pieces.
std::vector<View> archive_views();
/// Views of jobs that don't run here; they have no rows.
std::vector<View> job_views();
std::vector<View> tenant_views();
/// Views of servers, zones, units, sessions, parameters, accounts and events.
std::vector<View> cluster_views();
/// The views of information_schema.
std::vector<View> information_views();
/// Views over row sources, and the hidden views of SHOW.
std::vector<View> session_views();
/// mysql.user and other views of that schema that clients read.
std::vector<View> mysql_views();

/// The views that Oracle tenants see in SYS: the Oracle forms of those of `views` that OceanBase has there
/// and of this product's own views, Oracle's ALL_, DBA_ and USER_ views, and DUAL.
std::vector<View> oracle_views(const ViewList& views);

using NamedSource = std::pair<std::string, std::unique_ptr<const RowSource>>;

/// Row sources with rows about the declarations themselves. `views` must outlive them; they read it at
/// scan().
std::vector<NamedSource> declaration_sources(const ViewList& views);

}  // namespace breakwater::catalog
