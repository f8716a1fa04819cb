// The compressed protocol over real sockets, with zlib and zstd, plain and over TLS.
#include <filesystem>

#include <unistd.h>
#include <zlib.h>

#include "server/net/net_fixture.h"
#include "server/protocol/compression.h"

namespace breakwater::test {
namespace {

using protocol::Compression;
using protocol::PacketReader;
using protocol::capability::kCompress;
using protocol::capability::kZstd;

/// A client whose packets go through a CompressedStream once it is logged in.
class CompressedClient {
 public:
  CompressedClient(const std::string& where, protocol::Capabilities wish, bool tls = false)
      : client_(where), stream_(protocol::compression_of(wish), 3) {
    if (tls) {
      client_.read_greeting();
      EXPECT_TRUE(client_.start_tls());
    }
    const auto answer = client_.log_in("root@sys", "sesame", TestClient::kPyMysql | wish);
    EXPECT_TRUE(answer && answer->is_ok());
  }

  TestClient& raw() { return client_; }
  void send_as_it_is(std::string_view bytes) {
    client_.send_bytes(bytes);
    reader_.expect_sequence(1);
  }

  void send(std::string_view payload) {
    protocol::Output wire;
    protocol::CompressedStream fresh(how(), 3);
    fresh.pack(frame(payload, 0), wire);
    client_.send_bytes(wire.view());
    reader_.expect_sequence(1);
  }

  /// The next packet, whatever its number.
  std::optional<std::string> packet() {
    for (;;) {
      const auto next = reader_.next();
      if (!next) return std::nullopt;
      if (*next) {
        std::string payload(as_text((*next)->payload));
        reader_.expect_sequence(static_cast<std::uint8_t>((*next)->sequence + 1));
        return payload;
      }
      const auto unpacked = stream_.unpack(reader_, 64 << 20);
      if (!unpacked) return std::nullopt;
      if (*unpacked) continue;
      const auto byte = client_.read_bytes(1);
      if (byte.empty()) return std::nullopt;
      stream_.add(byte);
      wire_bytes += 1;
    }
  }

  std::size_t wire_bytes = 0;
  void set_how(Compression how) { how_ = how; }

 private:
  Compression how() const { return how_; }
  TestClient client_;
  protocol::CompressedStream stream_;
  Compression how_ = Compression::zlib;
  PacketReader reader_{64 << 20};
};

class NetCompressed : public ::testing::TestWithParam<protocol::Capabilities> {};

TEST_P(NetCompressed, PacketsGoBothWays) {
  const std::string directory = ::testing::TempDir() + "breakwater-zip-" + std::to_string(::getpid());
  std::filesystem::create_directories(directory);
  server::ServerOptions options = loopback();
  options.tls = server::TlsOptions{
      .cert = directory + "/cert.pem", .key = directory + "/key.pem", .make_if_missing = true};
  Running running(options);
  for (const bool tls : {false, true}) {
    CompressedClient client(running.where, GetParam(), tls);
    client.set_how(protocol::compression_of(GetParam()));
    for (const std::size_t size : {10UL, 1000UL, 2'000'000UL}) {
      client.wire_bytes = 0;
      client.send(
          "\x03"
          "ECHO " +
          std::string(size, 'e'));
      ASSERT_EQ(client.packet(), "\x01");
      client.packet();
      client.packet();
      const auto row = client.packet();
      ASSERT_TRUE(row);
      EXPECT_EQ(row->substr(row->size() - size), std::string(size, 'e'));
      ASSERT_TRUE(client.packet());
      if (size >= 1000) {
        EXPECT_LT(client.wire_bytes, size / 2) << "it is compressed";
      }
    }
    client.send("\x0e");
    EXPECT_EQ(client.packet()->front(), '\0');
  }
  std::filesystem::remove_all(directory);
}

INSTANTIATE_TEST_SUITE_P(Both, NetCompressed, ::testing::Values(kCompress, kZstd),
                         [](const auto& wish) { return std::string(wish.param == kZstd ? "zstd" : "zlib"); });

// A frame of a few bytes that says it becomes 16 MiB, on a server that allows less: an error, before memory.
TEST(NetCompression, ABombIsRefused) {
  server::ServerLimits limits;
  limits.max_allowed_packet = 64 << 10;
  Running running(loopback(limits));
  for (const std::string& bytes : {std::string("\x10\0\0\0\xFF\xFF\xFF", 7) + std::string(16, 'x'),
                                   std::string("\x05\0\0\0\x40\0\0", 7) + "trash"}) {
    CompressedClient client(running.where, kCompress);
    client.send_as_it_is(bytes);
    const auto answer = client.packet();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->front(), '\xFF');
    EXPECT_TRUE(client.raw().read_to_end());
  }
}

}  // namespace
}  // namespace breakwater::test
