// An HTTP server for one test: every request goes to a function of the test, which says what comes back, byte
// for byte. Over TCP or TLS, on a free loopback port, a thread for each connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "storage/http/http_message.h"
#include "storage/http/object_stream.h"
#include "storage/http/resolver.h"
#include "storage/object/object_store.h"
#include "storage/support.h"

namespace breakwater::storage {

struct SeenRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
  int connection = 0;  ///< counted from 1
};

/// What the server does with a request.
struct Scripted {
  std::string bytes;                  ///< the answer as it goes over the wire
  bool close = false;                 ///< then end the connection
  std::chrono::milliseconds delay{};  ///< before that
  std::uint64_t zeros = 0;            ///< so many zero bytes behind `bytes`
};

/// An answer with its length and the time.
Scripted answer(unsigned status, std::string_view body = {}, std::vector<HttpHeader> headers = {});

/// <Error><Code>..
std::string error_xml(std::string_view code, std::string_view message = "m", std::string_view more = {});

/// A certificate that vouches for itself.
struct TlsIdentity {
  std::string certificate;  ///< PEM
  std::string key;          ///< PEM
};
TlsIdentity make_identity(const std::string& name);

class ScriptedServer {
 public:
  using Handler = std::function<Scripted(const SeenRequest&)>;
  struct Options {
    std::optional<TlsIdentity> tls{};
    bool read_bodies = true;      ///< false: the handler is asked as soon as the headers are there
    bool discard_bodies = false;  ///< read, count (in x-seen-bytes) and forget
  };

  explicit ScriptedServer(Handler handler) : ScriptedServer(std::move(handler), Options()) {}
  ScriptedServer(Handler handler, Options options);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::uint16_t port() const;
  std::vector<SeenRequest> seen() const;
  int connections() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Names to addresses as the test says; counts how often it is asked.
class FixedResolver final : public Resolver {
 public:
  explicit FixedResolver(std::vector<std::string> addresses);
  void resolve(std::string host, Deadline deadline, Done done) override;
  std::string asked;

 private:
  Addresses addresses_;
};

inline Call within(std::chrono::milliseconds wait, Cancellation* cancellation = nullptr) {
  return {deadline_in(wait), cancellation};
}

/// Runs a coroutine to its end.
template <class T>
T run(boost::asio::io_context& io, Task<T> task) {
  std::optional<T> result;
  std::exception_ptr thrown;
  auto done = [&](std::exception_ptr problem, T value) {
    thrown = problem;
    result.emplace(std::move(value));
    io.stop();
  };
  io.restart();
  boost::asio::co_spawn(io, std::move(task), done);
  io.run();
  if (thrown) std::rethrow_exception(thrown);
  return *std::move(result);
}

/// Makes bytes as they are asked for: each is its offset modulo 251.
class CountingSource final : public Source {
 public:
  explicit CountingSource(std::uint64_t size) : size_(size) {}
  std::uint64_t size() const override { return size_; }
  Task<Result<std::size_t>> read(std::uint64_t offset, std::span<std::uint8_t> into) override;

 private:
  std::uint64_t size_;
};

class CountingSink final : public Sink {
 public:
  Task<Result<>> write(std::span<const std::uint8_t> bytes) override {
    count += bytes.size();
    co_return Result<>();
  }
  std::uint64_t count = 0;
};

}  // namespace breakwater::storage
