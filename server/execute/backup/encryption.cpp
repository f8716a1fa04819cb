// SET ENCRYPTION and SET DECRYPTION (docs/spec/behaviour.md#set-encryption): the passwords stay in the
// session, for the statements that follow.
#include <utility>
#include <vector>

#include "base/limits.h"
#include "server/execute/backup/statements.h"
#include "server/execute/context/privileges.h"

namespace breakwater::server::execute {

Result<Outcome> set_encryption(const Statement& statement, const ast::SetEncryption& set) {
  statement.session.backup_password = set.password.clone();
  return Outcome{};
}

Result<Outcome> set_decryption(const Statement& statement, const ast::SetDecryption& set) {
  if (!statement.session.identity().is_sys())
    return fail(error::not_supported("non-sys tenant set decryption is"));
  if (set.passwords.size() > limits::kMaxRestorePasswords) return fail(error::size_overflow());
  BW_CHECK(require(statement, catalog::privilege::kSuper, "SUPER"));
  std::vector<Secret> passwords;
  passwords.reserve(set.passwords.size());
  for (const Secret& password : set.passwords) passwords.push_back(password.clone());
  statement.session.restore_passwords = std::move(passwords);
  return Outcome{};
}

}  // namespace breakwater::server::execute
