#include "server/execute/command_counter.h"

#include <variant>

namespace breakwater::server::execute {
namespace {

using session::Counter;

struct CounterOf {
  Counter operator()(const ast::Select& /*s*/) const { return Counter::select; }
  Counter operator()(const ast::Show& /*s*/) const { return Counter::show; }
  Counter operator()(const ast::Set& /*s*/) const { return Counter::set_option; }
  Counter operator()(const ast::SetPassword& /*s*/) const { return Counter::set_password; }
  Counter operator()(const ast::Use& /*s*/) const { return Counter::change_db; }
  Counter operator()(const ast::Kill& /*s*/) const { return Counter::kill; }
  Counter operator()(const ast::Begin& /*s*/) const { return Counter::begin; }
  Counter operator()(const ast::Commit& /*s*/) const { return Counter::commit; }
  Counter operator()(const ast::Rollback& /*s*/) const { return Counter::rollback; }
  Counter operator()(const ast::Flush& /*s*/) const { return Counter::flush; }
  Counter operator()(const ast::CreateTenant& /*s*/) const { return Counter::create_tenant; }
  Counter operator()(const ast::DropTenant& /*s*/) const { return Counter::drop_tenant; }
  Counter operator()(const ast::AlterTenant& /*s*/) const { return Counter::alter_tenant; }
  Counter operator()(const ast::CreateResourceUnit& /*s*/) const { return Counter::create_resource; }
  Counter operator()(const ast::CreateResourcePool& /*s*/) const { return Counter::create_resource; }
  Counter operator()(const ast::DropResourceUnit& /*s*/) const { return Counter::drop_resource; }
  Counter operator()(const ast::DropResourcePool& /*s*/) const { return Counter::drop_resource; }
  Counter operator()(const ast::CreateUser& /*s*/) const { return Counter::create_user; }
  Counter operator()(const ast::AlterUser& /*s*/) const { return Counter::alter_user; }
  Counter operator()(const ast::DropUser& /*s*/) const { return Counter::drop_user; }
  Counter operator()(const ast::Grant& /*s*/) const { return Counter::grant; }
  Counter operator()(const ast::Revoke& /*s*/) const { return Counter::revoke; }
  Counter operator()(const ast::AlterSystemSet& /*s*/) const { return Counter::alter_system; }
  Counter operator()(const ast::AlterSystemReset& /*s*/) const { return Counter::alter_system; }
  Counter operator()(const ast::DeletePolicy& /*s*/) const { return Counter::alter_system; }
  Counter operator()(const ast::CancelBackup& /*s*/) const { return Counter::alter_system; }
  Counter operator()(const ast::ArchiveLog& /*s*/) const { return Counter::alter_system; }
  Counter operator()(const ast::ChangeTenant& /*s*/) const { return Counter::alter_system; }
  Counter operator()(const ast::KeyManagement& /*s*/) const { return Counter::alter_system; }
  Counter operator()(const ast::BackupKey& /*s*/) const { return Counter::backup_key; }
  template <class Statement>
  Counter operator()(const Statement& /*s*/) const {
    return Counter::other;
  }
};

}  // namespace

session::Counter counter_of(const ast::Statement& statement) {
  return std::visit(CounterOf{}, statement);
}

}  // namespace breakwater::server::execute
