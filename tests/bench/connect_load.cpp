// A raw client for the bench: nothing but the bytes that a login takes, so that it is not what is measured.
//
//   connect_load PORT USER PASSWORD connects SECONDS THREADS   connect, SELECT 1, quit, over and over;
//                                                              prints connects, failures, resumed sessions,
//                                                              median and p99 in µs
//   connect_load PORT USER PASSWORD guesses RATE           wrong passwords, RATE a second, until its input ends;
//                                                              prints how many, and how many seconds it took
//   connect_load PORT USER PASSWORD idle COUNT                 opens COUNT connections, says "open" and holds
//                                                              them until its input ends
//
// tls-connects, tls-resumes and tls-idle are the same over TLS, with one context for all connections: a full
// handshake each, or a session resumed from the last one's ticket.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kCapabilities =
    0x0008A205;  // LONG_PASSWORD, LONG_FLAG, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH
constexpr std::uint32_t kSsl = 0x800;
constexpr std::uint8_t kCharset = 45;
constexpr std::size_t kHeader = 4;

std::string sha1(std::string_view text) {
  std::string digest(SHA_DIGEST_LENGTH, '\0');
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

// mysql_native_password's answer.
std::string scramble(std::string_view password, std::string_view salt) {
  if (password.empty()) return {};
  std::string first = sha1(password);
  const std::string mask = sha1(std::string(salt) + sha1(first));
  for (std::size_t i = 0; i < first.size(); ++i) first[i] = static_cast<char>(first[i] ^ mask[i]);
  return first;
}

std::string packet(std::uint8_t sequence, std::string_view body) {
  std::string bytes = {static_cast<char>(body.size()), static_cast<char>(body.size() >> 8U),
                       static_cast<char>(body.size() >> 16U), static_cast<char>(sequence)};
  return bytes.append(body);
}

struct FreeSession {
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};

/// One context for all connections. Each thread keeps the session that its last ticket stands for: a server
/// may take a ticket only once.
struct Tls {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  bool resume = false;
  std::atomic<long> resumed = 0;

  explicit Tls(bool resumes) : resume(resumes) {
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, [](SSL*, SSL_SESSION* session) {
      last().reset(session);
      return 1;
    });
  }
  ~Tls() { SSL_CTX_free(context); }
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  static std::unique_ptr<SSL_SESSION, FreeSession>& last() {
    static thread_local std::unique_ptr<SSL_SESSION, FreeSession> session;
    return session;
  }
};

class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("connect");
  }
  Connection(Connection&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), tls_(std::exchange(other.tls_, nullptr)) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  Connection& operator=(Connection&&) = delete;
  ~Connection() {
    if (socket_ < 0) return;
    // A session whose end wasn't said can't be resumed.
    if (tls_ != nullptr) SSL_set_shutdown(tls_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(tls_);
    // A reset once the other side has closed: no port stays in TIME_WAIT, so that none runs out.
    const linger reset{1, 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(socket_);
  }

  /// `tls`: null for a plain connection.
  void log_in(const std::string& user, const std::string& password, Tls* tls) {
    const std::string greeting = read_packet();
    const std::size_t version_end = greeting.find('\0', 1) + 1;
    const std::string salt = greeting.substr(version_end + 4, 8) + greeting.substr(version_end + 31, 12);
    const std::string proof = scramble(password, salt);
    std::string body;
    const std::uint32_t capabilities = kCapabilities | (tls != nullptr ? kSsl : 0);
    for (unsigned shift = 0; shift < 32; shift += 8) body += static_cast<char>(capabilities >> shift);
    body.append(std::string_view("\0\0\0\1", 4)).append(1, static_cast<char>(kCharset)).append(23, '\0');
    std::uint8_t sequence = 1;
    if (tls != nullptr) {
      send_all(packet(sequence++, body));
      start_tls(*tls);
    }
    body.append(user).append(1, '\0').append(1, static_cast<char>(proof.size())).append(proof);
    body.append("mysql_native_password").append(1, '\0');
    send_all(packet(sequence, body));
    if (const std::string answer = read_packet(); answer.empty() || answer[0] != '\0') fail("login");
  }

  void select_one() {
    send_all(packet(0, "\x03SELECT 1"));
    if (read_packet() != "\x01") fail("SELECT 1");
    read_packet();  // the column
    if (!is_eof(read_packet())) fail("EOF");
    if (read_packet() != "\x01\x31") fail("the row");
    if (!is_eof(read_packet())) fail("EOF");
  }

  void quit() {
    send_all(packet(0, "\x01"));
    std::array<char, 256> rest{};
    while (recv(socket_, rest.data(), rest.size(), 0) > 0) {
    }
  }

 private:
  static bool is_eof(std::string_view body) { return body.size() == 5 && body[0] == '\xFE'; }

  [[noreturn]] static void fail(const char* what) { throw std::runtime_error(what); }

  void start_tls(Tls& tls) {
    tls_ = SSL_new(tls.context);
    if (tls.resume && Tls::last() != nullptr) SSL_set_session(tls_, Tls::last().get());
    SSL_set_fd(tls_, socket_);
    if (SSL_connect(tls_) != 1) fail("TLS");
    if (SSL_session_reused(tls_) == 1) ++tls.resumed;
  }

  void send_all(std::string_view bytes) {
    if (tls_ != nullptr) {
      if (SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())) <= 0) fail("send");
      return;
    }
    if (send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
      fail("send");
  }

  std::string read_packet() {
    while (buffer_.size() < kHeader || buffer_.size() < kHeader + length()) {
      std::array<char, 4096> chunk{};
      const ssize_t got = tls_ != nullptr ? SSL_read(tls_, chunk.data(), static_cast<int>(chunk.size()))
                                          : recv(socket_, chunk.data(), chunk.size(), 0);
      if (got <= 0) fail("recv");
      buffer_.append(chunk.data(), static_cast<std::size_t>(got));
    }
    std::string body = buffer_.substr(kHeader, length());
    buffer_.erase(0, kHeader + length());
    return body;
  }

  std::size_t length() const {
    const auto byte = [this](std::size_t at) { return static_cast<unsigned char>(buffer_[at]); };
    return byte(0) | static_cast<std::size_t>(byte(1)) << 8U | static_cast<std::size_t>(byte(2)) << 16U;
  }

  int socket_;
  SSL* tls_ = nullptr;
  std::string buffer_;
};

struct Target {
  std::uint16_t port;
  std::string user;
  std::string password;
  Tls* tls = nullptr;
};

void load(const Target& target, Clock::time_point end, std::vector<double>& times,
          std::atomic<long>& failures) {
  while (Clock::now() < end) {
    const auto start = Clock::now();
    try {
      Connection connection(target.port);
      connection.log_in(target.user, target.password, target.tls);
      connection.select_one();
      connection.quit();
      times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    } catch (const std::runtime_error&) {
      ++failures;
    }
  }
}

int connects(const Target& target, int seconds, std::size_t threads) {
  std::vector<std::vector<double>> times(threads);
  std::atomic<long> failures = 0;
  const auto end = Clock::now() + std::chrono::seconds(seconds);
  {
    std::vector<std::jthread> workers;
    workers.reserve(threads);
    for (auto& mine : times) workers.emplace_back([&] { load(target, end, mine, failures); });
  }
  std::vector<double> all;
  for (const auto& mine : times) all.insert(all.end(), mine.begin(), mine.end());
  if (all.empty()) throw std::runtime_error("no connection succeeded");
  std::sort(all.begin(), all.end());
  const long resumed = target.tls == nullptr ? 0 : target.tls->resumed.load();
  std::printf("%zu %ld %ld %.1f %.1f\n", all.size(), failures.load(), resumed, all[all.size() / 2],
              all[all.size() * 99 / 100]);
  return 0;
}

/// Wrong passwords at a steady rate by two connections at a time.
int guesses(const Target& target, int rate) {
  constexpr int kGuessers = 2;
  std::atomic<bool> over = false;
  std::atomic<long> made = 0;
  const auto begun = Clock::now();
  const auto guess = [&] {
    auto next = begun;
    while (!over) {
      next += std::chrono::microseconds(1'000'000 * kGuessers / rate);
      std::this_thread::sleep_until(next);
      try {
        Connection(target.port).log_in(target.user, target.password + "x", target.tls);
      } catch (const std::runtime_error&) {
        ++made;
      }
    }
  };
  {
    std::vector<std::jthread> guessers;
    for (int i = 0; i < kGuessers; ++i) guessers.emplace_back(guess);
    while (std::getchar() != EOF) {
    }
    over = true;
  }
  std::printf("%ld %.3f\n", made.load(), std::chrono::duration<double>(Clock::now() - begun).count());
  return 0;
}

int idle(const Target& target, int count) {
  std::vector<Connection> held;
  for (int i = 0; i < count; ++i) {
    held.emplace_back(target.port).log_in(target.user, target.password, target.tls);
    held.back().select_one();
  }
  std::puts("open");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() < 5) return 2;
  const bool resumes = args[3] == "tls-resumes";
  const bool tls = args[3].starts_with("tls-");
  const std::string mode = resumes ? "connects" : args[3].substr(tls ? 4 : 0);
  Tls context(resumes);
  const Target target{static_cast<std::uint16_t>(std::stoi(args[0])), args[1], args[2],
                      tls ? &context : nullptr};
  try {
    if (mode == "connects" && args.size() == 6)
      return connects(target, std::stoi(args[4]), static_cast<std::size_t>(std::stoi(args[5])));
    if (mode == "guesses") return guesses(target, std::stoi(args[4]));
    if (mode == "idle") return idle(target, std::stoi(args[4]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "connect_load: %s\n", error.what());
    return 1;
  }
  return 2;
}
