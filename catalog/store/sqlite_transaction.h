// Transaction on SQLite: the writer's connection, within one job.
#pragma once

#include "catalog/store/sqlite_reader.h"
#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {

class SqliteTransaction final : public Transaction {
 public:
  SqliteTransaction(sqlite::Connection& connection, const Keyring& keyring, const Clock& clock,
                    const Entropy& entropy)
      : reader_(connection, keyring),
        with_{.connection = connection,
              .keyring = keyring,
              .clock = clock,
              .entropy = entropy,
              .transaction = *this,
              .job = job_} {}
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;

  /// What the last job has left is forgotten.
  void begin_job() { job_ = JobState(); }

  Reader& read() override { return reader_; }
  void act_for(Origin who) override { job_.origin = std::move(who); }
  EventWriter& events() override { return *events_; }
  AuditWriter& audit() override { return *audit_; }
  TenantWriter& tenants() override { return *tenants_; }
  ResourceWriter& resources() override { return *resources_; }
  AccountWriter& accounts() override { return *accounts_; }
  ParameterWriter& parameters() override { return *parameters_; }
  KeyWriter& keys() override { return *keys_; }
  DestinationWriter& destinations() override { return *destinations_; }
  IntentWriter& intents() override { return *intents_; }
  ArchiveWriter& archive() override { return *archive_; }
  PartWriter& parts() override { return *parts_; }
  PolicyWriter& policies() override { return *policies_; }
  BackupJobWriter& jobs() override { return *jobs_; }
  RestoreWriter& restores() override { return *restores_; }
  ValidationWriter& validations() override { return *validations_; }
  DeletionWriter& deletions() override { return *deletions_; }
  ScheduleWriter& schedules() override { return *schedules_; }
  RoleWriter& roles() override { return *roles_; }
  DestinationStatusWriter& dest_status() override { return *dest_status_; }

  const Writing& with() const { return with_; }

 private:
  SqliteReader reader_;
  JobState job_;
  const Writing with_;
  const std::unique_ptr<EventWriter> events_ = events_on(with_);
  const std::unique_ptr<AuditWriter> audit_ = audit_on(with_);
  const std::unique_ptr<TenantWriter> tenants_ = tenants_on(with_);
  const std::unique_ptr<ResourceWriter> resources_ = resources_on(with_);
  const std::unique_ptr<AccountWriter> accounts_ = accounts_on(with_);
  const std::unique_ptr<ParameterWriter> parameters_ = parameters_on(with_);
  const std::unique_ptr<KeyWriter> keys_ = keys_on(with_);
  const std::unique_ptr<DestinationWriter> destinations_ = destinations_on(with_);
  const std::unique_ptr<IntentWriter> intents_ = intents_on(with_);
  const std::unique_ptr<ArchiveWriter> archive_ = archive_on(with_);
  const std::unique_ptr<PartWriter> parts_ = parts_on(with_);
  const std::unique_ptr<PolicyWriter> policies_ = policies_on(with_);
  const std::unique_ptr<BackupJobWriter> jobs_ = jobs_on(with_);
  const std::unique_ptr<RestoreWriter> restores_ = restores_on(with_);
  const std::unique_ptr<ValidationWriter> validations_ = validations_on(with_);
  const std::unique_ptr<DeletionWriter> deletions_ = deletions_on(with_);
  const std::unique_ptr<ScheduleWriter> schedules_ = schedules_on(with_);
  const std::unique_ptr<RoleWriter> roles_ = roles_on(with_);
  const std::unique_ptr<DestinationStatusWriter> dest_status_ = dest_status_on(with_);
};

}  // namespace breakwater::catalog
