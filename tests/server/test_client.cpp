#include "server/test_client.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/protocol/output.h"
#include "server/protocol/wire.h"

namespace breakwater::test {
namespace {

constexpr int kPatience = 60'000;  ///< milliseconds

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

std::string plugin_answer(std::string_view plugin, std::string_view password, const protocol::Salt& salt) {
  if (plugin == protocol::kSha2Plugin) {
    if (password.empty()) return std::string(1, '\0');
    return std::string(as_text(sha2_response(password, salt)));
  }
  if (password.empty()) return {};
  return std::string(as_text(native_response(password, salt)));
}

template <class Digest>
Digest mixed(Digest value, const Digest& mask) {
  for (std::size_t i = 0; i < value.size(); ++i) value[i] ^= mask[i];
  return value;
}

}  // namespace

crypto::Sha1 native_response(std::string_view password, std::span<const std::uint8_t> salt) {
  const crypto::Sha1 once = crypto::sha1(as_bytes(password));
  return mixed(once, crypto::sha1(salt, crypto::sha1(once)));
}

crypto::Sha256 sha2_response(std::string_view password, std::span<const std::uint8_t> salt) {
  const crypto::Sha256 once = crypto::sha256(as_bytes(password));
  const crypto::Sha256 twice = crypto::sha256(once);
  Bytes salted(twice.begin(), twice.end());
  salted.insert(salted.end(), salt.begin(), salt.end());
  return mixed(once, crypto::sha256(salted));
}

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

std::string rsa_encrypted(const std::string& pem, std::string_view password, const protocol::Salt& salt,
                          int padding) {
  std::string mixed(password);
  mixed += '\0';
  for (std::size_t i = 0; i < mixed.size(); ++i) {
    mixed[i] = static_cast<char>(static_cast<std::uint8_t>(mixed[i]) ^ salt[i % salt.size()]);
  }
  BIO* const in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* const key = PEM_read_bio_PUBKEY(in, nullptr, nullptr, nullptr);
  EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new(key, nullptr);
  std::string blob(256, '\0');
  std::size_t size = blob.size();
  const bool done = EVP_PKEY_encrypt_init(context) == 1 &&
                    EVP_PKEY_CTX_set_rsa_padding(context, padding) == 1 &&
                    EVP_PKEY_encrypt(context, reinterpret_cast<unsigned char*>(blob.data()), &size,
                                     reinterpret_cast<const unsigned char*>(mixed.data()), mixed.size()) == 1;
  EVP_PKEY_CTX_free(context);
  EVP_PKEY_free(key);
  BIO_free(in);
  return done ? blob : std::string();
}

TestClient::TestClient(const std::string& where)
    : secure_(where.starts_with('/')), socket_(secure_ ? connect_unix(where) : connect_tcp(where)) {}

TestClient::~TestClient() {
  // A session whose end wasn't said can't be resumed.
  if (tls_ != nullptr) SSL_set_shutdown(tls_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(tls_);
  ::close(socket_);
}

bool TestClient::send_bytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                          : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool TestClient::read_exactly(char* data, std::size_t size) {
  while (size > 0) {
    ::pollfd poll{.fd = socket_, .events = POLLIN, .revents = 0};
    const bool held = tls_ != nullptr && SSL_pending(tls_) != 0;
    if (!held && ::poll(&poll, 1, kPatience) <= 0) return false;
    const ssize_t count =
        tls_ != nullptr ? SSL_read(tls_, data, static_cast<int>(size)) : ::recv(socket_, data, size, 0);
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

std::string TestClient::read_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (!read_exactly(bytes.data(), count)) bytes.clear();
  return bytes;
}

bool TestClient::is_open() const {
  pollfd state{.fd = socket_, .events = POLLRDHUP, .revents = 0};
  return ::poll(&state, 1, 0) >= 0 && (state.revents & (POLLRDHUP | POLLHUP | POLLERR)) == 0;
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
  greeted_ = Greeted{.version = std::string(greeting->server_version),
                     .connection_id = greeting->connection_id,
                     .salt = greeting->salt,
                     .capabilities = greeting->capabilities,
                     .charset = greeting->charset,
                     .status = greeting->status,
                     .plugin = std::string(greeting->plugin)};
  return greeted_;
}

bool TestClient::start_tls(const TlsWish& wish, std::string_view slipped_in) {
  static SSL_SESSION* last = nullptr;
  std::string request;
  put_le(request, kPyMysql | protocol::capability::kSsl, 4);
  put_le(request, 1U << 24U, 4);
  request += '\x2d';
  request.append(23, '\0');
  send_bytes(frame(request, 1).append(slipped_in));
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, [](SSL* /*tls*/, SSL_SESSION* session) {
    SSL_SESSION_free(std::exchange(last, session));
    return 1;
  });
  if (wish.version != 0) {
    SSL_CTX_set_min_proto_version(context, wish.version);
    SSL_CTX_set_max_proto_version(context, wish.version);
  }
  if (!wish.cert.empty()) {
    SSL_CTX_use_certificate_file(context, wish.cert.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context, wish.cert.c_str(), SSL_FILETYPE_PEM);
  }
  tls_ = SSL_new(context);
  SSL_CTX_free(context);
  if (wish.resume && last != nullptr) SSL_set_session(tls_, last);
  SSL_set_fd(tls_, socket_);
  secure_ = SSL_connect(tls_) == 1;
  return secure_;
}

bool TestClient::resumed() const {
  return SSL_session_reused(tls_) == 1;
}

std::optional<Answer> TestClient::log_in(std::string_view user, std::string_view password,
                                         protocol::Capabilities capabilities, std::string_view plugin) {
  const auto greeted = tls_ != nullptr ? greeted_ : read_greeting();
  if (!greeted) return std::nullopt;
  capabilities_ = capabilities;
  // libmysqlclient keeps its response back when the greeting named another plugin.
  const bool held_back = plugin == protocol::kSha2Plugin && greeted->plugin != plugin;
  const std::string proof = held_back ? std::string() : plugin_answer(plugin, password, greeted->salt);
  const protocol::HandshakeResponse response{.capabilities = capabilities,
                                             .max_packet = 1U << 24U,
                                             .charset = 45,
                                             .user = user,
                                             .auth_response = proof,
                                             .plugin = plugin};
  send_packet(payload_of(response), tls_ != nullptr ? 2 : 1);
  auto answer = read_packet();
  if (!answer) return answer;
  return answer_plugin(*std::move(answer), password, greeted->salt, plugin);
}

std::string TestClient::server_certificate() const {
  unsigned char* bytes = nullptr;
  X509* const certificate = SSL_get0_peer_certificate(tls_);
  const int size = certificate == nullptr ? 0 : i2d_X509(certificate, &bytes);
  std::string text(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(std::max(size, 0)));
  OPENSSL_free(bytes);
  return text;
}

std::optional<Answer> TestClient::answer(std::string_view password, std::string_view plugin) {
  auto first = read_packet();
  if (!first) return first;
  return answer_plugin(*std::move(first), password, greeted_->salt, plugin);
}

std::optional<Answer> TestClient::answer_plugin(Answer answer, std::string_view password, protocol::Salt salt,
                                                std::string_view plugin) {
  for (std::string switched;;) {
    const auto next = static_cast<std::uint8_t>(answer.sequence + 1);
    if (answer.is_switch()) {
      const auto request = protocol::AuthSwitchRequest::deserialize(answer.payload);
      if (!request) return answer;
      salt = request->salt;
      plugin = switched = request->plugin;
      send_packet(plugin_answer(plugin, password, salt), next);
    } else if (answer.payload == Bytes{1, 3}) {
      asked += "fast ";
    } else if (answer.payload == Bytes{1, 4}) {
      asked += "full ";
      send_packet(secure_ ? std::string(password) + '\0' : std::string("\2"), next);
    } else if (!answer.payload.empty() && answer.payload[0] == 1) {
      asked += "key ";
      const std::string pem(as_text(answer.payload).substr(1));
      send_packet(rsa_encrypted(pem, password, salt, rsa_padding), next);
    } else {
      return answer;
    }
    auto packet = read_packet();
    if (!packet) return packet;
    answer = *std::move(packet);
  }
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
