// caching_sha2_password: what the fast and the full way accept, and what they let nobody learn.
#include "server/auth/caching_sha2.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/password_hash.h"
#include "server/auth/native_password.h"
#include "server/auth/password_cache.h"
#include "server/auth/pkcs1.h"
#include "server/auth/rsa_key.h"
#include "server/test_client.h"

namespace breakwater::auth {
namespace {

using protocol::Salt;

Verifier account(const std::string& password) {
  Verifier verifier{.kind = Verifier::Kind::password};
  verifier.native = crypto::native_hash(Secret(std::string_view(password)));
  verifier.sha2 = crypto::sha2_hash(Secret(std::string_view(password)), system_entropy());
  return verifier;
}

Verifier remembered(const std::string& password) {
  Verifier verifier = account(password);
  verifier.cached = fast_digest(Secret(std::string_view(password)));
  return verifier;
}

TEST(CachingSha2, TheFastWayKnowsTheRightPassword) {
  const Salt salt = make_salt(system_entropy());
  const auto fast = [&](const Verifier& verifier, std::string_view password) {
    return verify_sha2_fast(verifier, test::sha2_response(password, salt), salt, false);
  };
  EXPECT_EQ(fast(remembered("sesame"), "sesame"), FastOutcome::accepted);
  EXPECT_EQ(fast(remembered("sesame"), "Sesame"), FastOutcome::full) << "the password itself decides";
  EXPECT_EQ(fast(account("sesame"), "sesame"), FastOutcome::full) << "nothing is remembered";
  EXPECT_EQ(fast(Verifier{}, "sesame"), FastOutcome::full) << "an unknown user goes the same way";
  Salt other = salt;
  other[0] ^= 1U;
  EXPECT_EQ(verify_sha2_fast(remembered("sesame"), test::sha2_response("sesame", salt), other, false),
            FastOutcome::full);
}

// Whoever could invert the stand-in of an account that isn't remembered doesn't get in.
TEST(CachingSha2, TheStandInOpensNothing) {
  const Salt salt = make_salt(system_entropy());
  for (int byte = 0; byte < 256; ++byte) {
    std::array<std::uint8_t, 32> response{};
    response.fill(static_cast<std::uint8_t>(byte));
    EXPECT_EQ(verify_sha2_fast(Verifier{}, response, salt, true), FastOutcome::full);
    EXPECT_EQ(verify_sha2_fast(account("x"), response, salt, true), FastOutcome::full);
  }
}

TEST(CachingSha2, EmptyPasswordsAreForThisMachine) {
  const Salt salt = make_salt(system_entropy());
  const Verifier empty{.kind = Verifier::Kind::empty};
  const std::array<std::uint8_t, 1> nul{0};
  for (const std::span<const std::uint8_t> nothing :
       {std::span<const std::uint8_t>(), std::span<const std::uint8_t>(nul)}) {
    EXPECT_EQ(verify_sha2_fast(empty, nothing, salt, true), FastOutcome::accepted);
    EXPECT_EQ(verify_sha2_fast(empty, nothing, salt, false), FastOutcome::refused);
    EXPECT_EQ(verify_sha2_fast(remembered("x"), nothing, salt, true), FastOutcome::refused);
    EXPECT_EQ(verify_sha2_fast(Verifier{}, nothing, salt, true), FastOutcome::refused);
  }
}

TEST(CachingSha2, ResponsesOfAnotherLengthAreRefused) {
  const Salt salt = make_salt(system_entropy());
  for (std::size_t size = 2; size < 256; ++size) {
    const Bytes response(size, 'r');
    const auto expected = size == 32 ? FastOutcome::full : FastOutcome::refused;
    EXPECT_EQ(verify_sha2_fast(remembered("x"), response, salt, true), expected) << size;
    EXPECT_EQ(verify_sha2_fast(Verifier{}, response, salt, true), expected) << size;
  }
}

TEST(CachingSha2, TheFullWayChecksWhatTheAccountHas) {
  const Secret right("sesame");
  EXPECT_TRUE(verify_password(account("sesame"), right, false));
  EXPECT_FALSE(verify_password(account("other"), right, false));
  Verifier old = account("sesame");
  old.sha2.clear();
  EXPECT_TRUE(verify_password(old, right, false))
      << "an account from before has mysql_native_password's hash";
  old.native.reset();
  EXPECT_FALSE(verify_password(old, right, false));
  EXPECT_FALSE(verify_password(Verifier{}, right, true));
  EXPECT_FALSE(verify_password(Verifier{}, Secret(), true));
  EXPECT_TRUE(verify_password({.kind = Verifier::Kind::empty}, Secret(), true));
  EXPECT_FALSE(verify_password({.kind = Verifier::Kind::empty}, Secret(), false));
  Verifier both = account("sesame");
  both.native = crypto::native_hash(Secret("another"));
  EXPECT_FALSE(verify_password(both, Secret("another"), false)) << "the stronger hash decides";
}

// SHA-256-crypt's work grows with the square of the password's length.
TEST(CachingSha2, ALongPasswordCostsNoMore) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(verify_password(account("x"), Secret(std::string_view(std::string(65'000, 'x'))), false));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2)) << "it would be ten";
}

// CVE-2012-2122: one in 256 wrong passwords was accepted.
TEST(CachingSha2, NoneOfManyWrongOnesGetsIn) {
  const Verifier verifier = remembered("right");
  for (int i = 0; i < 20'000; ++i) {
    const Salt salt = make_salt(system_entropy());
    ASSERT_EQ(verify_sha2_fast(verifier, test::sha2_response("wrong", salt), salt, true), FastOutcome::full)
        << i;
  }
}

/// Seconds of processor time that the calling thread has had.
double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// The work, not the clock: the least processor time of many runs, one of each in turn.
void expect_same_work(const std::function<void()>& one, const std::function<void()>& other) {
  const auto cost = [](const std::function<void()>& run) {
    const double begin = thread_seconds();
    run();
    return thread_seconds() - begin;
  };
  double of_one = std::numeric_limits<double>::max();
  double of_other = of_one;
  for (int i = 0; i < 40; ++i) {
    of_one = std::min(of_one, cost(one));
    of_other = std::min(of_other, cost(other));
  }
  EXPECT_LT(of_other, of_one * 1.5);
  EXPECT_GT(of_other, of_one / 1.5);
}

TEST(CachingSha2, AnUnknownUserTakesTheSameWork) {
  const Verifier somebody = account("right");
  const Verifier nobody{};
  expect_same_work([&] { EXPECT_FALSE(verify_password(somebody, Secret("wrong"), true)); },
                   [&] { EXPECT_FALSE(verify_password(nobody, Secret("wrong"), true)); });
}

TEST(NativePassword, AnUnknownUserTakesTheSameWork) {
  const Verifier somebody = account("right");
  const Verifier nobody{};
  const Salt salt = make_salt(system_entropy());
  const auto response = test::native_response("wrong", salt);
  const auto often = [&](const Verifier& verifier) {
    for (int i = 0; i < 1000; ++i) EXPECT_FALSE(verify_native(verifier, response, salt, true));
  };
  expect_same_work([&] { often(somebody); }, [&] { often(nobody); });
}

TEST(PasswordCache, RemembersReplacesAndForgets) {
  PasswordCache cache;
  EXPECT_FALSE(cache.find("a"));
  cache.put("a", fast_digest(Secret("1")));
  cache.put("a", fast_digest(Secret("2")));
  ASSERT_TRUE(cache.find("a"));
  EXPECT_EQ(cache.find("a")->bytes, fast_digest(Secret("2")).bytes);
  EXPECT_EQ(cache.size(), 1U);
  cache.clear();
  EXPECT_FALSE(cache.find("a"));
}

TEST(PasswordCache, IsBounded) {
  PasswordCache cache;
  const FastDigest digest = fast_digest(Secret("x"));
  for (std::size_t i = 0; i < PasswordCache::kMaxAccounts + 10; ++i) cache.put(std::to_string(i), digest);
  EXPECT_EQ(cache.size(), PasswordCache::kMaxAccounts);
  EXPECT_FALSE(cache.find("9")) << "the oldest go";
  EXPECT_TRUE(cache.find("10"));
  EXPECT_TRUE(cache.find(std::to_string(PasswordCache::kMaxAccounts + 9)));
}

class RsaKeyTest : public ::testing::Test {
 protected:
  static std::string encrypted(const std::string& pem, const std::string& password, const Salt& salt,
                               int padding) {
    return test::rsa_encrypted(pem, password, salt, padding);
  }
  static Secret decrypted(RsaKey& key, const std::string& blob, const Salt& salt) {
    return key.decrypt(as_bytes(blob), salt).value();
  }
};

TEST_F(RsaKeyTest, ReadsBothPaddings) {
  RsaKey key("");
  const std::string pem = key.public_pem().value();
  const Salt salt = make_salt(system_entropy());
  for (const int padding : {RSA_PKCS1_OAEP_PADDING, RSA_PKCS1_PADDING}) {
    for (const std::string& password : {std::string("sesame"), std::string(128, 'p'), std::string()}) {
      EXPECT_EQ(decrypted(key, encrypted(pem, password, salt, padding), salt).reveal(), password) << padding;
    }
  }
}

TEST_F(RsaKeyTest, WhatCantBeReadIsNobodysPassword) {
  RsaKey key("");
  const std::string pem = key.public_pem().value();
  const Salt salt = make_salt(system_entropy());
  std::string blob = encrypted(pem, "sesame", salt, RSA_PKCS1_OAEP_PADDING);
  const std::string before = blob;
  blob[100] = static_cast<char>(blob[100] ^ 1);
  for (const std::string& wrong : {blob, std::string(), std::string(256, '\0'), std::string(1000, 'x'),
                                   before.substr(0, before.size() - 1), std::string("sesame\0", 7)}) {
    const Secret password = decrypted(key, wrong, salt);
    EXPECT_FALSE(password.empty()) << "the empty password could be somebody's";
    EXPECT_NE(password.reveal(), "sesame");
  }
  Salt other = salt;
  other[2] ^= 1U;
  EXPECT_NE(decrypted(key, before, other).reveal(), "sesame") << "it answers one salt";
}

TEST_F(RsaKeyTest, APaddingThatIsWrongTakesTheSameWork) {
  RsaKey key("");
  const std::string pem = key.public_pem().value();
  const Salt salt = make_salt(system_entropy());
  const std::string oaep = encrypted(pem, "sesame", salt, RSA_PKCS1_OAEP_PADDING);
  std::string wrong = oaep;
  wrong[100] = static_cast<char>(wrong[100] ^ 1);
  for (const std::string& right : {oaep, encrypted(pem, "sesame", salt, RSA_PKCS1_PADDING)}) {
    expect_same_work([&] { decrypted(key, right, salt); }, [&] { decrypted(key, wrong, salt); });
  }
}

// Implicit rejection: a block without padding gives a message like any other, always the same one.
TEST(Pkcs1, ABlockWithoutPaddingIsAMessageOfChance) {
  const Secret rejection(std::string_view("a secret of the key"));
  std::array<std::uint8_t, kRsaBlock> block{};
  block.fill(7);
  const auto unpad = [&](std::string_view encrypted) {
    return unpadded(block, rejection, as_bytes(encrypted));
  };
  std::set<std::string> messages;
  std::set<std::size_t> sizes;
  for (int i = 0; i < 1000; ++i) {
    const Secret message = unpad(std::to_string(i));
    EXPECT_LE(message.size(), 245U);
    EXPECT_EQ(message.reveal(), unpad(std::to_string(i)).reveal());
    messages.emplace(message.reveal());
    sizes.insert(message.size());
  }
  EXPECT_GT(messages.size(), 990U);
  EXPECT_GT(sizes.size(), 200U) << "of every length";
  EXPECT_NE(unpadded(block, Secret(std::string_view("another")), as_bytes("1")).reveal(),
            unpad("1").reveal());
}

// Against what the words say, for blocks that differ from right ones by a byte or none.
TEST(Pkcs1, TakesOffThePaddingAndNothingElse) {
  const Secret rejection(std::string_view("r"));
  const auto by_definition =
      [](const std::array<std::uint8_t, kRsaBlock>& block) -> std::optional<std::string> {
    if (block[0] != 0 || block[1] != 2) return std::nullopt;
    const auto separator = std::find(block.begin() + 2, block.end(), 0);
    if (separator == block.end() || separator - block.begin() < 10) return std::nullopt;
    return std::string(separator + 1, block.end());
  };
  int right = 0;
  for (std::size_t size = 0; size <= 245; ++size) {
    for (const std::size_t changed : {999UL, 0UL, 1UL, 2UL, 9UL, 254UL - size, 255UL - size}) {
      std::array<std::uint8_t, kRsaBlock> block{};
      block.fill('m');
      block[0] = 0;
      block[1] = 2;
      block[255 - size] = 0;
      if (changed < block.size()) block[changed] = block[changed] == 0 ? 'x' : 0;
      const auto expected = by_definition(block);
      const Secret message = unpadded(block, rejection, as_bytes("c"));
      if (expected) {
        EXPECT_EQ(message.reveal(), *expected) << size << " " << changed;
        ++right;
      } else {
        block.fill(1);
        EXPECT_EQ(message.reveal(), unpadded(block, rejection, as_bytes("c")).reveal())
            << size << " " << changed;
      }
    }
  }
  EXPECT_GT(right, 246);
}

TEST(Pkcs1, TheSameWorkWhateverTheBlock) {
  const Secret rejection(std::string_view("r"));
  std::array<std::uint8_t, kRsaBlock> right{};
  right.fill('m');
  right[0] = 0;
  right[1] = 2;
  right[200] = 0;
  std::array<std::uint8_t, kRsaBlock> wrong{};
  wrong.fill(9);
  const auto often = [&](const std::array<std::uint8_t, kRsaBlock>& block) {
    for (int i = 0; i < 200; ++i) EXPECT_FALSE(unpadded(block, rejection, as_bytes("1")).empty());
  };
  expect_same_work([&] { often(right); }, [&] { often(wrong); });
}

TEST_F(RsaKeyTest, IsKeptForItsOwnerAlone) {
  const std::string file = ::testing::TempDir() + "rsa-key-" + std::to_string(::getpid()) + ".pem";
  const std::string pem = RsaKey(file).public_pem().value();
  struct ::stat info{};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0600U);
  EXPECT_EQ(RsaKey(file).public_pem().value(), pem);
  std::ofstream(file) << "not a key";
  const auto refused = RsaKey(file).public_pem();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find(file), std::string::npos);
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace breakwater::auth
