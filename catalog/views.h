// The product's views and row sources, gathered for the Engine. Internal to the room.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catalog/view.h"

namespace breakwater::catalog {

inline constexpr std::string_view kOceanBase = "oceanbase";
inline constexpr std::string_view kInformationSchema = "information_schema";
inline constexpr std::string_view kMysql = "mysql";
inline constexpr std::string_view kSys = "SYS";    ///< of Oracle tenants
inline constexpr std::string_view kShow = "show";  ///< hidden views that SHOW statements read; no database

/// A query reduced to some of its columns, and one that has these columns and no row.
std::string columns_of(std::span<const ColumnDecl> columns, std::string_view query);
std::string no_rows(std::span<const ColumnDecl> columns);

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

/// What Oracle tenants see in SYS: their form of the views among `views` that OceanBase has there, the
/// dictionary's ALL_, DBA_ and USER_ views, and DUAL.
std::vector<View> oracle_views(const std::vector<std::unique_ptr<const View>>& views);

using NamedSource = std::pair<std::string, std::unique_ptr<const RowSource>>;
using ViewList = std::vector<std::unique_ptr<const View>>;

/// Row sources that tell about the declarations themselves. `views` outlives them; it's read at scan().
std::vector<NamedSource> declaration_sources(const ViewList& views);

}  // namespace breakwater::catalog
