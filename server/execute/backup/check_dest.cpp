// ALTER SYSTEM CHECK BACKUP DESTINATION: the proof of a SET, with a row for each check and nothing changed.
// It takes what DATA_BACKUP_DEST or LOG_ARCHIVE_DEST would be set to, or, without that, what they are set to.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/memory_account.h"
#include "base/text.h"
#include "server/execute/backup/archive_dest_value.h"
#include "server/execute/backup/backup_proof.h"
#include "server/execute/backup/probing.h"
#include "server/execute/backup/statements.h"
#include "server/execute/backup/tenant_list.h"
#include "server/execute/context/privileges.h"
#include "server/execute/context/recorded_destination.h"
#include "storage/pool/side_by_side.h"

namespace breakwater::server::execute {
namespace {

struct Wanted {
  storage::Destination destination;
  bool archive = false;  ///< written as LOG_ARCHIVE_DEST's value
  Secret uri;
  std::vector<std::string> notes;
};

Result<Wanted> read_value(const Statement& statement, const Secret& value) {
  if (!is_archive_dest(value.reveal())) {
    BW_TRY(auto destination, parse_destination(statement, value));
    std::vector<std::string> notes = destination.notes;
    return Wanted{.destination = std::move(destination),
                  .archive = false,
                  .uri = value.clone(),
                  .notes = std::move(notes)};
  }
  BW_TRY(ArchiveDestValue parsed, parse_archive_dest(value, uri_rules(statement)));
  if (!parsed.destination) return fail(error::not_supported("set archive dest without location is"));
  std::ranges::copy(parsed.destination->notes, std::back_inserter(parsed.notes));
  return Wanted{.destination = *std::move(parsed.destination),
                .archive = true,
                .uri = std::move(parsed.uri),
                .notes = std::move(parsed.notes)};
}

// A bare URI of the tenant's archive is about that.
catalog::DestinationKind kind_of(const Wanted& wanted, const std::optional<catalog::Destination>& row) {
  using catalog::DestinationKind;
  const bool known = row && row->kind == DestinationKind::log_archive_dest;
  return wanted.archive || known ? DestinationKind::log_archive_dest : DestinationKind::data_backup_dest;
}

std::string milliseconds_text(double milliseconds) {
  constexpr double kThousand = 1000;
  const auto micro = std::llround(milliseconds * kThousand);
  const std::string fraction = std::to_string(1000 + micro % 1000).substr(1);
  return std::to_string(micro / 1000) + "." + fraction;
}

constexpr catalog::ColumnDecl kWhose[] = {
    {"TENANT_NAME", "varchar(128)", "NO"}, {"KIND", "varchar(64)", "NO"}, {"PATH", "varchar(1024)", "NO"}};
constexpr catalog::ColumnDecl kColumns[] = {{"NAME", "varchar(64)", "NO"},
                                            {"OK", "varchar(3)", "NO"},
                                            {"MILLISECONDS", "decimal(20,3)", "NO"},
                                            {"SEEN", "varchar(4096)", "NO"},
                                            {"HINT", "varchar(4096)", "NO"}};
using Row = std::vector<std::string>;

// With what the session may know of a place that isn't the tenant's. Each begins with `whose`.
std::vector<Row> rows_of(const storage::Proof& proof, const OwnerFound& owner, const Row& whose = {}) {
  std::vector<Row> rows;
  for (const storage::CheckRow& row : proof.rows()) {
    const bool content = row.name == "content" && !owner.content.empty();
    const bool held_by = row.name == "owner" && !owner.hint.empty();
    Row cells = whose;
    cells.insert(cells.end(), {row.name, row.ok ? "YES" : "NO", milliseconds_text(row.milliseconds),
                               content ? owner.content : row.seen, held_by ? owner.hint : row.hint});
    rows.push_back(std::move(cells));
  }
  return rows;
}

// ---- of what is set already

using Which = ast::CheckDestination::Which;

struct Set {
  catalog::Tenant tenant;
  catalog::Destination row;
  catalog::DestinationKind kind{};
};

Result<> add_set(const Statement& statement, const catalog::Tenant& tenant, Which which,
                 std::vector<Set>& all) {
  BW_TRY(const auto rows, statement.reader().destinations().all(tenant.id));
  for (const catalog::Destination& row : rows) {
    BW_TRY(const auto set, set_as(statement.reader(), row));
    if (!set) continue;
    const bool archive = set->kind == catalog::DestinationKind::log_archive_dest;
    if (which == Which::all || archive == (which == Which::archive)) all.push_back({tenant, row, set->kind});
  }
  return {};
}

Result<std::vector<Set>> set_destinations(const Statement& statement, const ast::CheckDestination& check) {
  std::vector<Set> all;
  if (check.tenant && iequals(*check.tenant, "ALL")) {
    BW_TRY(const auto tenants, listed_tenants(statement, {*check.tenant}));
    for (const catalog::Tenant& tenant : tenants) BW_CHECK(add_set(statement, tenant, check.which, all));
    return all;
  }
  BW_TRY(const catalog::Tenant tenant, backup_tenant(statement, check.tenant));
  if (tenant.is_sys()) return fail(error::not_supported());
  BW_CHECK(add_set(statement, tenant, check.which, all));
  if (!all.empty()) return all;
  return fail(
      error::invalid_backup_dest().with_hint("no such destination of the tenant is set; ALTER SYSTEM SET "
                                             "DATA_BACKUP_DEST and LOG_ARCHIVE_DEST set them"));
}

/// The proofs of many destinations, some at a time; each has the time that one CHECK has.
class SetChecks {
 public:
  static constexpr std::size_t kAtATime = 8;

  SetChecks(const Statement& statement, std::vector<Set> all)
      : statement_(statement),
        all_(std::move(all)),
        found_(all_.size()),
        memory_(&statement.connection.memory()) {}

  Task<Result<ResultTable>> run() {
    // Each has its own deadline below.
    storage::SideBySide some({Deadline::max(), &statement_.cancellation});
    for (std::size_t i = 0; i < std::min(kAtATime, all_.size()); ++i)
      some.add([this](storage::Call /*call*/) { return check_some(); });
    co_await some.run();
    if (statement_.cancellation.cancelled()) co_return fail(statement_.cancellation.why());
    if (failed_) co_return fail(*failed_);
    ResultTable table{.columns = catalog::make_columns(kWhose), .rows = {}};
    std::ranges::move(catalog::make_columns(kColumns), std::back_inserter(table.columns));
    for (std::vector<Row>& rows : found_) std::ranges::move(rows, std::back_inserter(table.rows));
    co_return table;
  }

 private:
  Task<bool> check_some() {
    while (next_ < all_.size() && !failed_) {
      const std::size_t number = next_++;
      const auto done = co_await check(all_[number], found_[number]);
      if (!done && !failed_) failed_ = done.error();
    }
    co_return true;
  }

  Task<Result<>> check(const Set& set, std::vector<Row>& rows) {
    Statement statement = statement_;
    statement.audit = nullptr;  // one at a time: the session tells the whole
    if (!statement.session.sets_query_timeout()) statement.storage_until.reset();
    BW_CO_TRY(const RecordedDestination recorded, recorded_destination(statement.reader(), set.row));
    BW_CO_CHECK(co_await await_settings(statement, set.tenant.id));
    Probing probing{.tenant = set.tenant, .destination = recorded.destination, .uri = recorded.uri};
    probing.kind = set.kind;
    probing.is_set = true;
    storage::Proof proof;
    OwnerFound owner;
    BW_CO_CHECK(co_await prove_by_probes(statement, probing, proof, owner));
    if (proof.failure() && statement.ran_out(*proof.failure())) co_return fail(*proof.failure());
    const bool archive = set.kind == catalog::DestinationKind::log_archive_dest;
    rows = rows_of(proof, owner, {set.tenant.name, archive ? "ARCHIVE" : "DATA", set.row.key.path});
    for (const Row& row : rows)
      for (const std::string& cell : row)
        if (!memory_.add(sizeof(cell) + cell.size())) co_return fail(memory_.memory()->error());
    co_return Result<>{};
  }

  const Statement& statement_;
  const std::vector<Set> all_;
  std::vector<std::vector<Row>> found_;
  TakenMemory memory_;
  std::size_t next_ = 0;
  std::optional<Error> failed_{};
};

Task<Result<Outcome>> check_set(const Statement& statement, const ast::CheckDestination& check) {
  BW_CO_TRY(auto all, set_destinations(statement, check));
  if (statement.session.sets_query_timeout()) (void)statement.storage_call();
  SetChecks checks(statement, std::move(all));
  Outcome outcome;
  BW_CO_TRY(outcome.table, co_await checks.run());
  co_return outcome;
}

}  // namespace

Task<Result<Outcome>> check_destination(const Statement& statement, const ast::CheckDestination& check) {
  if (check.tenant && !statement.session.in_sys()) co_return fail(error::no_privilege());
  BW_CO_CHECK(require_alter_system(statement));
  if (check.which != Which::given) co_return co_await check_set(statement, check);
  BW_CO_TRY(const catalog::Tenant tenant, backup_tenant(statement, check.tenant));
  BW_CO_TRY(const Wanted wanted, read_value(statement, check.uri));
  if (tenant.is_sys()) co_return fail(wants_user_tenant());
  for (const std::string& note : wanted.notes) statement.session.diagnostics.note(note);
  BW_CO_CHECK(note_outer_destination(statement, tenant.id, wanted.destination));
  BW_CO_CHECK(co_await await_settings(statement, tenant.id));
  storage::Proof proof;
  OwnerFound owner;
  Probing probing{.tenant = tenant, .destination = wanted.destination, .uri = wanted.uri};
  BW_CO_TRY(const auto row, statement.reader().destinations().find(key_of(tenant.id, wanted.destination)));
  probing.kind = kind_of(wanted, row);
  BW_CO_CHECK(co_await prove_by_probes(statement, probing, proof, owner));
  // A failure is a row, but that the session's own time ran out says nothing about the destination.
  if (proof.failure() && statement.ran_out(*proof.failure())) co_return fail(*proof.failure());
  Outcome outcome;
  outcome.table = ResultTable{.columns = catalog::make_columns(kColumns), .rows = rows_of(proof, owner)};
  co_return outcome;
}

}  // namespace breakwater::server::execute
