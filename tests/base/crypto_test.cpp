#include "base/crypto.h"

#include <algorithm>
#include <fstream>
#include <type_traits>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"

namespace breakwater {
namespace {

static_assert(!std::is_copy_constructible_v<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);

Secret key_of(char c) {
  return Secret(std::string(crypto::kKeySize, c));
}

TEST(Crypto, SealOpens) {
  const Secret key = key_of('k');
  const auto sealed = crypto::seal(key, "attack at dawn", as_bytes("row 1"), system_entropy());
  ASSERT_TRUE(sealed);
  EXPECT_EQ(sealed->size(), 14 + crypto::kNonceSize + crypto::kTagSize);
  const auto plain = crypto::open(key, *sealed, as_bytes("row 1"));
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->reveal(), "attack at dawn");
}

TEST(Crypto, OpenRefusesEveryFlippedByteOtherRowsAndOtherKeys) {
  const Secret key = key_of('k');
  const Bytes sealed = crypto::seal(key, "attack at dawn", as_bytes("row 1"), system_entropy()).value();
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes damaged = sealed;
    damaged[i] ^= 1U;
    EXPECT_FALSE(crypto::open(key, damaged, as_bytes("row 1"))) << i;
  }
  EXPECT_FALSE(crypto::open(key, sealed, as_bytes("row 2")));
  EXPECT_FALSE(crypto::open(key_of('l'), sealed, as_bytes("row 1")));
  EXPECT_FALSE(crypto::open(key, std::span(sealed).first(20), as_bytes("row 1")));
}

TEST(Crypto, KnownDigests) {
  EXPECT_EQ(crypto::to_hex(crypto::sha1(as_bytes("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(crypto::to_hex(crypto::sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// RFC 7914, section 12.
TEST(Crypto, ScryptVector) {
  const auto key = crypto::scrypt(Secret(std::string_view("password")), as_bytes("NaCl"), {1024, 8, 16});
  ASSERT_TRUE(key);
  EXPECT_EQ(crypto::to_hex(key->reveal_bytes()),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162");
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// The limit of another process, so that this one keeps its memory.
TEST(Crypto, ScryptWithoutMemorySaysSo) {
  const auto derive = [] {
    return crypto::scrypt(Secret(std::string_view("password")), as_bytes("NaCl"), {1U << 17U, 8, 1});
  };
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr ::rlim_t kLittle = ::rlim_t{64} << 20U;
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const ::rlimit limit{pages * 4096 + kLittle, pages * 4096 + kLittle};
    ::setrlimit(RLIMIT_AS, &limit);
    const auto key = derive();
    ::_exit(!key && key.error().is(Errc::out_of_memory) && !key.error().hint().empty() ? 0 : 1);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(derive());
}
#endif

TEST(Crypto, HexBothWays) {
  const Bytes bytes = {0x00, 0x7F, 0xAB};
  EXPECT_EQ(crypto::to_hex(bytes, true), "007FAB");
  EXPECT_EQ(crypto::from_hex("007fAB").value(), bytes);
  EXPECT_FALSE(crypto::from_hex("0"));
  EXPECT_FALSE(crypto::from_hex("0g"));
}

TEST(Secret, MovesAndCompares) {
  Secret a(std::string_view("s3cret"));
  const Secret b = a.clone();
  EXPECT_TRUE(a.equals(b));
  const Secret c = std::move(a);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): a moved-from secret is empty
  EXPECT_TRUE(c.equals(b));
  EXPECT_FALSE(c.equals(Secret(std::string_view("s3creT"))));
}

TEST(Text, Utf8) {
  EXPECT_TRUE(is_utf8("h\xC3\xA9llo \xE4\xB8\xAD \xF0\x9F\x98\x80"));
  EXPECT_FALSE(is_utf8("\xC0\x80"));
  EXPECT_FALSE(is_utf8("\xED\xA0\x80"));
  EXPECT_FALSE(is_utf8("\xE4\xB8"));
  EXPECT_FALSE(is_utf8("\xF5\x80\x80\x80"));
}

TEST(Crypto, HmacIsThatOfRfc2202And4231) {
  EXPECT_EQ(crypto::to_hex(
                crypto::hmac(crypto::Algorithm::sha1, "Jefe", "what do ya want for nothing?").reveal_bytes()),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(
      crypto::to_hex(
          crypto::hmac(crypto::Algorithm::sha256, "Jefe", "what do ya want for nothing?").reveal_bytes()),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Crypto, Base64PadsAsRfc4648Says) {
  EXPECT_EQ(crypto::to_base64(as_bytes("")), "");
  EXPECT_EQ(crypto::to_base64(as_bytes("f")), "Zg==");
  EXPECT_EQ(crypto::to_base64(as_bytes("fo")), "Zm8=");
  EXPECT_EQ(crypto::to_base64(as_bytes("foobar")), "Zm9vYmFy");
}

TEST(Crypto, DigestInPiecesIsTheDigestOfTheWhole) {
  crypto::Digest pieces(crypto::Algorithm::md5);
  pieces.update(as_bytes("attack "));
  pieces.update(as_bytes(""));
  pieces.update(as_bytes("at dawn"));
  EXPECT_EQ(pieces.finish(), crypto::digest(crypto::Algorithm::md5, as_bytes("attack at dawn")));
}

}  // namespace
}  // namespace breakwater
