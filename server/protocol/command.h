// The commands that a client sends after the login. Texts are views into the packet.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "base/error.h"

namespace breakwater::protocol {

struct Quit {};
struct InitDb {
  std::string_view name{};
};
/// Without the NUL that some clients end it with.
struct Query {
  std::string_view sql{};
};
struct FieldList {
  std::string_view table{};
  std::string_view wildcard{};  ///< a LIKE pattern; empty: all
};
struct Statistics {};
struct ProcessKill {
  std::uint32_t id = 0;
};
struct Debug {};
struct Ping {};
/// Login::on_change_user() reads the rest of the packet.
struct ChangeUser {
  std::span<const std::uint8_t> body{};
};
struct SetOption {
  bool multi_statements = false;
};
struct ResetConnection {};
struct ProcessInfo {};

// ---- prepared statements (their values: binary.h) ----

struct StmtPrepare {
  std::string_view sql{};  ///< without a NUL at the end
};
struct StmtExecute {
  std::uint32_t id = 0;
  bool cursor = false;  ///< the rows are fetched by StmtFetch
  /// NULL bitmap, types and values, for read_parameters(). Their number is known from the statement.
  std::span<const std::uint8_t> parameters{};
};
/// A part of a parameter's value, sent before StmtExecute. It has no answer.
struct StmtSendLongData {
  std::uint32_t id = 0;
  std::uint16_t parameter = 0;
  std::string_view data{};
};
/// It has no answer.
struct StmtClose {
  std::uint32_t id = 0;
};
struct StmtReset {
  std::uint32_t id = 0;
};
struct StmtFetch {
  std::uint32_t id = 0;
  std::uint32_t rows = 0;  ///< at most
};

using Command = std::variant<Quit, InitDb, Query, FieldList, Statistics, ProcessKill, Debug, Ping, ChangeUser,
                             SetOption, ResetConnection, ProcessInfo, StmtPrepare, StmtExecute,
                             StmtSendLongData, StmtClose, StmtReset, StmtFetch>;

/// Reads one reassembled packet. Errors: unknown_command (1047) for a command that we don't serve and for an
/// empty packet, malformed_packet (1835) for a packet that is too short. The connection goes on after both.
Result<Command> parse_command(std::span<const std::uint8_t> packet);

}  // namespace breakwater::protocol
