// What the server does by itself with the means of a statement: nobody has sent it, and nobody is at the other end.
#pragma once

#include "server/execute/context/statement.h"

namespace breakwater::server::execute {

/// One such statement, in a session of nobody in that tenant: whose a place is, is told as to the tenant itself, and what
/// it changes is the server's own. Of the housekeeper's thread; the cancellation is the housekeeper's.
class OwnStatement {
 public:
  OwnStatement(Services& services, Lane& lane, const catalog::Tenant& tenant);

  const Statement& statement() const { return statement_; }

 private:
  class Nobody final : public Connection {
   public:
    Nobody(Executor executor, ServerMemory& memory) : executor_(std::move(executor)), memory_(memory) {}

    const TlsInfo* tls() const override { return nullptr; }
    Executor executor() override { return executor_; }
    StatementMemory& memory() override { return memory_; }
    Task<bool> flush() override { co_return true; }
    void kill(Interrupt /*how*/) override {}
    Interrupt interrupted() const override { return Interrupt::none; }

   private:
    Executor executor_;
    StatementMemory memory_;
  };

  Nobody connection_;
  session::SessionState session_;
  const Statement statement_;
};

}  // namespace breakwater::server::execute
