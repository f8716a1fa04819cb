// What the writer's thread reads: no more than it changes, since everybody's writes wait for it. Every
// statement of the store is explained, as it stands in the sources; every operation is counted, on a
// catalogue that is large where a tenant can make it so.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <functional>
#include <map>
#include <regex>
#include <set>

#include "catalog/sqlite/sqlite.h"
#include "catalog/store/connection.h"
#include "catalog/store/store_fixture.h"

namespace breakwater::catalog {
namespace {

// ---- the statements, out of the sources ----

/// The C++ of one file, as far as texts go: what stands side by side is one text, and so is what select() is
/// given, `k…Columns` and a text.
class Texts {
 public:
  explicit Texts(const std::string& file) : rest_(source_ = read_whole(file)) { read(); }
  const std::vector<std::string>& all() const { return texts_; }

 private:
  void read() {
    std::string text;
    const auto end_text = [&] {
      if (!text.empty()) texts_.push_back(std::exchange(text, {}));
    };
    while (!rest_.empty()) {
      if (rest_.starts_with("//")) {
        rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
      } else if (rest_.front() == '"') {
        text += literal();
      } else if (std::isalpha(static_cast<unsigned char>(rest_.front())) != 0) {
        end_text();
        const std::string name = word();
        if (name.ends_with("Columns")) text = columns(name);
      } else {
        if (std::isspace(static_cast<unsigned char>(rest_.front())) == 0) end_text();
        rest_.remove_prefix(1);
      }
    }
  }

  /// Defines or uses: "= "SELECT …";", or ", " before the rest of a statement.
  std::string columns(const std::string& name) {
    if (rest_.starts_with(" =")) {
      while (rest_.front() != ';') {
        if (rest_.front() == '"') {
          columns_[name] += literal();
        } else {
          rest_.remove_prefix(1);
        }
      }
      return {};
    }
    rest_.remove_prefix(1);
    return columns_.at(name);
  }

  std::string literal() {
    std::string content;
    rest_.remove_prefix(1);
    while (rest_.front() != '"') {
      if (rest_.front() == '\\') rest_.remove_prefix(1);
      content += rest_.front();
      rest_.remove_prefix(1);
    }
    rest_.remove_prefix(1);
    return content;
  }

  std::string word() {
    const auto end = std::ranges::find_if(
        rest_, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_'; });
    std::string found(rest_.begin(), end);
    rest_.remove_prefix(found.size());
    return found;
  }

  std::string source_;
  std::string_view rest_;
  std::map<std::string, std::string> columns_;
  std::vector<std::string> texts_;
};

bool is_statement(const std::string& text) {
  return std::ranges::any_of(std::array{"SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "},
                             [&](const char* verb) { return text.starts_with(verb); });
}

/// Where the store's statements stand. The SELECT engine's own run on readers.
std::vector<std::string> statements() {
  std::vector<std::string> found;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(BREAKWATER_SOURCE_DIR) + "/catalog/store")) {
    const std::string name = entry.path().filename();
    if (name == "schema.cpp" || !name.ends_with(".cpp")) continue;
    const Texts texts(entry.path());
    for (const std::string& text : texts.all())
      if (is_statement(text)) found.push_back(text);
  }
  return found;
}

/// "TenantWriter", "tenants": what Transaction says, a role whose header has the accessor's name.
std::map<std::string, std::string> roles_of_transaction(const std::string& header) {
  const std::regex accessor(R"(virtual (\w+Writer)& (\w+)\(\))");
  std::map<std::string, std::string> found;
  for (std::sregex_iterator at(header.begin(), header.end(), accessor); at != std::sregex_iterator(); ++at)
    found[(*at)[1]] = (*at)[2];
  return found;
}

std::vector<std::string> operations_of(const std::string& header, const std::string& role) {
  const std::size_t from = header.find("class " + role + " {");
  if (from == std::string::npos) return {};
  const std::string declared = header.substr(from, header.find("\n};", from) - from);
  const std::regex operation(R"(\n  virtual Result<.*> (\w+)\()");
  std::vector<std::string> found;
  for (std::sregex_iterator at(declared.begin(), declared.end(), operation); at != std::sregex_iterator();
       ++at)
    found.push_back((*at)[1]);
  return found;
}

class StorePlanTest : public StoreTest {
 protected:
  std::vector<std::string> plan(const std::string& statement) {
    auto rows = value_of(connection_of(*reader_).prepare("EXPLAIN QUERY PLAN " + statement));
    std::vector<std::string> details;
    while (value_of(rows.step())) details.push_back(rows.string(3));
    return details;
  }
};

TEST_F(StorePlanTest, NoStatementOfTheStoreReadsAWholeTable) {
  const std::vector<std::string> all = statements();
  ASSERT_GT(all.size(), 70U) << "the sources are read wrongly";
  // Of readers, which nobody waits for, and of the start; and of a table that has a limit (KeyWriter::kMaxBackupKeys).
  const std::set<std::string> whole = {"tenant",     "intent",      "cluster",   "catalog_root",
                                       "change_log", "changed_key", "backup_key"};
  std::set<std::string> scanned;
  for (const std::string& statement : all) {
    if (statement.starts_with("SELECT (SELECT COUNT(*) FROM account)"))
      continue;  // account_counts(), for logins
    for (const std::string& detail : plan(statement)) {
      if (!detail.starts_with("SCAN ") || detail.find("CONSTANT ROW") != std::string::npos) continue;
      // The rounds that aren't at their end: what the archiver works on, which the writer reads at the start alone.
      if (detail.find("USING INDEX archive_round_open") != std::string::npos) continue;
      // The jobs that aren't done, at most one of a kind for each tenant; the newest row alone.
      if (detail.find("USING INDEX backup_job_open") != std::string::npos ||
          detail.find("USING INDEX validate_job_open") != std::string::npos ||
          statement.ends_with("ORDER BY audit_id DESC LIMIT 1"))
        continue;
      std::string table = detail.substr(5);
      table = table.substr(0, table.find(' '));
      const bool reads_all =
          statement.starts_with("SELECT ") && statement.find(" WHERE ") == std::string::npos;
      EXPECT_TRUE(reads_all && whole.contains(table)) << detail << ": " << statement;
      scanned.insert(table);
    }
  }
  EXPECT_EQ(scanned, whole) << "what isn't read as a whole any more needs no exception";
}

// ---- the operations, counted ----

constexpr int kMany = 5'000;
constexpr int kDestinations = 16'384;

class StoreStepsTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreOptions archiving = options();
    archiving.log_limit = 1 << 28U;
    store_ = value_of(open_store(std::move(archiving)));
    reader_ = value_of(store_->open_reader());
    tenant_ = make_tenant("large");
    other_ = make_tenant("other");
    archives_ = make_tenant("archives");
    value_of(write([&](Transaction& t) -> Result<> {
      BW_CHECK(t.archive().set_destination(archives_, {.path = "file:///a", .dest_id = 1001}));
      return t.archive().set_archivelog(archives_, true);
    }));
    scratch_ = make_scratch();
    fill();
  }

  void fill() {
    const std::string id = std::to_string(tenant_);
    const std::string many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
                             std::to_string(kMany) + ") INSERT INTO ";
    const std::string destinations =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
        std::to_string(kDestinations) + ") INSERT INTO ";
    const std::vector<std::string> rows = {
        destinations +
            "backup_storage_info(tenant_id, path, endpoint, dest_id, dest_type, authorization, extension,"
            " path_key, format) SELECT " +
            id +
            ", 'file:///d' || i, '', 1000 + i, 'backup_data', '', '',"
            " 'file:///d' || i, x'00' FROM n",
        destinations + "path_claim SELECT 'file:///d' || i, " + id + ", 'backup_data' FROM n",
        destinations + "backup_dest_check SELECT " + id +
            ", 'file:///d' || i, '', 1, 1, i, 'path', 1, 1.0, '', ''"
            " FROM n",
        many + "backup_dest_check SELECT " + id +
            ", 'file:///refused', '', i, 1, i, 'path', 0, 1.0, '', '' FROM n",
        many + "account(tenant_id, user_name, host, create_time, account_id) SELECT " + id +
            ", 'u' || i, '%', 0, 1000 + i FROM n",
        many + "account_privilege SELECT " + id + ", 'root', '%', 'db' || i, '*', 1 FROM n",
        many + "global_variable SELECT " + id + ", 'v' || i, '' FROM n",
        many + "tenant_parameter SELECT " + id + ", 'p' || i, '', NULL FROM n",
        many + "master_key SELECT " + id + ", i, 0, x'00' FROM n",
        many + "backup_delete_policy SELECT " + id + ", 'p' || i, '', 1, 1 FROM n",
        many + "backup_storage_info_history SELECT " + id +
            ", 'file:///old' || i, '', 0, i, 'backup_data', '', '', '',"
            " 0, NULL, '', NULL FROM n",
        many +
            "intent(tenant_id, dest_type, path, endpoint, path_key, dest_id, format, files, created_dirs,"
            " create_time) SELECT " +
            id +
            ", 'backup_data', 'file:///i' || i, '', 'file:///i' || i, i, x'', x'',"
            " x'', 0 FROM n",
        many + "backup_event(time, tenant_id, event, path, endpoint, dest_id) SELECT 0, " + id +
            ", '', '', '', 0"
            " FROM n",
        many + "backup_job SELECT " + id +
            ", i, 1, 0, '', 'USER_TENANT', i, i, 1001, 'file:///d7', '', 'file:///d7', 0, 0, '', NULL, '', "
            "i, i,"
            " 'COMPLETED', 4, 0, 0, 0, '', 1, 1, 1, 1, 1, x'', 1, 0 FROM n",
        many + "backup_set SELECT " + id +
            ", i, i, 1001, 'file:///d7', '', 'file:///d7', 0, 0, 0, 0, '', i, i,"
            " CASE WHEN i % 2 THEN 'SUCCESS' ELSE 'FAILED' END, 'AVAILABLE', 1, 1, 1, 1, 1, 0, '', '', 1, '' "
            "FROM n",
        many +
            "restore_job SELECT i, 'r' || i, 4000000 + i, '', 0, '', '', 0, 0, '', '', i, i, 2, 0, 0, 0, '', "
            "'', 0,"
            " '', NULL, 1 FROM n",
        "INSERT INTO backup_counter VALUES (" + id + ", 5001, 5001)",
        "UPDATE counter SET next = 1000000 WHERE name IN ('intent_id', 'event_id')",
        many + "resource_unit SELECT 1000000 + i, 'unit' || i, 0, 0, 1, 1, 1, 1, 1, 1, 1 FROM n",
        many + "resource_pool SELECT 1000000 + i, 'pool' || i, " + id +
            ", 0, 0, 1, 1, 'zone1', 'FULL', 0 FROM n",
        many +
            "tenant(tenant_id, tenant_name, tenant_type, create_time, modify_time, primary_zone, locality,"
            " compatibility_mode, invited_nodes) SELECT 1000000 + i, 'small' || i, 'USER', 0, 0, '', '', "
            "'MYSQL',"
            " '%' FROM n",
    };
    value_of(write([&](Transaction& t) -> Result<> {
      for (const std::string& sql : rows) BW_CHECK(connection_of(t.read()).execute(sql.c_str()));
      return {};
    }));
  }

  using Operation = std::function<Result<>(Transaction&)>;

  /// Steps of SQLite's machine, and rows changed, by what a job does. Then all of it is undone.
  std::pair<std::int64_t, std::int64_t> count(const Operation& operation) {
    std::int64_t steps = 0;
    std::int64_t changes = 0;
    const auto outcome = write([&](Transaction& t) -> Result<> {
      sqlite3* const handle = connection_of(t.read()).handle();
      take_steps(handle);
      const auto before = sqlite3_total_changes64(handle);
      BW_CHECK(operation(t));
      steps = take_steps(handle);
      changes = sqlite3_total_changes64(handle) - before;
      return fail(error::op_not_allow("undone"));
    });
    EXPECT_EQ(code_of(outcome), Errc::op_not_allow) << outcome.error().text();
    return {steps, changes};
  }

  static std::int64_t take_steps(sqlite3* handle) {
    std::int64_t sum = 0;
    for (sqlite3_stmt* at = sqlite3_next_stmt(handle, nullptr); at != nullptr;
         at = sqlite3_next_stmt(handle, at))
      sum += sqlite3_stmt_status(at, SQLITE_STMTSTATUS_VM_STEP, 1);
    return sum;
  }

  /// A job of the tenant's, which has begun its set.
  Result<BackupJobKey> job(Transaction& t) const {
    BackupRequest request{.initiator = tenant_};
    request.targets.push_back(
        {.tenant_id = tenant_, .path = "file:///d7", .destination = at("file:///d7"), .dest_id = 1001});
    BW_TRY(const BackupJobKey key, t.jobs().begin(request));
    BW_CHECK(t.jobs().start(key));
    BW_CHECK(t.jobs().note_set(key, {.tenant_id = tenant_, .set_id = key.job_id, .dest_id = 1001}));
    return key;
  }
  /// A job of VALIDATE for one set, which works.
  Result<BackupJobKey> validation(Transaction& t) const {
    BW_CHECK(t.validations().begin({.tenants = {tenant_}, .kind = ValidationKind::sets, .ids = {7}}));
    BW_TRY(const auto number, connection_of(t.read()).integer(
                                  "SELECT MAX(job_id) FROM validate_job WHERE tenant_id = ?", tenant_));
    const BackupJobKey key{.tenant_id = tenant_, .job_id = number.value_or(0)};
    BW_CHECK(t.validations().start(key));
    return key;
  }
  /// A clean-up of one set, which works.
  Result<BackupJobKey> deletion(Transaction& t) const {
    BW_CHECK(t.deletions().begin({.tenant = tenant_, .kind = DeletionKind::sets, .ids = {7}}));
    BW_TRY(const auto number, connection_of(t.read()).integer(
                                  "SELECT MAX(job_id) FROM delete_job WHERE tenant_id = ?", tenant_));
    const BackupJobKey key{.tenant_id = tenant_, .job_id = number.value_or(0)};
    BW_CHECK(t.deletions().begin_task(key));
    return key;
  }
  DestinationKey at(const std::string& path) const { return {.tenant_id = tenant_, .path = path}; }
  IntentSpec spec(const std::string& path) const {
    return {.key = at(path), .path_key = path, .dest_id = 20'000, .format = Bytes(400)};
  }

  /// Of a small tenant.
  std::unique_ptr<PartScratch> make_scratch() {
    struct Key final : ValueSealer, ValueOpener {
      Result<Bytes> seal(std::string_view /*identity*/, const Secret& /*plain*/) override { return Bytes{1}; }
      Result<std::optional<Secret>> open(std::string_view /*identity*/,
                                         std::span<const std::uint8_t> /*b*/) override {
        return Secret(std::string_view("s"));
      }
    } key;
    struct Sink final : LineSink {
      Result<> line(std::string_view line) override {
        lines.emplace_back(line);
        return {};
      }
      std::vector<std::string> lines;
    } sink;
    value_of(reader_->parts().snapshot(other_, key, sink));
    auto scratch = value_of(make_part_scratch());
    for (const std::string& line : sink.lines) value_of(scratch->add(line, key));
    value_of(scratch->finish());
    return scratch;
  }

  TenantId tenant_ = 0;
  TenantId other_ = 0;
  TenantId archives_ = 0;
  std::unique_ptr<PartScratch> scratch_;
};

TEST_F(StoreStepsTest, NoOperationReadsMoreThanItChanges) {
  const AccountKey user{.tenant_id = tenant_, .user = "u7"};
  const AccountKey root{.tenant_id = tenant_, .user = "root"};
  const Secret secret(std::string_view("secret"));
  // Who has many grants himself.
  const Actor by(root, value_of(reader_->accounts().find(root))->id);
  const std::vector<DestinationCheck> checks = {{.name = "path", .ok = true}, {.name = "content"}};
  const auto done = [](const auto& result) -> Result<> {
    if (!result) return fail(result.error());
    return {};
  };
  const std::map<std::string, Operation> operations = {
      {"tenants().create", [&](Transaction& t) { return done(t.tenants().create({.name = "new"})); }},
      {"tenants().drop, a small one", [&](Transaction& t) { return t.tenants().drop(other_); }},
      {"tenants().drop, a large one", [&](Transaction& t) { return t.tenants().drop(tenant_); }},
      {"tenants().alter", [&](Transaction& t) { return t.tenants().alter(tenant_, {.name = "renamed"}); }},
      {"resources().create_unit",
       [&](Transaction& t) { return done(t.resources().create_unit({.name = "new"})); }},
      {"resources().alter_unit", [&](Transaction& t) { return t.resources().alter_unit({.name = "unit7"}); }},
      {"resources().drop_unit", [&](Transaction& t) { return t.resources().drop_unit("unit7"); }},
      {"resources().create_pool",
       [&](Transaction& t) {
         return done(t.resources().create_pool({.name = "new", .unit = "unit7", .zone_list = "zone1"}));
       }},
      {"resources().alter_pool",
       [&](Transaction& t) { return t.resources().alter_pool("pool7", {.unit_count = 2}); }},
      {"resources().drop_pool",
       [&](Transaction& t) -> Result<> {
         BW_CHECK(t.resources().create_pool({.name = "new", .unit = "unit7", .zone_list = "zone1"}));
         return t.resources().drop_pool("new");
       }},
      {"accounts().create",
       [&](Transaction& t) {
         return t.accounts().create(by, {.key = {.tenant_id = tenant_, .user = "new"}});
       }},
      {"accounts().drop", [&](Transaction& t) { return t.accounts().drop(by, user); }},
      {"accounts().set_password", [&](Transaction& t) { return t.accounts().set_password(by, user, {}); }},
      {"accounts().set_policy",
       [&](Transaction& t) { return t.accounts().set_policy(by, user, {.expired = true}); }},
      {"accounts().rename",
       [&](Transaction& t) {
         return t.accounts().rename(by, user, {.tenant_id = tenant_, .user = "renamed"});
       }},
      {"accounts().record_reset", [&](Transaction& t) { return t.accounts().record_reset(user); }},
      {"accounts().set_tls", [&](Transaction& t) { return t.accounts().set_tls(by, user, TlsNeed::ssl); }},
      {"accounts().set_locked", [&](Transaction& t) { return t.accounts().set_locked(by, user, true); }},
      {"accounts().grant",
       [&](Transaction& t) { return t.accounts().grant(root, {.schema = "new", .privileges = 1}); }},
      {"accounts().revoke",
       [&](Transaction& t) { return t.accounts().revoke(by, root, {.schema = "db7", .privileges = 1}); }},
      {"accounts().revoke_all", [&](Transaction& t) { return t.accounts().revoke_all(by, root); }},
      {"parameters().set", [&](Transaction& t) { return t.parameters().set(tenant_, "p7", "x"); }},
      {"parameters().set_secret",
       [&](Transaction& t) { return t.parameters().set_secret(tenant_, "p7", secret); }},
      {"parameters().reset", [&](Transaction& t) { return t.parameters().reset(tenant_, "p7"); }},
      {"parameters().set_variable",
       [&](Transaction& t) { return t.parameters().set_variable(tenant_, "v7", "x"); }},
      {"events().record",
       [&](Transaction& t) {
         return t.events().record({.module = "m", .event = "e", .tenant_id = tenant_});
       }},
      {"audit().next_id, audit().put",
       [&](Transaction& t) -> Result<> {
         BW_TRY(const std::int64_t id, t.audit().next_id());
         return t.audit().put({.id = id, .statement = "s"}, 0);
       }},
      {"keys().rotate", [&](Transaction& t) { return done(t.keys().rotate(tenant_)); }},
      {"keys().add_backup_key, keys().note_backup_key_saved",
       [&](Transaction& t) -> Result<> {
         BW_CHECK(t.keys().add_backup_key("0123456789abcdef", Secret("a key"), true));
         return t.keys().note_backup_key_saved("0123456789abcdef");
       }},
      {"keys().create_keystore, keys().change_keystore",
       [&](Transaction& t) -> Result<> {
         BW_CHECK(t.keys().create_keystore(tenant_, {.name = "k", .password_hash = "x"}));
         return t.keys().change_keystore(tenant_, {.name = "k", .password_hash = "y"});
       }},
      {"keys().restore",
       [&](Transaction& t) -> Result<> {
         std::vector<MasterKey> keys;
         keys.push_back({.version = 1, .created = 1, .key = Secret(std::string_view("a key"))});
         return done(t.keys().restore(other_, keys));
       }},
      {"keys().note_backup", [&](Transaction& t) { return t.keys().note_backup(tenant_, {.version = 1}); }},
      {"keys().record_dropped_unsaved",
       [&](Transaction& t) { return t.keys().record_dropped_unsaved(tenant_); }},
      {"keys().forget",
       [&](Transaction& t) -> Result<> {
         BW_CHECK(t.keys().rotate(other_));
         BW_CHECK(t.tenants().drop(other_));
         return t.keys().forget(other_);
       }},
      {"destinations().reserve_id",
       [&](Transaction& t) { return done(t.destinations().reserve_id(tenant_)); }},
      {"intents().open, intents().finish",
       [&](Transaction& t) -> Result<> {
         BW_TRY(const auto intent, t.intents().open(spec("file:///new")));
         return t.intents().finish(intent, {}, "file:///new", std::nullopt);
       }},
      {"intents().finish, one that is there",
       [&](Transaction& t) -> Result<> {
         BW_TRY(const auto intent, t.intents().open(spec("file:///d7")));
         return t.intents().finish(intent, {}, "file:///d7", std::nullopt);
       }},
      {"intents().finish_adoption",
       [&](Transaction& t) -> Result<> {
         BW_TRY(const auto intent, t.intents().open(spec("file:///new")));
         return t.intents().finish_adoption(intent, {}, std::nullopt);
       }},
      {"intents().finish_key",
       [&](Transaction& t) -> Result<> {
         IntentSpec key = spec("file:///key");
         key.kind = DestinationKind::backup_key;
         BW_TRY(const auto intent, t.intents().open(key));
         return t.intents().finish_key(intent, {}, std::nullopt, {.version = 1});
       }},
      {"intents().finish_giving_up",
       [&](Transaction& t) -> Result<> {
         BW_TRY(const auto intent, t.intents().open(spec("file:///d7")));
         return t.intents().finish_giving_up(intent, "release_backup_dest");
       }},
      {"intents().abandon",
       [&](Transaction& t) -> Result<> {
         BW_TRY(const auto intent, t.intents().open(spec("file:///new")));
         return t.intents().abandon(intent);
       }},
      {"intents().abandon_claim",
       [&](Transaction& t) -> Result<> {
         BW_TRY(const auto intent, t.intents().open(spec("file:///new")));
         return t.intents().abandon_claim(intent);
       }},
      {"destinations().touch_check",
       [&](Transaction& t) { return t.destinations().touch_check(at("file:///d7"), "name", 1); }},
      {"destinations().change_access",
       [&](Transaction& t) {
         DestinationWriter::Access access{.key = Secret(std::string_view("key")), .checked = 1};
         return t.destinations().change_access(at("file:///d7"), "access_id=i", std::move(access), "value");
       }},
      {"destinations().skip_id",
       [&](Transaction& t) { return t.destinations().skip_id(tenant_, 1'000'000); }},
      {"destinations().remember_file_system",
       [&](Transaction& t) { return t.destinations().remember_file_system(at("file:///d7"), "type=ext4"); }},
      {"destinations().record_gone",
       [&](Transaction& t) { return t.destinations().record_gone(at("file:///d7"), 1); }},
      {"destinations().record_checks",
       [&](Transaction& t) { return t.destinations().record_checks(at("file:///d7"), 1, checks); }},
      {"destinations().record_checks, of a refused one",
       [&](Transaction& t) { return t.destinations().record_checks(at("file:///none"), 1, checks); }},
      {"destinations().record_checks, of refused ones, the oldest goes",
       [&](Transaction& t) -> Result<> {
         for (int i = 0; i < 2 * DestinationWriter::kKeptChecks; ++i)
           BW_CHECK(t.destinations().record_checks(at("file:///none" + std::to_string(i)), 1, checks));
         return {};
       }},
      {"destinations().record_checks, of one that holds again",
       [&](Transaction& t) -> Result<> {
         BW_CHECK(t.destinations().record_checks(at("file:///d7"), 1, {{.name = "path", .ok = false}}));
         return t.destinations().record_checks(at("file:///d7"), 2, {{.name = "path", .ok = true}});
       }},
      {"dest_status().plan",
       [&](Transaction& t) { return t.dest_status().plan({{.key = at("file:///d7"), .next_check = 1}}); }},
      {"dest_status().plan_again", [&](Transaction& t) { return t.dest_status().plan_again(tenant_); }},
      {"dest_status().forget", [&](Transaction& t) { return t.dest_status().forget(at("file:///d7")); }},
      {"destinations().clear_current",
       [&](Transaction& t) { return t.destinations().clear_current(tenant_); }},
      {"archive().set_destination",
       [&](Transaction& t) { return t.archive().set_destination(tenant_, {.path = "file:///l"}); }},
      {"archive().clear_destination", [&](Transaction& t) { return t.archive().clear_destination(tenant_); }},
      {"archive().set_state", [&](Transaction& t) { return t.archive().set_state(tenant_, "DEFER"); }},
      {"archive().set_archivelog", [&](Transaction& t) { return t.archive().set_archivelog(tenant_, true); }},
      {"archive().advance",
       [&](Transaction& t) {
         return t.archive().advance({.tenant_id = archives_, .round_id = 1}, RoundStatus::beginning,
                                    std::nullopt);
       }},
      {"archive().touch_checkpoint",
       [&](Transaction& t) { return t.archive().touch_checkpoint(archives_, 1, INT64_MAX); }},
      {"archive().reserve_checkpoint",
       [&](Transaction& t) { return done(t.archive().reserve_checkpoint(archives_, 1)); }},
      {"archive().leave_round",
       [&](Transaction& t) {
         return t.archive().leave_round(archives_, 1, {.round_id = 3, .piece_id = 4}, "");
       }},
      {"archive().begin_next_round",
       [&](Transaction& t) -> Result<> {
         BW_CHECK(
             connection_of(t.read()).run("UPDATE archive_round SET lost = 1 WHERE tenant_id = ?", archives_));
         return t.archive().begin_next_round(archives_, 1, "");
       }},
      {"parts().next_scn", [&](Transaction& t) { return done(t.parts().next_scn()); }},
      {"parts().import",
       [&](Transaction& t) { return done(t.parts().import(*scratch_, {.name = "restored"})); }},
      {"parts().begin_import, parts().import_rows, parts().end_import",
       [&](Transaction& t) -> Result<> {
         BW_TRY(const auto import, make_part_import(*scratch_, {.name = "restored"}));
         BW_CHECK(t.parts().begin_import(*import));
         BW_TRY(bool more, t.parts().import_rows(*import));
         while (more) {
           BW_TRY(more, t.parts().import_rows(*import));
         }
         return done(t.parts().end_import(*import));
       }},
      {"parts().clear_import",
       [&](Transaction& t) -> Result<> {
         BW_TRY(const auto import, make_part_import(*scratch_, {.id = 99'998, .name = "restored"}));
         BW_CHECK(t.parts().begin_import(*import));
         BW_CHECK(t.parts().import_rows(*import));
         return done(t.parts().clear_import(99'998));
       }},
      {"policies().add", [&](Transaction& t) { return t.policies().add(tenant_, {.name = "new"}); }},
      {"policies().drop", [&](Transaction& t) { return t.policies().drop(tenant_, "p7"); }},
      {"jobs().begin, jobs().start, jobs().note_set", [&](Transaction& t) { return done(job(t)); }},
      {"jobs().note_written, jobs().succeed, jobs().move_shown",
       [&](Transaction& t) -> Result<> {
         BW_TRY(const BackupJobKey key, job(t));
         BW_CHECK(t.jobs().note_written(key, {}, Bytes(400)));
         BW_CHECK(t.jobs().succeed(key));
         return done(t.jobs().move_shown(clock_.now()));
       }},
      {"jobs().renumber",
       [&](Transaction& t) -> Result<> {
         BW_TRY(const BackupJobKey key, job(t));
         return done(t.jobs().renumber(key, 1'000'000, "taken"));
       }},
      {"jobs().put_off, jobs().fail, jobs().note_swept",
       [&](Transaction& t) -> Result<> {
         BW_TRY(const BackupJobKey key, job(t));
         BW_CHECK(t.jobs().put_off(key, 1, "why"));
         BW_CHECK(t.jobs().fail(key, -9070, "why"));
         return t.jobs().note_swept(tenant_, key.job_id);
       }},
      {"jobs().cancel, jobs().cancelled",
       [&](Transaction& t) -> Result<> {
         BW_TRY(const BackupJobKey key, job(t));
         BW_CHECK(t.jobs().cancel(tenant_));
         return t.jobs().cancelled(key);
       }},
      {"restores().begin, restores().note_source, restores().put_off, restores().cancel, restores().fail",
       [&](Transaction& t) -> Result<> {
         BW_TRY(const std::int64_t restore, t.restores().begin({.tenant_name = "new"}));
         BW_CHECK(t.restores().note_source(restore, {}));
         BW_CHECK(t.restores().put_off(restore, 1, "why"));
         BW_CHECK(t.restores().cancel("new"));
         return t.restores().fail(restore, "why");
       }},
      {"restores().note_imported, restores().move_shown",
       [&](Transaction& t) -> Result<> {
         BW_TRY(const std::int64_t restore, t.restores().begin({.tenant_name = "new"}));
         BW_TRY(const auto row, t.read().restores().find(restore));
         BW_CHECK(connection_of(t.read()).run(
             "INSERT INTO tenant(tenant_id, tenant_name, tenant_type, create_time, modify_time, primary_zone,"
             " locality, compatibility_mode, invited_nodes) VALUES (?, 'new', 'USER', 0, 0, '', '', 'MYSQL', "
             "'%')",
             row->tenant_id));
         BW_CHECK(t.restores().note_imported(restore, ""));
         return done(t.restores().move_shown(clock_.now()));
       }},
      {"restores().recover_until, restores().note_upgraded",
       [&](Transaction& t) -> Result<> {
         BW_CHECK(connection_of(t.read()).run("INSERT INTO standby VALUES (?, 5, 9)", other_));
         BW_CHECK(t.restores().recover_until(other_, 7));
         return t.restores().note_upgraded(other_);
       }},
      {"tenants().activate",
       [&](Transaction& t) -> Result<> {
         BW_CHECK(connection_of(t.read()).run("UPDATE tenant SET tenant_role = 'STANDBY' WHERE tenant_id = ?",
                                              other_));
         return t.tenants().activate(other_);
       }},
      {"validations().begin, of one set, start, note_task, finish, move_shown",
       [&](Transaction& t) -> Result<> {
         BW_TRY(const BackupJobKey key, validation(t));
         BW_CHECK(t.validations().note_task(key, 1, {}));
         BW_CHECK(t.validations().finish(key));
         return done(t.validations().move_shown(clock_.now()));
       }},
      {"deletions().begin, of one set, begin_task, note_task, finish, move_shown",
       [&](Transaction& t) -> Result<> {
         BW_TRY(const BackupJobKey key, deletion(t));
         BW_CHECK(t.deletions().note_task(key, 1, {}));
         BW_CHECK(t.deletions().finish(key));
         return done(t.deletions().move_shown(clock_.now()));
       }},
      {"deletions().put_off, fail",
       [&](Transaction& t) -> Result<> {
         BW_TRY(const BackupJobKey key, deletion(t));
         BW_CHECK(t.deletions().put_off(key, 1, "why"));
         return t.deletions().fail(key, -9070, "why");
       }},
      {"deletions().cancel, cancelled",
       [&](Transaction& t) -> Result<> {
         BW_TRY(const BackupJobKey key, deletion(t));
         BW_CHECK(t.deletions().cancel(tenant_));
         return t.deletions().cancelled(key);
       }},
      {"validations().begin, of all sets",
       [&](Transaction& t) {
         return t.validations().begin({.tenants = {tenant_}, .kind = ValidationKind::sets});
       }},
      {"validations().put_off, fail",
       [&](Transaction& t) -> Result<> {
         BW_TRY(const BackupJobKey key, validation(t));
         BW_CHECK(t.validations().put_off(key, 1, "why"));
         return t.validations().fail(key, -9070, "why");
       }},
      {"validations().cancel, cancelled",
       [&](Transaction& t) -> Result<> {
         BW_TRY(const BackupJobKey key, validation(t));
         BW_CHECK(t.validations().cancel(tenant_));
         return t.validations().cancelled(key);
       }},
      {"schedules().replace, put_off, put_off_run, note_run, note_failed_run, pass_over, note_stuck, "
       "look_again, look_again_behind",
       [&](Transaction& t) -> Result<> {
         const ScheduleItem item{.kind = ScheduleKind::full, .fields = "0 2 * * *", .next_run = 7};
         BW_CHECK(t.schedules().replace(tenant_, std::span(&item, 1), "UTC", 5));
         const ScheduleKey key{.tenant_id = tenant_, .kind = ScheduleKind::full};
         BW_CHECK(t.schedules().put_off(key, 8));
         BW_CHECK(t.schedules().put_off_run(key, 9, "why", 7));
         BW_CHECK(t.schedules().note_run(key, 9, 10));
         BW_CHECK(t.schedules().note_failed_run(key, 10, 11, -9040, "why"));
         BW_CHECK(t.schedules().pass_over(key, 11, 12));
         BW_CHECK(t.schedules().note_stuck(key, 1));
         BW_CHECK(t.schedules().look_again_behind(0, 10));
         return done(t.schedules().look_again(tenant_));
       }},
      {"roles().create, grant_privileges, grant, set_default, grant_to_role, revoke_from_role, "
       "revoke_privileges, revoke_all_privileges, revoke, drop",
       [&](Transaction& t) -> Result<> {
         BW_CHECK(t.roles().create(by, tenant_, "a"));
         BW_CHECK(t.roles().create(by, tenant_, "b"));
         BW_CHECK(t.roles().grant_privileges(tenant_, "a", {.privileges = privilege::kSelect}));
         BW_CHECK(t.roles().grant(by, user, {.role = "a"}));
         BW_CHECK(t.roles().set_default(by, user, {.which = RoleChoice::Which::named}));
         BW_CHECK(t.roles().grant_to_role(by, tenant_, "b", {.role = "a"}));
         BW_CHECK(t.roles().revoke_from_role(by, tenant_, "b", "a"));
         BW_CHECK(t.roles().revoke_privileges(by, tenant_, "a", {.privileges = privilege::kSelect}));
         BW_CHECK(t.roles().revoke_all_privileges(by, tenant_, "a"));
         BW_CHECK(t.roles().revoke(by, user, "a"));
         return t.roles().drop(by, tenant_, "a");
       }},
      // What jobs read before they write.
      {"read().accounts().find", [&](Transaction& t) { return done(t.read().accounts().find(user)); }},
      {"read().parameters().find",
       [&](Transaction& t) { return done(t.read().parameters().find(tenant_, "p7")); }},
      {"read().keys().newest", [&](Transaction& t) { return done(t.read().keys().newest(tenant_)); }},
      {"read().destinations().find",
       [&](Transaction& t) { return done(t.read().destinations().find(at("file:///d7"))); }},
      {"read().keys().keystore", [&](Transaction& t) { return done(t.read().keys().keystore(tenant_)); }},
      {"read().archive().destination",
       [&](Transaction& t) { return done(t.read().archive().destination(tenant_)); }},
      {"read().jobs()",
       [&](Transaction& t) -> Result<> {
         BW_CHECK(t.read().jobs().is_running(tenant_));
         BW_CHECK(t.read().jobs().is_running(tenant_, tenant_));
         BW_CHECK(t.read().jobs().at_hand(0, 64));
         BW_CHECK(t.read().jobs().newest_set(tenant_, 1001));
         return done(t.read().jobs().unswept(tenant_, 1001, 0));
       }},
      {"read().restores()",
       [&](Transaction& t) -> Result<> {
         BW_CHECK(t.read().restores().secrets(7));
         return done(t.read().restores().at_hand(64));
       }},
      {"read().deletions()",
       [&](Transaction& t) -> Result<> {
         BW_CHECK(t.read().deletions().at_hand(0, 64));
         BW_CHECK(t.read().deletions().next_destination({.tenant_id = tenant_, .job_id = 1}));
         return done(t.read().deletions().is_open({.tenant_id = tenant_, .job_id = 1}));
       }},
      {"read().schedules()",
       [&](Transaction& t) -> Result<> {
         BW_CHECK(t.read().schedules().due(clock_.now(), 64));
         BW_CHECK(t.read().schedules().next_after(clock_.now()));
         return done(t.read().schedules().without_progress(clock_.now(), 64));
       }},
      {"read().validations()",
       [&](Transaction& t) -> Result<> {
         BW_CHECK(t.read().validations().at_hand(0, 64));
         return done(t.read().validations().next_task({.tenant_id = tenant_, .job_id = 1}));
       }},
      {"read().resources().unit", [&](Transaction& t) { return done(t.read().resources().unit("unit7")); }},
      {"read().tenants().find", [&](Transaction& t) { return done(t.read().tenants().find("large")); }},
  };
  // A statement takes tens of steps, also without a row.
  constexpr std::int64_t kAlways = 1'500;
  constexpr std::int64_t kEachRow = 250;
  for (const auto& [name, operation] : operations) {
    const auto [steps, changes] = count(operation);
    EXPECT_LE(steps, kAlways + kEachRow * changes) << name << ", which changed " << changes << " rows";
  }
}

// Each operation that writes stands above: those of the roles that a Transaction has.
TEST(StoreStepsSourceTest, EveryOperationIsCounted) {
  const std::string root = BREAKWATER_SOURCE_DIR;
  std::string here = read_whole(root + "/tests/catalog/store/store_plan_test.cpp");
  std::erase_if(here, [](unsigned char c) { return std::isspace(c) != 0; });
  const std::string store = read_whole(root + "/catalog/store/store.h");
  int operations = 0;
  for (const auto& [role, accessor] : roles_of_transaction(store)) {
    const std::string header = accessor == "parts" ? "part" : accessor;
    const auto names = operations_of(read_whole(root + "/catalog/store/" + header + ".h"), role);
    EXPECT_FALSE(names.empty()) << role;
    for (const std::string& name : names)
      EXPECT_NE(here.find("t." + accessor + "()." + name + "("), std::string::npos)
          << accessor << "()." << name << " isn't counted";
    operations += static_cast<int>(names.size());
  }
  EXPECT_GT(operations, 30);
}
}  // namespace
}  // namespace breakwater::catalog
