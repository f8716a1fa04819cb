#include "server/init_files.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "base/task.h"
#include "base/thread.h"
#include "server/protocol/command.h"
#include "server/protocol/response.h"

namespace breakwater::server {
namespace {

namespace protocol = breakwater::protocol;

constexpr std::size_t kMostFiles = 1'000;
constexpr std::size_t kMostBytes = std::size_t{16} << 20U;
constexpr std::size_t kHeader = 4;                  // of a packet: its length and its number
constexpr std::size_t kLongest = (1U << 24U) - 1U;  // a packet of so many bytes goes on in the next
constexpr std::uint8_t kErr = 0xFF;
constexpr std::uint8_t kEof = 0xFE;
constexpr std::size_t kLongestEof = 8;
constexpr std::size_t kBeforeText = 9;  // of an ERR packet: 0xFF, the number, '#', the SQLSTATE
constexpr std::uint16_t kEmptyQuery = 1065;

// ---- the files ----

Result<InitFile> read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in.good() && !in.eof()) return fail(error::start_refused("can't read the init file " + path.string()));
  if (text.size() > kMostBytes) {
    wipe(text);
    return fail(error::start_refused("the init file " + path.string() + " has more than 16 MiB"));
  }
  return InitFile{.name = path.string(), .sql = Secret::take(std::move(text))};
}

Result<std::vector<std::filesystem::path>> files_of(const std::filesystem::path& path) {
  std::error_code failed;
  if (std::filesystem::is_regular_file(path, failed)) return std::vector{path};
  std::vector<std::filesystem::path> files;
  std::filesystem::directory_iterator entries(path, failed);
  if (failed)
    return fail(error::start_refused("can't read the init file " + path.string() + ": " + failed.message()));
  for (const auto& entry : entries)
    if (entry.path().extension() == ".sql") files.push_back(entry.path());
  if (files.empty()) return fail(error::start_refused("there is no *.sql in " + path.string()));
  if (files.size() > kMostFiles)
    return fail(error::start_refused("there are more than 1,000 files in " + path.string()));
  std::ranges::sort(files);
  return files;
}

// ---- the answers ----

struct Failure {
  std::uint16_t number = 0;
  std::string text{};
};

/// Reads the answers to one command as a client does. Between them packets may be cut anywhere but within themselves.
class Answers {
 public:
  void feed(std::string_view packets) {
    while (packets.size() >= kHeader) {
      const std::size_t size = byte(packets, 0) | byte(packets, 1) << 8U | byte(packets, 2) << 16U;
      const std::string_view packet = packets.substr(kHeader, size);
      if (!std::exchange(goes_on_, size == kLongest)) take(packet);
      packets.remove_prefix(kHeader + packet.size());
    }
  }

  std::size_t ended() const { return ended_; }
  const std::optional<Failure>& failure() const { return failure_; }
  const std::vector<std::string>& last_columns() const { return last_columns_; }

 private:
  enum class Place : std::uint8_t { start, columns, rows };

  static std::size_t byte(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
  }

  void take(std::string_view packet) {
    if (packet.empty()) return;
    const std::size_t first = byte(packet, 0);
    if (first == kErr) {
      failure_ = Failure{.number = static_cast<std::uint16_t>(byte(packet, 1) | byte(packet, 2) << 8U),
                         .text = std::string(packet.substr(std::min(kBeforeText, packet.size())))};
      return;
    }
    const bool is_eof = first == kEof && packet.size() <= kLongestEof;
    if (place_ == Place::start && first != 0) {
      place_ = Place::columns;
    } else if (place_ == Place::columns && is_eof) {
      place_ = Place::rows;
    } else if (place_ == Place::rows && !is_eof) {
      last_columns_.push_back(last_column(packet));
    } else if (place_ != Place::columns) {
      place_ = Place::start;
      ++ended_;
    }
  }

  // Of a row of short texts.
  static std::string last_column(std::string_view row) {
    std::string_view last;
    while (!row.empty()) {
      const std::size_t length = byte(row, 0);
      last = length == 0xFB ? std::string_view() : row.substr(1, length);
      if (length == 0xFC && row.size() > 2) {
        last = row.substr(3, byte(row, 1) | byte(row, 2) << 8U);
        row.remove_prefix(2);
      }
      row.remove_prefix(1 + last.size());
    }
    return std::string(last);
  }

  Place place_ = Place::start;
  bool goes_on_ = false;
  std::size_t ended_ = 0;
  std::optional<Failure> failure_;
  std::vector<std::string> last_columns_;
};

// ---- the session ----

/// A connection without a socket: nobody is at its other end but the reader of the answers.
class OwnConnection final : public Connection {
 public:
  OwnConnection(Executor executor, ServerMemory& memory) : executor_(std::move(executor)), memory_(memory) {
    peer_ = {.address = "localhost", .unix_socket = true, .local = true};
    capabilities_ = protocol::capability::kProtocol41 | protocol::capability::kTransactions |
                    protocol::capability::kMultiStatements | protocol::capability::kMultiResults;
    charset_ = static_cast<std::uint8_t>(protocol::charset::kUtf8mb4GeneralCi);
  }

  const TlsInfo* tls() const override { return nullptr; }
  Executor executor() override { return executor_; }
  StatementMemory& memory() override { return memory_; }
  Task<bool> flush() override {
    take_output();
    co_return true;
  }
  void kill(Interrupt how) override { interrupt_ = how; }
  Interrupt interrupted() const override { return interrupt_; }

  Task<Answers> ask(Session& session, std::string_view sql) {
    answers_ = Answers();
    writer_.start(capabilities_, 1);
    writer_.set_max_row(kMostBytes);
    const protocol::Command command = protocol::Query{sql};
    if (Task<> rest = session.execute(command, writer_); rest.valid()) co_await std::move(rest);
    take_output();
    co_return std::exchange(answers_, Answers());
  }

 private:
  void take_output() {
    answers_.feed(output_.view());
    output_.clear();
  }

  Executor executor_;
  StatementMemory memory_;
  protocol::Output output_{memory_};
  protocol::ResponseWriter writer_{output_};
  Answers answers_;
  std::atomic<Interrupt> interrupt_ = Interrupt::none;
};

Error told(const InitFile& file, const Answers& answers, const std::vector<std::string>& notes) {
  std::string text = file.name + ": statement " + std::to_string(answers.ended() + 1) + ": error " +
                     std::to_string(answers.failure()->number) + ": " + answers.failure()->text;
  for (const std::string& note : notes)
    if (!answers.failure()->text.contains(note)) text += "; " + note;  // what the text has already
  return error::start_refused(text);
}

Task<Result<>> run_file(const InitFile& file, OwnConnection& connection, SessionFactory& factory) {
  LoginRequest root;
  root.user.user = "root";
  root.user.tenant = "sys";
  BW_CO_TRY(const auto session, factory.open(connection, root));
  const Answers answers = co_await connection.ask(*session, file.sql.reveal());
  // A comment behind the last statement.
  if (!answers.failure() || answers.failure()->number == kEmptyQuery) co_return Result<>{};
  const Answers notes = co_await connection.ask(*session, "SHOW WARNINGS");
  co_return fail(told(file, answers, notes.last_columns()));
}

Result<> run_all(const std::vector<InitFile>& files, SessionFactory& factory, Log& log) {
  boost::asio::io_context io(1);
  Result<> outcome;
  const auto work = [&]() -> Task<> {
    for (const InitFile& file : files) {
      OwnConnection connection(io.get_executor(), factory.memory());
      outcome = co_await run_file(file, connection, factory);
      if (!outcome) break;
      log.info("first start: ran " + file.name);
    }
    factory.tick();
  };
  std::exception_ptr thrown;
  boost::asio::co_spawn(io, work(), [&](const std::exception_ptr& what) { thrown = what; });
  io.run();
  if (thrown) std::rethrow_exception(thrown);
  return outcome;
}

}  // namespace

Result<std::vector<InitFile>> read_init_files(const std::string& path) {
  BW_TRY(const auto paths, files_of(path));
  std::vector<InitFile> files;
  for (const auto& one : paths) {
    BW_TRY(InitFile file, read_file(one));
    files.push_back(std::move(file));
  }
  return files;
}

// On a thread of its own, since what statements leave open lives as long as their thread.
Result<> run_init_files(const std::vector<InitFile>& files, SessionFactory& factory, Log& log) {
  Result<> outcome;
  std::exception_ptr thrown;
  std::thread thread = start_thread("init", [&] {
    try {
      outcome = run_all(files, factory, log);
    } catch (...) {
      thrown = std::current_exception();
    }
  });
  thread.join();
  if (thrown) std::rethrow_exception(thrown);
  return outcome;
}

}  // namespace breakwater::server
