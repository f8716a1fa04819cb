// Reader on SQLite. The connection and the keyring outlive it.
#pragma once

#include "catalog/store/sqlite_roles.h"

namespace breakwater::catalog {

class SqliteReader : public Reader {
 public:
  SqliteReader(sqlite::Connection& connection, const Keyring& keyring)
      : with_{.connection = connection, .keyring = keyring} {}

  Result<> hold_snapshot() override { return with_.connection.hold_snapshot(); }
  void release_snapshot() override { with_.connection.release_snapshot(); }

  TenantReader& tenants() override { return *tenants_; }
  ResourceReader& resources() override { return *resources_; }
  AccountReader& accounts() override { return *accounts_; }
  ParameterReader& parameters() override { return *parameters_; }
  KeyReader& keys() override { return *keys_; }
  DestinationReader& destinations() override { return *destinations_; }
  IntentReader& intents() override { return *intents_; }
  ArchiveReader& archive() override { return *archive_; }
  PartReader& parts() override { return *parts_; }
  BackupJobReader& jobs() override { return *jobs_; }
  RestoreReader& restores() override { return *restores_; }
  ValidationReader& validations() override { return *validations_; }
  PolicyReader& policies() override { return *policies_; }
  DeletionReader& deletions() override { return *deletions_; }
  AuditReader& audit() override { return *audit_; }
  ScheduleReader& schedules() override { return *schedules_; }
  RoleReader& roles() override { return *roles_; }
  DestinationStatusReader& dest_status() override { return *dest_status_; }

  sqlite::Connection& connection() { return with_.connection; }

 private:
  const Reading with_;
  const std::unique_ptr<TenantReader> tenants_ = tenants_on(with_);
  const std::unique_ptr<ResourceReader> resources_ = resources_on(with_);
  const std::unique_ptr<AccountReader> accounts_ = accounts_on(with_);
  const std::unique_ptr<ParameterReader> parameters_ = parameters_on(with_);
  const std::unique_ptr<KeyReader> keys_ = keys_on(with_);
  const std::unique_ptr<DestinationReader> destinations_ = destinations_on(with_);
  const std::unique_ptr<IntentReader> intents_ = intents_on(with_);
  const std::unique_ptr<ArchiveReader> archive_ = archive_on(with_);
  const std::unique_ptr<PartReader> parts_ = parts_on(with_);
  const std::unique_ptr<BackupJobReader> jobs_ = jobs_on(with_);
  const std::unique_ptr<RestoreReader> restores_ = restores_on(with_);
  const std::unique_ptr<ValidationReader> validations_ = validations_on(with_);
  const std::unique_ptr<DeletionReader> deletions_ = deletions_on(with_);
  const std::unique_ptr<ScheduleReader> schedules_ = schedules_on(with_);
  const std::unique_ptr<PolicyReader> policies_ = policies_on(with_);
  const std::unique_ptr<AuditReader> audit_ = audit_on(with_);
  const std::unique_ptr<RoleReader> roles_ = roles_on(with_);
  const std::unique_ptr<DestinationStatusReader> dest_status_ = dest_status_on(with_);
};

}  // namespace breakwater::catalog
