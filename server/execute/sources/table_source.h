// Row sources whose rows a function makes, all at once. Inside server/execute/sources only.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catalog/dictionary/dictionary.h"
#include "catalog/functions/context.h"
#include "server/execute/context/services.h"
#include "server/session/session_state.h"

namespace breakwater::server::execute {

/// A source whose rows a function makes, all at once.
class TableSource final : public catalog::RowSource {
 public:
  using Fill = std::function<void(const catalog::QueryContext&, catalog::RowTable&)>;

  TableSource(std::vector<catalog::Column> columns, Fill fill)
      : columns_(std::move(columns)), fill_(std::move(fill)) {}

  std::span<const catalog::Column> columns() const override { return columns_; }
  std::unique_ptr<catalog::Rows> scan(const catalog::QueryContext& context,
                                      std::span<const catalog::Equality> /*equalities*/) const override {
    catalog::RowTable table{.width = columns_.size(), .taken = TakenMemory(context.memory)};
    fill_(context, table);
    return catalog::rows_of(std::move(table));
  }

 private:
  std::vector<catalog::Column> columns_;
  Fill fill_;
};

/// A session's queries run with the session as their variables.
inline const session::SessionState& session_of(const catalog::QueryContext& context) {
  return static_cast<const session::SessionState&>(*context.variables);
}

inline std::vector<catalog::Column> columns(std::initializer_list<catalog::ColumnDecl> declarations) {
  return catalog::make_columns(std::span(declarations.begin(), declarations.size()));
}

inline void add_source(catalog::Dictionary& dictionary, std::string_view name,
                       std::vector<catalog::Column> declared, TableSource::Fill fill) {
  dictionary.add_source(std::string(name),
                        std::make_unique<TableSource>(std::move(declared), std::move(fill)));
}

/// The address that OceanBase's views show for a server: here there is one server in one zone. The port is
/// OceanBase's RPC port, which tools expect with the address; nothing listens on it.
inline constexpr std::string_view kServerIp = "127.0.0.1";
inline constexpr std::int64_t kServerPort = 2882;
inline constexpr std::string_view kZone = "zone1";

/// sources_server.cpp: the server itself.
void register_server_source(catalog::Dictionary& dictionary, Services& services);
/// sources_status.cpp: SHOW STATUS.
void register_status_source(catalog::Dictionary& dictionary, Services& services);
/// sources_audit.cpp: who did what.
void register_audit_source(catalog::Dictionary& dictionary, Services& services);
/// sources_accounts.cpp: grants, users, privileges.
void register_account_sources(catalog::Dictionary& dictionary, Services& services);

}  // namespace breakwater::server::execute
