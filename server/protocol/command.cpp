#include "server/protocol/command.h"

#include "server/protocol/wire.h"

namespace breakwater::protocol {
namespace {

constexpr std::uint16_t kMultiStatementsOn = 0;
constexpr std::uint16_t kMultiStatementsOff = 1;

Result<Command> parse_query(ByteReader& in) {
  std::string_view sql = as_text(in.rest());
  if (sql.ends_with('\0')) sql.remove_suffix(1);
  return Query{sql};
}

Result<Command> parse_field_list(ByteReader& in) {
  StringNullOrEof table;
  StringEof wildcard;
  if (!deserialize(in, table, wildcard)) return fail(error::malformed_packet());
  return FieldList{table.value, wildcard.value.substr(0, wildcard.value.find('\0'))};
}

Result<Command> parse_process_kill(ByteReader& in) {
  Int4 id;
  if (!deserialize(in, id)) return fail(error::malformed_packet());
  return ProcessKill{id.value};
}

Result<Command> parse_set_option(ByteReader& in) {
  Int2 option;
  if (!deserialize(in, option)) return fail(error::malformed_packet());
  if (option.value > kMultiStatementsOff) return fail(error::unknown_command());
  return SetOption{option.value == kMultiStatementsOn};
}

}  // namespace

Result<Command> parse_command(std::span<const std::uint8_t> packet) {
  ByteReader in(packet);
  Int1 code;
  if (!deserialize(in, code)) return fail(error::unknown_command());
  switch (CommandCode{code.value}) {
    case CommandCode::quit:
      return Quit{};
    case CommandCode::init_db:
      return InitDb{as_text(in.rest())};
    case CommandCode::query:
      return parse_query(in);
    case CommandCode::field_list:
      return parse_field_list(in);
    case CommandCode::statistics:
      return Statistics{};
    case CommandCode::process_kill:
      return parse_process_kill(in);
    case CommandCode::debug:
      return Debug{};
    case CommandCode::ping:
      return Ping{};
    case CommandCode::change_user:
      return ChangeUser{in.rest()};
    case CommandCode::set_option:
      return parse_set_option(in);
    case CommandCode::reset_connection:
      return ResetConnection{};
  }
  return fail(error::unknown_command());
}

}  // namespace breakwater::protocol
