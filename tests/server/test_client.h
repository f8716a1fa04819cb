// A client that does what it is told: blocking, byte by byte if need be, with nothing between the test and
// the wire. Every wait has a deadline; when it passes, the read gives nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/crypto.h"
#include "server/protocol/constants.h"
#include "server/protocol/messages.h"

struct ssl_st;

namespace breakwater::test {

/// What kind of packet an answer is, by its first byte.
struct Answer {
  Bytes payload;
  std::uint8_t sequence = 0;

  bool is_ok() const { return !payload.empty() && payload[0] == 0x00; }
  bool is_error() const { return !payload.empty() && payload[0] == 0xFF; }
  bool is_eof() const { return !payload.empty() && payload[0] == 0xFE && payload.size() < 9; }
  bool is_switch() const { return !payload.empty() && payload[0] == 0xFE; }
  std::uint16_t error_number() const;
  std::string error_text() const;  ///< behind the SQLSTATE
  std::string sqlstate() const;
};

/// A frame as it goes over the wire.
std::string frame(std::string_view payload, std::uint8_t sequence);
std::string payload_of(const protocol::HandshakeResponse& response);

/// What a client answers to the salt: by mysql_native_password, and by caching_sha2_password's fast way.
crypto::Sha1 native_response(std::string_view password, std::span<const std::uint8_t> salt);
crypto::Sha256 sha2_response(std::string_view password, std::span<const std::uint8_t> salt);

/// A password as a client without TLS sends it: mixed with the salt, encrypted (padding:
/// RSA_PKCS1_…_PADDING).
std::string rsa_encrypted(const std::string& pem, std::string_view password, const protocol::Salt& salt,
                          int padding);

/// The salts and the rest of a greeting, copied.
struct Greeted {
  std::string version;
  std::uint32_t connection_id = 0;
  protocol::Salt salt{};
  protocol::Capabilities capabilities = 0;
  std::uint8_t charset = 0;
  protocol::StatusFlags status = 0;
  std::string plugin;
};

/// What the TLS of a client insists on.
struct TlsWish {
  int version = 0;      ///< TLS1_2_VERSION, TLS1_3_VERSION; 0: any
  std::string cert{};   ///< the client's own, with its key in the same file
  bool resume = false;  ///< with the session of the same client object's last TLS connection of this process
};

class TestClient {
 public:
  /// "127.0.0.1:PORT" or a path. Connected, nothing read yet.
  explicit TestClient(const std::string& where);
  ~TestClient();
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  bool send_bytes(std::string_view bytes);
  bool send_packet(std::string_view payload, std::uint8_t sequence = 0) {
    return send_bytes(frame(payload, sequence));
  }
  /// Nothing: the server closed, or nothing came within a minute.
  std::optional<Answer> read_packet();
  /// Bytes as they come; empty: the server closed, or they didn't come within a minute.
  std::string read_bytes(std::size_t count);
  /// The server closed the connection (within a minute), whatever it sent before.
  bool read_to_end();
  /// The server hasn't closed the connection so far, whatever waits to be read.
  bool is_open() const;

  std::optional<Greeted> read_greeting();
  /// SSLRequest and handshake, after read_greeting(): what follows has sequence 2. False: it failed.
  bool start_tls(const TlsWish& wish = {}, std::string_view slipped_in = {});
  bool resumed() const;
  /// Its bytes.
  std::string server_certificate() const;
  /// Reads the answer to a login that the test sent itself, and does what it asks for.
  std::optional<Answer> answer(std::string_view password, std::string_view plugin);

  /// Greeting, response, then whatever the server asks for: the last packet. Caps: PyMySQL's unless given.
  /// After start_tls() the greeting has been read.
  std::optional<Answer> log_in(std::string_view user, std::string_view password,
                               protocol::Capabilities capabilities = kPyMysql,
                               std::string_view plugin = protocol::kNativePlugin);
  /// COM_QUERY; the first packet of the answer.
  std::optional<Answer> query(std::string_view sql);
  /// COM_QUERY; the rows of its text result as joined texts, "NULL" for NULL. Nothing: no result set.
  std::optional<std::vector<std::string>> rows(std::string_view sql);

  static constexpr protocol::Capabilities kPyMysql = 0x003AA20D;
  int rsa_padding = 4;  ///< RSA_PKCS1_OAEP_PADDING
  /// What a caching_sha2_password login was asked to do besides: "fast", "full", "key".
  std::string asked;

 private:
  std::optional<Answer> answer_plugin(Answer answer, std::string_view password, protocol::Salt salt,
                                      std::string_view plugin);
  std::optional<Greeted> greeted_;
  ssl_st* tls_ = nullptr;
  bool secure_ = false;
  bool read_exactly(char* data, std::size_t size);
  int socket_ = -1;
  protocol::Capabilities capabilities_ = 0;
};

}  // namespace breakwater::test
