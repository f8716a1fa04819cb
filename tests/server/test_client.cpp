#include "server/test_client.h"

#include <cstdio>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/auth/native_password.h"
#include "server/protocol/output.h"
#include "server/protocol/wire.h"

namespace breakwater::test {
namespace {

constexpr int kPatience = 5'000;  ///< milliseconds

/// A socket that is connected, or one on which everything fails.
int connected(int socket, const ::sockaddr* address, ::socklen_t size) {
  if (socket >= 0 && ::connect(socket, address, size) != 0) std::perror("connect");
  return socket;
}

int connect_tcp(const std::string& where) {
  const std::size_t colon = where.rfind(':');
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(where.substr(colon + 1))));
  ::inet_pton(AF_INET, where.substr(0, colon).c_str(), &address.sin_addr);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return connected(socket, reinterpret_cast<const ::sockaddr*>(&address), sizeof address);
}

int connect_unix(const std::string& path) {
  ::sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return connected(socket, reinterpret_cast<const ::sockaddr*>(&address), sizeof address);
}

std::string native_answer(std::string_view password, const protocol::Salt& salt) {
  if (password.empty()) return {};
  const auto response = auth::native_response(Secret(password), salt);
  return std::string(as_text(response));
}

}  // namespace

std::uint16_t Answer::error_number() const {
  if (!is_error() || payload.size() < 3) return 0;
  return static_cast<std::uint16_t>(payload[1] | (payload[2] << 8U));
}

std::string Answer::sqlstate() const {
  const std::string_view text = as_text(payload);
  return is_error() && text.size() >= 9 && text[3] == '#' ? std::string(text.substr(4, 5)) : std::string();
}

std::string Answer::error_text() const {
  const std::string_view text = as_text(payload);
  return is_error() ? std::string(text.substr(sqlstate().empty() ? 3 : 9)) : std::string();
}

std::string frame(std::string_view payload, std::uint8_t sequence) {
  std::string bytes(protocol::kHeaderSize, '\0');
  protocol::write_frame_header(bytes.data(), payload.size(), sequence);
  return bytes.append(payload);
}

std::string payload_of(const protocol::HandshakeResponse& response) {
  protocol::Output out;
  response.serialize(out);
  return std::string(out.view());
}

TestClient::TestClient(const std::string& where)
    : socket_(where.starts_with('/') ? connect_unix(where) : connect_tcp(where)) {}

TestClient::~TestClient() {
  ::close(socket_);
}

bool TestClient::send_bytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool TestClient::read_exactly(char* data, std::size_t size) {
  while (size > 0) {
    ::pollfd poll{.fd = socket_, .events = POLLIN, .revents = 0};
    if (::poll(&poll, 1, kPatience) <= 0) return false;
    const ssize_t count = ::recv(socket_, data, size, 0);
    if (count <= 0) return false;
    data += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

std::optional<Answer> TestClient::read_packet() {
  Answer answer;
  for (std::size_t length = protocol::kMaxFrame; length == protocol::kMaxFrame;) {
    std::array<char, protocol::kHeaderSize> header{};
    if (!read_exactly(header.data(), header.size())) return std::nullopt;
    ByteReader in(as_bytes({header.data(), header.size()}));
    length = static_cast<std::size_t>(*in.get_le(3));
    answer.sequence = static_cast<std::uint8_t>(*in.get_le(1));
    const std::size_t before = answer.payload.size();
    answer.payload.resize(before + length);
    if (!read_exactly(reinterpret_cast<char*>(answer.payload.data()) + before, length)) return std::nullopt;
  }
  return answer;
}

bool TestClient::read_to_end() {
  std::array<char, 4096> scratch{};
  for (;;) {
    ::pollfd poll{.fd = socket_, .events = POLLIN, .revents = 0};
    if (::poll(&poll, 1, kPatience) <= 0) return false;
    if (::recv(socket_, scratch.data(), scratch.size(), 0) <= 0) return true;
  }
}

std::optional<Greeted> TestClient::read_greeting() {
  const auto packet = read_packet();
  if (!packet) return std::nullopt;
  const auto greeting = protocol::Greeting::deserialize(packet->payload);
  if (!greeting) return std::nullopt;
  return Greeted{.version = std::string(greeting->server_version),
                 .connection_id = greeting->connection_id,
                 .salt = greeting->salt,
                 .capabilities = greeting->capabilities,
                 .charset = greeting->charset,
                 .status = greeting->status};
}

std::optional<Answer> TestClient::log_in(std::string_view user, std::string_view password,
                                         protocol::Capabilities capabilities, std::string_view plugin) {
  const auto greeted = read_greeting();
  if (!greeted) return std::nullopt;
  capabilities_ = capabilities;
  const std::string proof = native_answer(password, greeted->salt);
  const protocol::HandshakeResponse response{.capabilities = capabilities,
                                             .max_packet = 1U << 24U,
                                             .charset = 45,
                                             .user = user,
                                             .auth_response = proof,
                                             .plugin = plugin};
  send_packet(payload_of(response), 1);
  auto answer = read_packet();
  if (!answer || !answer->is_switch()) return answer;
  const auto request = protocol::AuthSwitchRequest::deserialize(answer->payload);
  if (!request) return answer;
  send_packet(native_answer(password, request->salt), static_cast<std::uint8_t>(answer->sequence + 1));
  return read_packet();
}

std::optional<Answer> TestClient::query(std::string_view sql) {
  send_packet("\x03" + std::string(sql));
  return read_packet();
}

std::optional<std::vector<std::string>> TestClient::rows(std::string_view sql) {
  const auto first = query(sql);
  if (!first || first->is_error() || first->is_ok()) return std::nullopt;
  const bool has_eof = (capabilities_ & protocol::capability::kDeprecateEof) == 0;
  for (std::size_t i = 0; i < first->payload[0] + (has_eof ? 1U : 0U); ++i) read_packet();
  std::vector<std::string> rows;
  for (;;) {
    const auto packet = read_packet();
    if (!packet || packet->is_error()) return std::nullopt;
    if (packet->payload[0] == 0xFE) return rows;
    ByteReader in(packet->payload);
    std::string row;
    while (in.remaining() != 0) {
      if (!row.empty()) row += '|';
      if (packet->payload[in.position()] == 0xFB) {
        in.get(1);
        row += "NULL";
        continue;
      }
      protocol::StringLenenc value;
      if (!protocol::deserialize(in, value)) return std::nullopt;
      row += value.value;
    }
    rows.push_back(row);
  }
}

}  // namespace breakwater::test
