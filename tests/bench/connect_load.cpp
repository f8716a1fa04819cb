// A raw client for the bench: nothing but the bytes that a login takes, so that it is not what is measured.
//
//   connect_load PORT USER PASSWORD connects SECONDS THREADS   connect, SELECT 1, quit, over and over;
//                                                              prints connects, failures, median and p99 in
//                                                              µs
//   connect_load PORT USER PASSWORD idle COUNT                 opens COUNT connections, says "open" and holds
//                                                              them until its input ends
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/sha.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kCapabilities =
    0x0008A205;  // LONG_PASSWORD, LONG_FLAG, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH
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
  Connection(Connection&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  Connection& operator=(Connection&&) = delete;
  ~Connection() {
    if (socket_ < 0) return;
    // A reset once the other side has closed: no port stays in TIME_WAIT, so that none runs out.
    const linger reset{1, 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(socket_);
  }

  void log_in(const std::string& user, const std::string& password) {
    const std::string greeting = read_packet();
    const std::size_t version_end = greeting.find('\0', 1) + 1;
    const std::string salt = greeting.substr(version_end + 4, 8) + greeting.substr(version_end + 31, 12);
    const std::string proof = scramble(password, salt);
    std::string body;
    for (unsigned shift = 0; shift < 32; shift += 8) body += static_cast<char>(kCapabilities >> shift);
    body.append(std::string_view("\0\0\0\1", 4)).append(1, static_cast<char>(kCharset)).append(23, '\0');
    body.append(user).append(1, '\0').append(1, static_cast<char>(proof.size())).append(proof);
    body.append("mysql_native_password").append(1, '\0');
    send_all(packet(1, body));
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
    char byte = 0;
    while (recv(socket_, &byte, 1, 0) > 0) {
    }
  }

 private:
  static bool is_eof(std::string_view body) { return body.size() == 5 && body[0] == '\xFE'; }

  [[noreturn]] static void fail(const char* what) { throw std::runtime_error(what); }

  void send_all(std::string_view bytes) {
    if (send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
      fail("send");
  }

  std::string read_packet() {
    while (buffer_.size() < kHeader || buffer_.size() < kHeader + length()) {
      std::array<char, 4096> chunk{};
      const ssize_t got = recv(socket_, chunk.data(), chunk.size(), 0);
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
  std::string buffer_;
};

struct Target {
  std::uint16_t port;
  std::string user;
  std::string password;
};

void load(const Target& target, Clock::time_point end, std::vector<double>& times,
          std::atomic<long>& failures) {
  while (Clock::now() < end) {
    const auto start = Clock::now();
    try {
      Connection connection(target.port);
      connection.log_in(target.user, target.password);
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
  std::printf("%zu %ld %.1f %.1f\n", all.size(), failures.load(), all[all.size() / 2],
              all[all.size() * 99 / 100]);
  return 0;
}

int idle(const Target& target, int count) {
  std::vector<Connection> held;
  for (int i = 0; i < count; ++i) {
    held.emplace_back(target.port).log_in(target.user, target.password);
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
  const Target target{static_cast<std::uint16_t>(std::stoi(args[0])), args[1], args[2]};
  try {
    if (args[3] == "connects" && args.size() == 6)
      return connects(target, std::stoi(args[4]), static_cast<std::size_t>(std::stoi(args[5])));
    if (args[3] == "idle") return idle(target, std::stoi(args[4]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "connect_load: %s\n", error.what());
    return 1;
  }
  return 2;
}
