// The floor for SELECT 1: a server that reads no SQL and answers every command with canned bytes. One thread,
// one epoll loop; it lets everybody in.
//
//   responder          prints its port, then serves until its input ends
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using namespace std::string_view_literals;

constexpr std::size_t kHeader = 4;

std::string packet(std::uint8_t sequence, std::string_view body) {
  std::string bytes = {static_cast<char>(body.size()), '\0', '\0', static_cast<char>(sequence)};
  return bytes.append(body);
}

// Handshake v10 with mysql_native_password, bits of a MySQL 5.7 without TLS and EOF deprecation.
std::string greeting() {
  constexpr std::string_view kBody =
      "\x0a"
      "5.7.25\0"
      "\1\0\0\0"
      "aaaaaaaa\0"
      "\x05\xa2\x2d\x02\0\x08\0\x15"
      "\0\0\0\0\0\0\0\0\0\0"
      "bbbbbbbbbbbb\0"
      "mysql_native_password\0"sv;
  return packet(0, kBody);
}

std::string ok(std::uint8_t sequence) {
  return packet(sequence, "\0\0\0\2\0\0\0"sv);
}

// SELECT 1: one BIGINT column named 1, one row.
std::string answer() {
  constexpr std::string_view kEnd = "\xfe\0\0\2\0"sv;
  constexpr std::string_view kColumn =
      "\3def\0\0\0\1"
      "1\0\x0c\x3f\0\1\0\0\0\x08\x81\0\0\0\0"sv;
  constexpr std::string_view kRow =
      "\1"
      "1"sv;
  return packet(1, "\1") + packet(2, kColumn) + packet(3, kEnd) + packet(4, kRow) + packet(5, kEnd);
}

struct Client {
  bool logged_in = false;
  std::string buffer;
};

class Responder {
 public:
  Responder()
      : epoll_(epoll_create1(EPOLL_CLOEXEC)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_, SOMAXCONN) != 0)
      throw std::runtime_error("can't listen");
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    std::printf("%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    watch(listener_);
    watch(STDIN_FILENO);
  }

  void run() {
    std::array<epoll_event, 64> events{};
    for (;;) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const int ready = events[static_cast<std::size_t>(i)].data.fd;
        if (ready == STDIN_FILENO) return;
        ready == listener_ ? accept_one() : serve(ready);
      }
    }
  }

 private:
  void watch(int socket) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
  }

  void accept_one() {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    clients_[socket] = {};
    send(socket, greeting_.data(), greeting_.size(), MSG_NOSIGNAL);
    watch(socket);
  }

  void serve(int socket) {
    std::array<char, 4096> chunk{};
    const ssize_t got = recv(socket, chunk.data(), chunk.size(), MSG_DONTWAIT);
    Client& client = clients_[socket];
    if (got <= 0 || !answer_all(socket, client, {chunk.data(), static_cast<std::size_t>(got)})) {
      clients_.erase(socket);
      close(socket);
    }
  }

  /// False: the client quits.
  bool answer_all(int socket, Client& client, std::string_view bytes) {
    client.buffer.append(bytes);
    while (client.buffer.size() >= kHeader) {
      const auto length = static_cast<unsigned char>(client.buffer[0]) |
                          static_cast<std::size_t>(static_cast<unsigned char>(client.buffer[1])) << 8U;
      if (client.buffer.size() < kHeader + length) break;
      const char command = length == 0 ? '\0' : client.buffer[kHeader];
      const auto sequence = static_cast<std::uint8_t>(client.buffer[3] + 1);
      client.buffer.erase(0, kHeader + length);
      if (client.logged_in && command == '\1') return false;
      const std::string& canned = client.logged_in && command == '\3' ? answer_ : ok_[sequence % ok_.size()];
      client.logged_in = true;
      send(socket, canned.data(), canned.size(), MSG_NOSIGNAL);
    }
    return true;
  }

  int epoll_;
  int listener_;
  std::string greeting_ = greeting();
  std::string answer_ = answer();
  std::array<std::string, 4> ok_ = {ok(0), ok(1), ok(2), ok(3)};
  std::unordered_map<int, Client> clients_;
};

}  // namespace

int main() {
  Responder().run();
}
