#include <utility>
#include <variant>

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/stint.h"
#include "server/net/connection.h"

namespace breakwater::server {
namespace {

constexpr std::size_t kKeptOutput = 4096;  ///< bytes an idle connection keeps for its next answer
constexpr std::size_t kKeptInput = 8192;   ///< and for its next command

}  // namespace

// The loop that every command passes through. While there are commands in the buffer they are answered one by
// one; then all answers are sent at once and more bytes are read. The code for reading is here and not in a
// function of its own, since calling a coroutine costs more than the answer to a small statement.
Task<> ClientConnection::serve() {
  Stint stint;
  while (!is_over()) {
    const auto packet = next_packet();
    if (!packet) {
      writer_.start(capabilities_, static_cast<std::uint8_t>(reader_.sequence() + 1));
      writer_.error(packet.error());
      co_await send_and_linger();
      co_return;
    }
    if (!*packet) {
      if (!send_now() && !co_await send_rest()) co_return;
      if (is_over()) co_return;
      if (!prepare_to_wait()) {
        writer_.start(capabilities_, static_cast<std::uint8_t>(reader_.sequence() + 1));
        writer_.error(memory_.error());
        co_await send_and_linger();
        co_return;
      }
      stint.begin();
      if (tls_ != nullptr || compression_ != nullptr) {
        if (!co_await read_some()) co_return;
        continue;
      }
      boost::system::error_code error;
      const auto space = reader_.space();
      reading_ = true;
      const std::size_t count = co_await socket_.async_read_some(
          boost::asio::buffer(space.data(), space.size()),
          boost::asio::redirect_error(boost::asio::use_awaitable_t<Executor>{}, error));
      reading_ = false;
      if (error) co_return;
      reader_.received(count);
      worker_.count_in(count);
      continue;
    }

    begin_command((*packet)->sequence);
    const auto command = protocol::parse_command((*packet)->payload);
    if (!command) {
      writer_.error(command.error());
    } else if (std::holds_alternative<protocol::Quit>(*command)) {
      quit_ = true;
      co_return;
    } else if (const auto* change = std::get_if<protocol::ChangeUser>(&*command)) {
      if (!co_await change_user(*change, (*packet)->sequence)) co_return;
    } else if (Task<> rest = answer(*command); rest.valid()) {
      suspended_ = true;
      co_await std::move(rest);
      suspended_ = false;
    }
    if (output_.size() >= protocol::ResponseWriter::kFlushAt && !co_await flush()) co_return;
    if (stint.is_over()) co_await stint.yield();
  }
}

void ClientConnection::begin_command(std::uint8_t sequence) {
  deadline_ = Deadline::max();
  worker_.count_command();
  if (interrupted() != Interrupt::none) {
    Interrupt expected = Interrupt::query;
    interrupt_.compare_exchange_strong(expected, Interrupt::none);
  }
  writer_.start(capabilities_, static_cast<std::uint8_t>(sequence + 1));
  writer_.set_max_row(worker_.limits().max_allowed_packet);
  writer_.set_notes(worker_.limits().error_notes);
}

Task<> ClientConnection::answer(const protocol::Command& command) {
  if (std::holds_alternative<protocol::Ping>(command)) {
    writer_.ok({.status = session_->status()});
  } else if (std::holds_alternative<protocol::Statistics>(command)) {
    answer_statistics();
  } else if (const auto* option = std::get_if<protocol::SetOption>(&command)) {
    set_multi_statements(option->multi_statements);
  } else if (std::holds_alternative<protocol::Debug>(command)) {
    writer_.eof(session_->status());
  } else {
    return session_->execute(command, writer_);
  }
  return {};
}

void ClientConnection::set_multi_statements(bool on) {
  capabilities_ &= ~protocol::capability::kMultiStatements;
  if (on) capabilities_ |= protocol::capability::kMultiStatements;
  writer_.eof(session_->status());
}

void ClientConnection::answer_statistics() {
  const auto now = std::chrono::steady_clock::now();
  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(now - shared_.started).count();
  const std::uint64_t questions = shared_.commands();
  std::string text = "Uptime: " + std::to_string(uptime);
  text += "  Threads: " + std::to_string(shared_.open.get());
  text += "  Questions: " + std::to_string(questions);
  text += "  Slow queries: 0  Opens: 0  Open tables: 0  Queries per second avg: ";
  const std::uint64_t thousandths = questions * 1000 / static_cast<std::uint64_t>(std::max<long>(uptime, 1));
  const std::string fraction = std::to_string(1000 + thousandths % 1000).substr(1);
  writer_.bare_text(text + std::to_string(thousandths / 1000) + "." + fraction);
}

// Counts the memory of half a command while it waits for the rest. Returns false if there is no memory for
// more of it.
bool ClientConnection::prepare_to_wait() {
  const bool in_packet = reader_.in_packet() || (compression_ != nullptr && compression_->in_frame());
  const SessionTimeouts timeouts = session_->timeouts();
  deadline_ = deadline_in(in_packet ? timeouts.net_read : timeouts.wait);
  if (in_packet) {
    const std::size_t held = reader_.capacity() + (compression_ == nullptr ? 0 : compression_->capacity());
    return held <= kKeptInput || incoming_.set(held).has_value();
  }
  reader_.release();
  output_.shrink(kKeptOutput);
  wire_.shrink(kKeptOutput);
  if (compression_ != nullptr) compression_->release();
  incoming_.clear();
  memory_.computed();
  return true;
}

}  // namespace breakwater::server
