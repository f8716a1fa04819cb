#include "storage/formats/key_file.h"

#include <gtest/gtest.h>

#include "storage/support.h"

namespace breakwater::storage {
namespace {

constexpr crypto::ScryptCost kCheap{.n = 16, .r = 1, .p = 1};

KeyBackup key_example() {
  KeyBackup backup{.cluster_name = "obcluster",
                   .cluster_id = 1,
                   .tenant_name = "mysql_tenant",
                   .tenant_id = 1002,
                   .created = 1673436649723677,
                   .tde_method = "internal",
                   .external_kms_info = Secret(std::string_view("{\"KMS\":1}")),
                   .versions = {}};
  for (int i = 1; i <= 2; ++i)
    backup.versions.push_back({.version = i,
                               .created = 1673436649000000 + i,
                               .algorithm = "aes-256",
                               .key = Secret(std::string(32, static_cast<char>('0' + i)))});
  return backup;
}

Secret password() {
  return Secret(std::string_view("correct horse"));
}

Bytes encoded(const Secret* with = nullptr) {
  return encode(key_example(), with, CountingEntropy(), kCheap).value();
}

void expect_example(const KeyBackup& backup) {
  const KeyBackup expected = key_example();
  EXPECT_EQ(backup.cluster_name, expected.cluster_name);
  EXPECT_EQ(backup.cluster_id, expected.cluster_id);
  EXPECT_EQ(backup.tenant_name, expected.tenant_name);
  EXPECT_EQ(backup.tenant_id, expected.tenant_id);
  EXPECT_EQ(backup.created, expected.created);
  EXPECT_EQ(backup.tde_method, expected.tde_method);
  EXPECT_TRUE(backup.external_kms_info.equals(expected.external_kms_info));
  ASSERT_EQ(backup.versions.size(), expected.versions.size());
  for (std::size_t i = 0; i < backup.versions.size(); ++i) {
    EXPECT_EQ(backup.versions[i].version, expected.versions[i].version);
    EXPECT_EQ(backup.versions[i].created, expected.versions[i].created);
    EXPECT_EQ(backup.versions[i].algorithm, expected.versions[i].algorithm);
    EXPECT_TRUE(backup.versions[i].key.equals(expected.versions[i].key));
  }
}

void expect_unreadable(std::span<const std::uint8_t> bytes, const Secret* with) {
  const auto decoded = decode(bytes, with);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().text(), "wrong password or damaged file");
  EXPECT_TRUE(decoded.error().hint().empty());
}

TEST(KeyFile, RoundTrips) {
  const Secret secret = password();
  expect_example(decode(encoded(&secret), &secret).value());
  expect_example(decode(encoded(), nullptr).value());
  const Secret none;
  expect_example(decode(encoded(&none), &none).value());  // an empty password is none
}

// The vectors of docs/key-file.md: all entropy counts up from 0; scrypt n=16 r=1 p=1.
// As many as a tenant may have, with all else as long as it gets.
TEST(KeyFile, AllKeysOfATenantFit) {
  KeyBackup backup = key_example();
  backup.cluster_name = std::string(128, 'c');
  backup.tenant_name = std::string(limits::kMaxTenantName, 't');
  backup.external_kms_info = Secret(std::string(limits::kMaxParameterValue, 'k'));
  backup.versions.clear();
  for (std::int64_t i = 1; i <= limits::kMaxMasterKeys; ++i)
    backup.versions.push_back(
        {.version = i, .created = i, .algorithm = "aes-256", .key = Secret(std::string(32, 'k'))});
  const Secret with = password();
  const auto bytes = encode(backup, &with, CountingEntropy(), kCheap);
  ASSERT_TRUE(bytes);
  EXPECT_LT(bytes->size(), kMaxKeyFile);
  EXPECT_EQ(decode(*bytes, &with)->versions.size(), backup.versions.size());
  backup.versions.push_back(
      {.version = 0, .created = 0, .algorithm = "aes-256", .key = Secret(std::string(32, 'k'))});
  EXPECT_FALSE(encode(backup, &with, CountingEntropy(), kCheap));
}

TEST(KeyFile, Vectors) {
  const Secret secret = password();
  EXPECT_EQ(crypto::to_hex(encoded(&secret)),
            "42574b455942414b0100810000000100000000000000ea030000000000001d970f55fbf1050009006f62636c"
            "75737465720c006d7973716c5f74656e616e740800696e7465726e616c020000000100000000000000418c04"
            "55fbf1050032c2161bdb81224507006165732d3235360200000000000000428c0455fbf10500f34b5d76f938"
            "0ce507006165732d32353622000000010010000000000000000100000001000000000102030405060708090a"
            "0b0c0d0e0f303132333435363738393a3b2468cf642753c40c7eb86d93c4a0e79f3e6b9fdd009a9d18db81c2"
            "db9fc6466e4667a6dacdd58fbb4069c3c82d3fdc20710000003c3d3e3f4041424344454647e0e6818c586269"
            "02f3e3567596632523a1060b6b69d4e09a0ffaaf00112906f4d1450de4d492c72aafe6f5c461a543500a3536"
            "5fc495f537a86b9cf55e5e1a800eac931c80194ab77db544feefa54ce1f2dffb355b999fda152f8caaed04d0"
            "4c58579ed669");
  EXPECT_EQ(crypto::to_hex(encoded()),
            "42574b455942414b0100810000000100000000000000ea030000000000001d970f55fbf1050009006f62636c"
            "75737465720c006d7973716c5f74656e616e740800696e7465726e616c020000000100000000000000418c04"
            "55fbf1050032c2161bdb81224507006165732d3235360200000000000000428c0455fbf10500f34b5d76f938"
            "0ce507006165732d32353622000000000000000000000000000000000000000000000102030405060708090a"
            "0b0c0d0e0f303132333435363738393a3b8b3c76f01dbb0f28f2fdfaecceb116d3960759e8093ecaca891664"
            "b10075e29f83ee2d06d3dbeee573b0cbd2dfb58a06710000003c3d3e3f4041424344454647e0e6818c586269"
            "02f3e3567596632523a1060b6b69d4e09a0ffaaf00112906f4d1450de4d492c72aafe6f5c461a543500a3536"
            "5fc495f537a86b9cf55e5e1a800eac931c80194ab77db544feefa54ce1f2dffb355b999fda152f8caaed04d0"
            "4c58579ed669");
}

TEST(KeyFile, EveryFlippedBitAndEveryTruncationIsFound) {
  const Secret secret = password();
  const Secret* const none = nullptr;
  for (const Secret* with : {none, &secret}) {
    const Bytes good = encoded(with);
    for (std::size_t i = 0; i < good.size() * 8; ++i) {
      Bytes damaged = good;
      damaged[i / 8] ^= static_cast<std::uint8_t>(1U << (i % 8));
      expect_unreadable(damaged, with);
    }
    for (std::size_t size = 0; size < good.size(); ++size)
      expect_unreadable(std::span(good).first(size), with);
    Bytes longer = good;
    longer.push_back(0);
    expect_unreadable(longer, with);
  }
}

TEST(KeyFile, WrongMissingAndNeedlessPasswords) {
  const Secret secret = password();
  const Secret wrong(std::string_view("correct horsf"));
  expect_unreadable(encoded(&secret), &wrong);
  expect_unreadable(encoded(&secret), nullptr);
  expect_unreadable(encoded(), &secret);
}

TEST(KeyFile, NothingSecretIsReadable) {
  const Secret secret = password();
  const Bytes unprotected = encoded();
  const Bytes with_password = encoded(&secret);
  for (const Bytes& bytes : {unprotected, with_password}) {
    const std::string_view text = as_text(bytes);
    EXPECT_EQ(text.find("KMS"), std::string_view::npos);
    EXPECT_EQ(text.find("11111111"), std::string_view::npos);
    EXPECT_EQ(text.find("correct"), std::string_view::npos);
  }
}

TEST(KeyFile, PeekTellsWhatIsInsideWithoutThePassword) {
  const Secret secret = password();
  const KeyFileSummary summary = peek(encoded(&secret)).value();
  EXPECT_TRUE(summary.is_protected);
  EXPECT_EQ(summary.cost.n, 16U);
  EXPECT_EQ(summary.tenant_name, "mysql_tenant");
  EXPECT_EQ(summary.tenant_id, 1002U);
  ASSERT_EQ(summary.versions.size(), 2U);
  EXPECT_EQ(summary.versions[1].version, 2);
  EXPECT_EQ(summary.versions[1].algorithm, "aes-256");
  EXPECT_NE(summary.versions[0].fingerprint, summary.versions[1].fingerprint);
  EXPECT_FALSE(peek(encoded()).value().is_protected);
  EXPECT_FALSE(peek(as_bytes("not a key file")));
}

// A header that asks for 100 GB is refused before anything is derived.
TEST(KeyFile, HostileCostsAreRefused) {
  const Secret secret = password();
  const Bytes good = encoded(&secret);
  const std::size_t identity_size = 8 + 2 + 4 + (good[10] | (good[11] << 8));
  const std::size_t cost_at = identity_size + 4 + 2;
  const auto with_cost = [&](std::uint64_t n, std::uint64_t r, std::uint64_t p) {
    Bytes bytes = good;
    Bytes cost;
    put_le(cost, n, 8);
    put_le(cost, r, 4);
    put_le(cost, p, 4);
    std::copy(cost.begin(), cost.end(), bytes.begin() + static_cast<std::ptrdiff_t>(cost_at));
    return bytes;
  };
  EXPECT_TRUE(peek(with_cost(16, 1, 1)));
  EXPECT_TRUE(peek(with_cost(1U << 17U, 8, 1)));
  for (const auto& bytes :
       {with_cost(std::uint64_t{1} << 30U, 8, 1), with_cost(std::uint64_t{1} << 63U, 0xFFFFFFFFU, 1),
        with_cost(1U << 17U, 8, 1000), with_cost(16, 0, 1), with_cost(16, 1, 0), with_cost(15, 1, 1),
        with_cost(0, 1, 1), with_cost(1, 1, 1)}) {
    EXPECT_FALSE(peek(bytes));
    expect_unreadable(bytes, &secret);
  }
}

TEST(KeyFile, TheDefaultCostIsTheOneForKeyBackups) {
  const Secret secret = password();
  const Bytes bytes = encode(key_example(), &secret, system_entropy()).value();
  EXPECT_EQ(peek(bytes).value().cost.n, std::uint64_t{1} << 17U);
  expect_example(decode(bytes, &secret).value());
}

TEST(KeyFile, TwoFilesOfOneTenantShareNoKeyMaterial) {
  const Secret secret = password();
  const Bytes first = encode(key_example(), &secret, system_entropy(), kCheap).value();
  const Bytes second = encode(key_example(), &secret, system_entropy(), kCheap).value();
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace breakwater::storage
