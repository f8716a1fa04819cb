#include "storage/formats/place_proof.h"

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "storage/formats/format_file.h"

namespace breakwater::storage {
namespace {

const FormatFile kFormat{.cluster_name = "obcluster",
                         .tenant_name = "mysql_tenant",
                         .path = "file:///data/nfs/backup/data",
                         .cluster_id = 1,
                         .tenant_id = 1002,
                         .incarnation = 1,
                         .dest_id = 1001,
                         .dest_type = 0,
                         .created = 1'673'436'649'723'677};

TEST(PlaceProof, CoversClusterTenantNumberPathAndBytes) {
  const Bytes bytes = encode(kFormat);
  const auto text = place_text(bytes);
  ASSERT_TRUE(text);
  EXPECT_EQ(crypto::to_hex(std::span(*text).first(76)),
            "427265616b7761746572204d41432031"  // "Breakwater MAC 1"
            "0100000000000000ea03000000000000e903000000000000"
            "1c00000000000000"
            "66696c653a2f2f2f646174612f6e66732f6261636b75702f64617461");
  EXPECT_EQ(crypto::to_hex(std::span(*text).subspan(76, 8)), "8e00000000000000");
  EXPECT_EQ(Bytes(text->begin() + 84, text->end()), bytes);
}

TEST(PlaceProof, IsAnotherForEachOtherPlace) {
  const Bytes text = *place_text(encode(kFormat));
  for (const auto& change :
       {+[](FormatFile& f) { f.cluster_id = 2; }, +[](FormatFile& f) { f.tenant_id = 1004; },
        +[](FormatFile& f) { f.dest_id = 1002; }, +[](FormatFile& f) { f.path += "2"; },
        +[](FormatFile& f) { f.created++; }, +[](FormatFile& f) { f.tenant_name = "t"; }}) {
    FormatFile other = kFormat;
    change(other);
    EXPECT_NE(*place_text(encode(other)), text);
  }
}

TEST(PlaceProof, IsOfAFormatFileOnly) {
  EXPECT_FALSE(place_text({}));
  EXPECT_FALSE(place_text(encode(check_file_of(kFormat))));
}

TEST(PlaceProof, StandsBehindWhatOceanBaseReads) {
  const Bytes mac(32, 7);
  const Bytes proof = encode_proof(mac);
  EXPECT_EQ(proof.size(), 48U);
  Bytes file = encode(check_file_of(kFormat));
  EXPECT_FALSE(has_proof(file));
  EXPECT_FALSE(ends_with_proof(file, proof));
  EXPECT_TRUE(ends_with_proof(file, {})) << "an older plan has none";
  file.insert(file.end(), proof.begin(), proof.end());
  EXPECT_TRUE(has_proof(file));
  EXPECT_TRUE(ends_with_proof(file, proof));
  EXPECT_FALSE(ends_with_proof(file, encode_proof(Bytes(32, 8))));
  file.push_back(0);
  EXPECT_FALSE(has_proof(file));
  EXPECT_FALSE(has_proof({}));
  EXPECT_FALSE(ends_with_proof({}, proof));
}

}  // namespace
}  // namespace breakwater::storage
