// The store's role for a tenant's master keys, and for the keystore of an Oracle tenant.
//
// Master keys are kept sealed and numbered from 1; none is ever changed or removed.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/error.h"
#include "catalog/model/entities.h"

namespace breakwater::catalog {

class KeyReader {
 public:
  virtual ~KeyReader() = default;

  virtual Result<std::vector<MasterKeyVersion>> versions(TenantId tenant) = 0;
  /// The newest version, which is how many there are; 0: none.
  virtual Result<std::int64_t> newest(TenantId tenant) = 0;
  /// All versions unsealed, oldest first: what BACKUP KEY writes. checksum_error (4103) if one is damaged.
  virtual Result<std::vector<MasterKey>> unsealed(TenantId tenant) = 0;

  virtual Result<std::optional<Keystore>> keystore(TenantId tenant) = 0;
};

class KeyWriter {
 public:
  virtual ~KeyWriter() = default;

  /// A new 256-bit key under the next version, which is returned. tenant_not_exist (5157); size_overflow (4019):
  /// there are limits::kMaxMasterKeys.
  virtual Result<std::int64_t> rotate(TenantId tenant) = 0;

  /// tenant_not_exist (5157), keystore_exist (4350).
  virtual Result<> create_keystore(TenantId tenant, const Keystore& keystore) = 0;
  /// Password and state; the name stays. keystore_not_exist (4351).
  virtual Result<> change_keystore(TenantId tenant, const Keystore& keystore) = 0;
};

}  // namespace breakwater::catalog
