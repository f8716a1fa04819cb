// A destination out of the catalogue is the one that was set, with the keys of now.
#include "server/jobs/stored_destination.h"

#include "catalog/store/store_fixture.h"  // before what declares catalog::Value, a name that it uses for another thing

namespace breakwater::server::jobs {
namespace {

using catalog::value_of;

class StoredDestinationTest : public catalog::StoreTest {
 protected:
  /// A SET of this URI, as the catalogue keeps it.
  catalog::DestinationKey set(const std::string& uri) {
    const storage::Destination destination = value_of(storage::parse_destination(uri));
    catalog::Destination made;
    made.key = {.tenant_id = tenant_, .path = destination.path, .endpoint = destination.endpoint};
    made.authorization = destination.authorization("ABCDEF");
    made.extension = destination.extension;
    catalog::IntentSpec spec;
    spec.key = made.key;
    spec.path_key = destination.place_key();
    spec.dest_id = 1001;
    spec.format = format_of(destination);
    std::optional<Secret> key;
    if (!destination.is_file()) key = destination.secret();
    value_of(write([&](catalog::Transaction& t) -> Result<> {
      BW_TRY(const auto intent, t.intents().open(spec));
      return t.intents().finish(intent, made, destination.display_value("ABCDEF"), key);
    }));
    return made.key;
  }

  static Bytes format_of(const storage::Destination& destination) {
    storage::FormatFile format;
    format.cluster_name = "c";
    format.tenant_name = "t";
    format.path = destination.path_string();
    format.cluster_id = 1;
    format.tenant_id = 1002;
    format.dest_id = 1001;
    return storage::encode(format);
  }

  catalog::TenantId tenant_ = 0;
  void SetUp() override {
    StoreTest::SetUp();
    tenant_ = make_tenant("t");
  }
};

TEST_F(StoredDestinationTest, ADirectory) {
  const auto stored = value_of(stored_destination(*reader_, set("file:///backup//data/")));
  EXPECT_TRUE(stored.destination.is_file());
  EXPECT_EQ(stored.destination.local_path, "/backup/data");
  EXPECT_EQ(stored.format.dest_id, 1001);
  EXPECT_EQ(stored.format.path, stored.destination.path_string());
}

TEST_F(StoredDestinationTest, APlaceInABucketWithItsKeysAndOptions) {
  const std::string uri =
      "s3://bucket/a/b?host=s3.example.com&access_id=AK&access_key=K/+=1&session_token=T/+=2&s3_region=r"
      "&delete_mode=tagging&max_iops=5";
  const auto stored = value_of(stored_destination(*reader_, set(uri)));
  const storage::Destination& destination = stored.destination;
  EXPECT_EQ(destination.bucket, "bucket");
  EXPECT_EQ(destination.object_dir, "a/b");
  EXPECT_EQ(destination.endpoint, "host=s3.example.com");
  EXPECT_EQ(destination.access_id, "AK");
  EXPECT_EQ(destination.access_key.reveal(), "K/+=1");
  EXPECT_EQ(destination.session_token.reveal(), "T/+=2");
  EXPECT_EQ(destination.s3_region, "r");
  EXPECT_EQ(destination.delete_mode, storage::DeleteMode::tagging);
}

TEST_F(StoredDestinationTest, KeysThatWereChangedCount) {
  const auto key = set("oss://bucket/a?host=oss.example.com&access_id=AK&access_key=old");
  value_of(write([&](catalog::Transaction& t) {
    catalog::DestinationWriter::Access access{.key = Secret(std::string_view("new")), .checked = 1};
    return t.destinations().change_access(key, "access_id=OTHER&encrypt_key=00", std::move(access), "value");
  }));
  const auto stored = value_of(stored_destination(*reader_, key));
  EXPECT_EQ(stored.destination.access_id, "OTHER");
  EXPECT_EQ(stored.destination.access_key.reveal(), "new");
}

TEST_F(StoredDestinationTest, OneThatWasGivenUpIsNoPlaceForAJob) {
  EXPECT_EQ(catalog::code_of(stored_destination(
                *reader_, {.tenant_id = tenant_, .path = "file:///nothing", .endpoint = ""})),
            Errc::format_file_not_exist);
}

}  // namespace
}  // namespace breakwater::server::jobs
