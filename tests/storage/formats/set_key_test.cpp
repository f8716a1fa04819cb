#include "storage/formats/set_key.h"

#include <gtest/gtest.h>

#include "storage/formats/backup_vectors.h"
#include "storage/support.h"

namespace breakwater::storage {
namespace {

const Secret kPassword(std::string_view("correct horse"));

// Made by another program: Python's cryptography.
TEST(SetKey, TheVectorsOfTheDocument) {
  const BackupVectors made;
  EXPECT_EQ(made.backup_key.fingerprint, "d78bdb31cf670bdd");
  EXPECT_EQ(crypto::to_hex(made.wrapped.wrapped),
            "505152535455565758595a5b17b99329342bf16e8619444386131a42db7eabff717ac131797aa005bca0e687077d"
            "3e6abfc921d7161fe6ccb07a4764");
  EXPECT_EQ(crypto::to_hex(made.wrapped.by_password->wrapped),
            "5c5d5e5f6061626364656667222180398af514bab2f0e374892183bb37ccd388cfa2b7c2f52932f189b1bb7ea4d3"
            "253b1a12caf87708e157a0dc3042");
  EXPECT_EQ(
      crypto::to_hex(made.key.seal("account:root", Secret(std::string_view("s3cret")), made.entropy).value()),
      "68696a6b6c6d6e6f70717273d70efa90a890973946a0a5eb7e3b048b4c30be93159a");
  EXPECT_EQ(crypto::to_hex(made.key.mac(as_bytes("abc"))),
            "36f96fbd4f9dff893104b538f2d0eb71e40eb59b1c59007e9ad2fec0d8c7f8ef");
}

TEST(SetKey, OpensByTheBackupKeyAndByThePassword) {
  const BackupVectors made;
  const Bytes sealed = made.key.seal("v", Secret(std::string_view("x")), made.entropy).value();
  EXPECT_EQ(unwrap(made.wrapped, kIdentity, made.backup_key)->open("v", sealed)->reveal(), "x");
  EXPECT_EQ(unwrap(made.wrapped, kIdentity, kPassword)->open("v", sealed)->reveal(), "x");
}

TEST(SetKey, OpensByNothingElse) {
  const BackupVectors made;
  const BackupKey other = make_backup_key(made.entropy).value();
  EXPECT_TRUE(unwrap(made.wrapped, kIdentity, other).error().is(Errc::backup_invalid_password));
  EXPECT_TRUE(
      unwrap(made.wrapped, "set 1:1002:1001:4", made.backup_key).error().is(Errc::backup_invalid_password));
  EXPECT_FALSE(unwrap(made.wrapped, kIdentity, Secret(std::string_view("wrong"))));
  EXPECT_FALSE(unwrap(made.wrapped, kIdentity, Secret()));
  WrappedKey bare = made.wrapped;
  bare.by_password.reset();
  EXPECT_FALSE(unwrap(bare, kIdentity, kPassword));
}

TEST(SetKey, AChangedWrappedKeyOpensByNothing) {
  const BackupVectors made;
  for (std::size_t at = 0; at < made.wrapped.wrapped.size(); ++at) {
    WrappedKey changed = made.wrapped;
    changed.wrapped[at] ^= 1U;
    changed.by_password->wrapped[at] ^= 1U;
    EXPECT_FALSE(unwrap(changed, kIdentity, made.backup_key)) << at;
    EXPECT_FALSE(unwrap(changed, kIdentity, kPassword)) << at;
  }
  WrappedKey cheaper = made.wrapped;
  cheaper.by_password->cost.p = 2;
  EXPECT_FALSE(unwrap(cheaper, kIdentity, kPassword));
}

TEST(SetKey, AskingForTooMuchWorkIsRefusedBeforeAnyIsDone) {
  const BackupVectors made;
  for (const crypto::ScryptCost cost :
       {crypto::ScryptCost{.n = std::uint64_t{1} << 20U, .r = 8, .p = 1},
        crypto::ScryptCost{.n = std::uint64_t{1} << 62U, .r = 8, .p = 1},
        crypto::ScryptCost{.n = 0, .r = 8, .p = 1}, crypto::ScryptCost{.n = 3, .r = 8, .p = 1},
        crypto::ScryptCost{.n = 16, .r = 0, .p = 0xFFFFFFFF}}) {
    WrappedKey hostile = made.wrapped;
    hostile.by_password->cost = cost;
    EXPECT_TRUE(unwrap(hostile, kIdentity, kPassword).error().is(Errc::backup_invalid_password));
  }
}

// Whoever may write a manifest chooses what a password's derivation costs.
TEST(SetKey, MoreWorkThanHalfASecondIsRefusedThoughThePasswordIsRight) {
  const BackupVectors made;
  const Secret password(std::string_view("pw"));
  const auto opens = [&](std::uint32_t p) {
    const PasswordKey dear =
        derive(password, made.entropy, {.n = std::uint64_t{1} << 14U, .r = 8, .p = p}).value();
    const WrappedKey wrapped = made.key.wrap(made.backup_key, &dear, made.entropy).value();
    return unwrap(wrapped, kIdentity, password).has_value();
  };
  EXPECT_TRUE(opens(kSetScryptCost.p));
  EXPECT_TRUE(opens(16));
  const PasswordKey twice =
      derive(password, made.entropy, {.n = std::uint64_t{1} << 15U, .r = 8, .p = 9}).value();
  const WrappedKey wrapped = made.key.wrap(made.backup_key, &twice, made.entropy).value();
  EXPECT_FALSE(unwrap(wrapped, kIdentity, password));
}

TEST(SetKey, AValueOpensAsItselfInItsSetAlone) {
  const BackupVectors made;
  const Bytes sealed = made.key.seal("account:root", Secret(std::string_view("x")), made.entropy).value();
  EXPECT_TRUE(made.key.open("account:other", sealed).error().is(Errc::checksum_error));
  const DataKey other = DataKey::make("set 1:1002:1001:4", made.entropy).value();
  EXPECT_TRUE(other.open("account:root", sealed).error().is(Errc::checksum_error));
}

TEST(SetKey, APasswordsKeyIsKeptInThePlaceOfThePassword) {
  const BackupVectors made;
  const PasswordKey again = decode_password_key(encode(made.password)).value();
  EXPECT_EQ(again.salt, made.password.salt);
  EXPECT_TRUE(again.key.equals(made.password.key));
  const WrappedKey wrapped = made.key.wrap(made.backup_key, &again, made.entropy).value();
  EXPECT_TRUE(unwrap(wrapped, kIdentity, kPassword));
  const Secret whole = encode(made.password);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(decode_password_key(Secret(whole.reveal().substr(0, size)))) << size;
}

}  // namespace
}  // namespace breakwater::storage
