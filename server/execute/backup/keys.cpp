// Master keys and their backup (docs/spec/behaviour.md#keys), and how a key file is written.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "base/limits.h"
#include "base/text.h"
#include "server/execute/backup/backup_proof.h"
#include "server/execute/backup/destination_limit.h"
#include "server/execute/backup/intent_record.h"
#include "server/execute/backup/intents.h"
#include "server/execute/backup/key_backup.h"
#include "server/execute/backup/master_key.h"
#include "server/execute/backup/statements.h"
#include "server/execute/backup/tenant_list.h"
#include "server/execute/context/change.h"
#include "server/execute/context/derivation.h"
#include "server/execute/context/privileges.h"
#include "storage/destination/uri.h"
#include "storage/file/key_file_io.h"
#include "storage/file/mounts.h"
#include "storage/formats/key_file.h"
#include "storage/object/key_object.h"

namespace breakwater::server::execute {
namespace {

using storage::FilePool;
using storage::StopFlag;

// Also of a tenant that is dropped, whose master keys are kept. It has no name any more, and no keystore.
Result<catalog::Tenant> numbered_tenant(const Statement& statement, std::uint64_t number) {
  const auto id = static_cast<catalog::TenantId>(number);
  BW_TRY(auto tenant, statement.reader().tenants().find(id));
  if (tenant && tenant->is_sys()) return fail(wants_user_tenant());
  if (tenant) return *std::move(tenant);
  BW_TRY(const auto newest, statement.reader().keys().newest(id));
  if (newest == 0) return fail(error::tenant_not_exist());
  catalog::Tenant dropped;
  dropped.id = id;
  return dropped;
}

// The login tenant decides, also after CHANGE TENANT: docs/spec/behaviour.md#backup-key-tenant.
Result<catalog::Tenant> resolve_tenant(const Statement& statement, const ast::BackupKey& backup) {
  if (!statement.session.identity().is_sys()) {
    if (!backup.tenants.empty() || backup.tenant_id)
      return fail(error::not_supported("user tenant cannot specify tenant names")
                      .with_hint(std::string(kLeaveTenantOut)));
    return login_tenant(statement);
  }
  BW_CHECK(require_alter_system(statement));
  if (backup.tenant_id) return numbered_tenant(statement, *backup.tenant_id);
  if (backup.tenants.empty()) return fail(wants_user_tenant());
  BW_TRY(auto tenants, listed_tenants(statement, backup.tenants));
  if (tenants.size() != 1) return fail(error::invalid_argument("tenant list, count of tenants must be 1"));
  return std::move(tenants.front());
}

Result<storage::Destination> resolve_path(const Statement& statement, const ast::BackupKey& backup) {
  if (!backup.to || backup.to->empty()) return fail(error::invalid_backup_dest());
  return parse_destination(statement, *backup.to);
}

/// What the work on one key file shares between the statement and its jobs.
struct KeyWork {
  std::string path;
  catalog::Cluster cluster;
  catalog::TenantId tenant_id = 0;
  storage::PathRules rules;
  storage::KeyBackup backup;
  std::optional<Secret> password;
  const Entropy* entropy = nullptr;
  Bytes bytes;
  storage::KeyFilePlan plan;
};
using KeyWorkPtr = std::shared_ptr<KeyWork>;

Result<bool> encode_backup(KeyWork& work) {
  const Secret* password = work.password ? &*work.password : nullptr;
  BW_TRY(work.bytes, storage::encode(work.backup, password, *work.entropy));
  return true;
}

Result<bool> plan_backup(KeyWork& work, const StopFlag& stop) {
  const storage::KeyOwner owner{.cluster_id = work.cluster.id,
                                .tenant_id = static_cast<std::uint64_t>(work.tenant_id)};
  BW_TRY(work.plan, storage::plan_key_file(work.path, work.bytes, owner, work.rules, *work.entropy, stop));
  return true;
}

// By spelling, among all that the catalogue knows: 9026 in another tenant's destination.
Result<> refuse_claimed(const Statement& statement, catalog::TenantId tenant, const std::string& path_key) {
  BW_TRY(const auto claims, statement.reader().destinations().claims_at_or_above(path_key));
  for (const catalog::PathClaim& claim : claims) {
    if (claim.kind == catalog::DestinationKind::backup_key) continue;
    if (claim.tenant_id == tenant && claim.path_key != path_key) continue;
    return fail(error::invalid_backup_dest().with_hint(
        "a key can't be backed up to a backup destination, nor into another tenant's"));
  }
  return {};
}

Result<storage::KeyBackup> master_keys_of(const Statement& statement, const catalog::Tenant& tenant) {
  catalog::Reader& reader = statement.reader();
  BW_TRY(auto keys, reader.keys().unsealed(tenant.id));
  if (tenant.mode == catalog::CompatibilityMode::oracle) {
    BW_TRY(const auto keystore, reader.keys().keystore(tenant.id));
    if (keystore && !keystore->open) return fail(error::keystore_not_open());
    if (keystore && keys.empty()) {
      return fail(error::keystore_no_master_key().with_hint(
          "ADMINISTER KEY MANAGEMENT SET KEY IDENTIFIED BY the keystore's password makes one"));
    }
  }
  if (keys.empty()) {
    return fail(error::get_master_key().with_hint(
        "the tenant has no master key: SET tde_method = 'internal' and ALTER "
        "INSTANCE ROTATE INNODB MASTER KEY make one"));
  }
  BW_TRY(const auto method, reader.parameters().find(tenant.id, "tde_method"));
  BW_TRY(auto kms_info, reader.parameters().secret(tenant.id, "external_kms_info"));
  storage::KeyBackup backup;
  backup.tde_method = method.value_or(tenant.name.empty() ? "internal" : "none");
  if (kms_info) backup.external_kms_info = *std::move(kms_info);
  for (catalog::MasterKey& key : keys) {
    backup.versions.push_back(
        {.version = key.version, .created = key.created, .algorithm = "aes-256", .key = std::move(key.key)});
  }
  return backup;
}

class BackupKeyWork final : private IntendedWork {
 public:
  BackupKeyWork(const Statement& statement, catalog::Tenant tenant, storage::Destination destination,
                const Secret& uri, KeyBackupWork content)
      : statement_(statement),
        services_(statement.services),
        tenant_(std::move(tenant)),
        destination_(std::move(destination)),
        uri_(uri),
        content_(std::move(content)) {}

  Task<Result<>> run(const std::optional<Secret>& password) {
    BW_CO_CHECK(refuse_claimed(statement_, tenant_.id, destination_.place_key()));
    BW_CO_CHECK(check_destination_limit(statement_, key_of(tenant_.id, destination_)));
    BW_CO_CHECK(co_await settle_tenant(services_, tenant_.id, destination_.place_key(),
                                       statement_.storage_call(), &destination_));
    BW_CO_TRY(work_, make_work(password));
    std::move_only_function<Result<bool>()> encode = [work = work_] { return encode_backup(*work); };
    BW_CO_CHECK(co_await derive<bool>(statement_, std::move(encode)));
    if (destination_.is_file()) {
      FilePool::Job<bool> plan = [work = work_](const StopFlag& stop) { return plan_backup(*work, stop); };
      BW_CO_CHECK(co_await on_files(std::move(plan)));
    } else {
      BW_CO_CHECK(co_await plan_object());
    }
    BW_CO_TRY(entry_,
              destination_entry(services_, destination_, key_of(tenant_.id, destination_), statement_.now));
    co_return co_await run_with_intent(statement_, tenant_.id, *this);
  }

 private:
  Result<KeyWorkPtr> make_work(const std::optional<Secret>& password) {
    auto work = std::make_shared<KeyWork>();
    work->path = destination_.local_path;
    work->cluster = services_.store().cluster();
    work->tenant_id = tenant_.id;
    work->rules = services_.path_rules();
    work->entropy = &services_.entropy();
    if (password) work->password = password->clone();
    BW_TRY(work->backup, content_.read());
    work->backup.cluster_name = work->cluster.name;
    work->backup.cluster_id = work->cluster.id;
    work->backup.tenant_name = tenant_.name;
    work->backup.tenant_id = static_cast<std::uint64_t>(tenant_.id);
    work->backup.created = statement_.now;
    return work;
  }

  // Jobs come named: GCC 12 destroys the captures of a lambda written inside a co_await expression twice.
  template <class T>
  Task<Result<T>> on_files(FilePool::Job<T>&& job, FilePool::Abandoned<T>&& late = {}) {
    return run_on<T>(services_.files(), statement_.storage_call(),
                     storage::current_mount_of(destination_.local_path).mount_point, std::move(job),
                     std::move(late));
  }

  Task<Result<>> plan_object() {
    BW_CO_TRY(bucket_, open_key_bucket(services_, uri_));
    const storage::KeyOwner owner{.cluster_id = work_->cluster.id,
                                  .tenant_id = static_cast<std::uint64_t>(tenant_.id)};
    BW_CO_TRY(replaces_, co_await storage::plan_key_object(*bucket_, destination_.object_dir, work_->bytes,
                                                           owner, statement_.storage_call()));
    co_return Result<>{};
  }

  // ---- IntendedWork ----

  const storage::Destination& destination() const override { return destination_; }

  Result<std::int64_t> open(catalog::Transaction& transaction) override {
    catalog::IntentSpec spec;
    spec.key = key_of(tenant_.id, destination_);
    spec.kind = catalog::DestinationKind::backup_key;
    spec.path_key = destination_.place_key();
    BW_TRY(const auto row, transaction.read().destinations().find(spec.key));
    BW_TRY(const auto tenant, transaction.read().tenants().find(tenant_.id));
    if (row && row->dest_id != 0) {
      spec.dest_id = row->dest_id;
    } else if (tenant) {
      BW_TRY(spec.dest_id, transaction.destinations().reserve_id(tenant_.id));
    }
    made_ = {.plan = std::nullopt,
             .digest = crypto::sha256(work_->bytes),
             .newest = work_->backup.versions.back().version,
             .is_protected = work_->password.has_value()};
    if (destination_.is_file()) made_.plan = work_->plan;
    spec.record = encode_record(made_);
    return transaction.intents().open(spec, destination_.is_file() ? nullptr : &uri_);
  }

  Task<Result<Made>> make(storage::EndedLate late) override {
    // No co_await in a conditional expression: GCC 12 destroys its temporaries twice.
    if (destination_.is_file()) co_return co_await make_file(late);
    co_return co_await make_object();
  }

  Task<Result<Made>> make_file(storage::EndedLate late) {
    FilePool::Job<Made> write = [work = work_](const StopFlag& stop) -> Result<Made> {
      const auto written = storage::write_key_file(work->plan, work->bytes, stop);
      if (written) return Made{};
      return Made{.refused = written.error(), .left = Made::Left::unknown};
    };
    FilePool::Abandoned<Made> ended_late = [late = std::move(late)](const auto&) { late(); };
    co_return co_await on_files(std::move(write), std::move(ended_late));
  }

  // Where it failed it may have been written all the same.
  Task<Result<Made>> make_object() {
    const auto written = co_await storage::write_key_object(*bucket_, destination_.object_dir, work_->bytes,
                                                            replaces_, statement_.storage_call());
    if (written) co_return Made{};
    co_return Made{.refused = written.error(), .left = Made::Left::unknown};
  }

  Result<> finish(catalog::Transaction& transaction, std::int64_t intent) override {
    BW_CHECK(
        transaction.intents().finish_key(intent, entry_.row, entry_.access_key,
                                         note_of(made_, key_of(tenant_.id, destination_), statement_.now)));
    return content_.entered ? content_.entered(transaction) : Result<>();
  }

  const Statement& statement_;
  Services& services_;
  catalog::Tenant tenant_;
  const storage::Destination destination_;
  const Secret& uri_;
  const KeyBackupWork content_;
  KeyWorkPtr work_;
  KeyIntent made_;
  DestinationEntry entry_;
  std::unique_ptr<storage::ObjectStore> bucket_;  ///< null for a file
  bool replaces_ = false;                         ///< an object
};

}  // namespace

Task<Result<>> write_key_backup(const Statement& statement, catalog::Tenant tenant,
                                storage::Destination destination, const Secret& uri,
                                const std::optional<Secret>& password, KeyBackupWork content) {
  for (const std::string& note : destination.notes) statement.session.diagnostics.note(note);
  const catalog::TenantId id = tenant.id;
  BackupKeyWork work(statement, std::move(tenant), std::move(destination), uri, std::move(content));
  co_return co_await settling_after(statement.services, id, work.run(password));
}

Result<> check_key_password(const Secret& password, std::string_view hint) {
  if (password.empty()) return fail(error::invalid_argument("password").with_hint(std::string(hint)));
  return password.size() <= limits::kMaxPassword ? Result<>() : fail(error::invalid_argument("password"));
}

Result<> check_rotation(catalog::Transaction& transaction, const catalog::Tenant& tenant) {
  if (tenant.is_sys()) return fail(error::not_supported("master key of the sys tenant"));
  BW_TRY(const auto method, transaction.read().parameters().find(tenant.id, "tde_method"));
  const std::string_view now = method ? std::string_view(*method) : "none";
  if (now == "internal") return {};
  if (now == "bkmi")
    return fail(error::not_supported("rotating a key of an external key management service"));
  return fail(error::tde_method().with_hint("SET tde_method = 'internal' first"));
}

Result<std::int64_t> make_master_key(catalog::Transaction& transaction, const catalog::Tenant& tenant) {
  BW_CHECK(check_rotation(transaction, tenant));
  return transaction.keys().rotate(tenant.id);
}

void warn_of_new_key(const Statement& statement, std::int64_t version) {
  statement.session.diagnostics.add(session::WarningLevel::warning, session::kHintCode,
                                    "version " + std::to_string(version) +
                                        " of the tenant's master key is in no key backup: ALTER SYSTEM "
                                        "BACKUP KEY TO 'uri' ENCRYPTED BY 'password'");
}

void note_of_limit(const Statement& statement, std::int64_t version) {
  constexpr std::int64_t kNoted = limits::kMaxMasterKeys / 10 * 9;
  if (version < kNoted) return;
  statement.session.diagnostics.note("the tenant has " + std::to_string(version) + " of " +
                                     std::to_string(limits::kMaxMasterKeys) +
                                     " master keys that it can have; rotate them less often");
}

Task<Result<Outcome>> rotate_master_key(const Statement& statement, const ast::RotateMasterKey& /*rotate*/) {
  BW_CO_CHECK(require_alter_system_and_super(statement));
  const catalog::Tenant& tenant = statement.session.tenant();
  if (tenant.mode == catalog::CompatibilityMode::oracle) {
    co_return fail(error::not_supported("ALTER INSTANCE ROTATE INNODB MASTER KEY in Oracle mode")
                       .with_hint("an Oracle tenant's administrator uses ADMINISTER KEY MANAGEMENT SET KEY"));
  }
  auto job = [&](catalog::Transaction& transaction) { return make_master_key(transaction, tenant); };
  BW_CO_TRY(const std::int64_t version, co_await change_catalog<std::int64_t>(statement, std::move(job)));
  warn_of_new_key(statement, version);
  note_of_limit(statement, version);
  co_return Outcome{};
}

namespace {

void tell_unprotected(const Statement& statement, catalog::TenantId tenant) {
  constexpr std::string_view kNote =
      "the key backup is not protected by a password: whoever reads the file has the keys (ENCRYPTED BY "
      "protects it)";
  statement.session.diagnostics.note(std::string(kNote));
  statement.services.log().warning("tenant " + std::to_string(tenant) + ": " + std::string(kNote),
                                   statement.connection.id());
}

}  // namespace

Task<Result<Outcome>> backup_key(const Statement& statement, const ast::BackupKey& backup) {
  BW_CO_TRY(catalog::Tenant tenant, resolve_tenant(statement, backup));
  BW_CO_CHECK(backup.password ? require_alter_system(statement) : require_alter_system_and_super(statement));
  if (backup.password)
    BW_CO_CHECK(check_key_password(*backup.password, "leave ENCRYPTED BY out for a file without a password"));
  BW_CO_TRY(storage::Destination destination, resolve_path(statement, backup));
  BW_CO_TRY(const TenantLocks::Guard guard, co_await statement.lock(tenant.id));
  const catalog::TenantId id = tenant.id;
  KeyBackupWork work{.read = [&statement, tenant] { return master_keys_of(statement, tenant); }};
  BW_CO_CHECK(co_await write_key_backup(statement, tenant, std::move(destination), *backup.to,
                                        backup.password, std::move(work)));
  if (!backup.password) tell_unprotected(statement, id);
  co_return Outcome{};
}

}  // namespace breakwater::server::execute
