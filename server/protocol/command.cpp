#include "server/protocol/command.h"

#include "server/protocol/wire.h"

namespace breakwater::protocol {
namespace {

constexpr std::uint16_t kMultiStatementsOn = 0;
constexpr std::uint16_t kMultiStatementsOff = 1;
constexpr std::uint8_t kReadOnlyCursor = 0x01;  ///< the only flag of COM_STMT_EXECUTE that MySQL reads

std::string_view statement_text(ByteReader& in) {
  std::string_view sql = as_text(in.rest());
  if (sql.ends_with('\0')) sql.remove_suffix(1);
  return sql;
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

Result<Command> parse_execute(ByteReader& in) {
  Int4 id;
  Int1 flags;
  Int4 iterations;
  if (!deserialize(in, id, flags, iterations)) return fail(error::malformed_packet());
  return StmtExecute{id.value, (flags.value & kReadOnlyCursor) != 0, in.rest()};
}

Result<Command> parse_long_data(ByteReader& in) {
  Int4 id;
  Int2 parameter;
  if (!deserialize(in, id, parameter)) return fail(error::malformed_packet());
  return StmtSendLongData{id.value, parameter.value, as_text(in.rest())};
}

Result<Command> parse_fetch(ByteReader& in) {
  Int4 id;
  Int4 rows;
  if (!deserialize(in, id, rows)) return fail(error::malformed_packet());
  return StmtFetch{id.value, rows.value};
}

/// A command that has only a statement's id.
template <class Message>
Result<Command> parse_id(ByteReader& in) {
  Int4 id;
  if (!deserialize(in, id)) return fail(error::malformed_packet());
  return Message{id.value};
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
      return Query{statement_text(in)};
    case CommandCode::field_list:
      return parse_field_list(in);
    case CommandCode::statistics:
      return Statistics{};
    case CommandCode::process_info:
      return ProcessInfo{};
    case CommandCode::process_kill:
      return parse_process_kill(in);
    case CommandCode::debug:
      return Debug{};
    case CommandCode::ping:
      return Ping{};
    case CommandCode::change_user:
      return ChangeUser{in.rest()};
    case CommandCode::stmt_prepare:
      return StmtPrepare{statement_text(in)};
    case CommandCode::stmt_execute:
      return parse_execute(in);
    case CommandCode::stmt_send_long_data:
      return parse_long_data(in);
    case CommandCode::stmt_close:
      return parse_id<StmtClose>(in);
    case CommandCode::stmt_reset:
      return parse_id<StmtReset>(in);
    case CommandCode::stmt_fetch:
      return parse_fetch(in);
    case CommandCode::set_option:
      return parse_set_option(in);
    case CommandCode::reset_connection:
      return ResetConnection{};
  }
  return fail(error::unknown_command());
}

}  // namespace breakwater::protocol
