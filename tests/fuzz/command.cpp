// A command's packet. Every text that is read lies within it.
#include "server/protocol/command.h"

#include <variant>

#include "base/overloaded.h"
#include "fuzz/fuzz.h"

namespace breakwater {
namespace {

using namespace protocol;

std::size_t bytes_of(const Command& command) {
  return std::visit(
      Overloaded{[](const InitDb& c) { return c.name.size(); }, [](const Query& c) { return c.sql.size(); },
                 [](const FieldList& c) { return c.table.size() + c.wildcard.size(); },
                 [](const ChangeUser& c) { return c.body.size(); },
                 [](const StmtPrepare& c) { return c.sql.size(); },
                 [](const StmtExecute& c) { return c.parameters.size(); },
                 [](const StmtSendLongData& c) { return c.data.size(); },
                 [](const auto&) { return std::size_t{0}; }},
      command);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto command = parse_command({data, size});
  fuzz::require(size != 0 || !command);
  if (command) fuzz::require(bytes_of(*command) < size);
  return 0;
}

}  // namespace breakwater
