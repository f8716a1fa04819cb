#include "storage/formats/probe_content.h"

#include <string>

#include <gtest/gtest.h>

namespace breakwater::storage {
namespace {

TEST(ProbeContent, AProbeFileIsOneAtEveryMomentOfItsProof) {
  const Bytes block = probe_block();
  ASSERT_EQ(block.size(), kProbeBytes);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kProbeMagic.size(), std::size_t{4096}, kProbeBytes})
    EXPECT_TRUE(is_probe_file(std::span(block).first(size))) << size;
  const std::string changed = std::string(kOverwrittenProbe).append(kAppendedProbe);
  for (std::size_t size = 0; size <= changed.size(); ++size)
    EXPECT_TRUE(is_probe_file(as_bytes(changed).first(size))) << size;
}

TEST(ProbeContent, OtherBytesAreNoProbe) {
  Bytes block = probe_block();
  block.push_back(0);
  EXPECT_FALSE(is_probe_file(block));
  block.pop_back();
  block.back() ^= 1U;
  EXPECT_FALSE(is_probe_file(block));
  for (const std::string& text :
       {std::string("x"), std::string(kProbeMagic) + "x", std::string(kAppendedProbe),
        std::string(kOverwrittenProbe) + "x", std::string("Breakwater probe 2\n"), std::string(4096, '\0')})
    EXPECT_FALSE(is_probe_file(as_bytes(text))) << text;
}

TEST(ProbeContent, AnObjectHasOneOfTheSizesAndTheMagic) {
  for (const std::size_t size :
       {kProbeBytes, kOverwrittenProbe.size(), kAppendedProbe.size(), 2 * kAppendedProbe.size()}) {
    EXPECT_TRUE(is_probe_size(size)) << size;
    EXPECT_FALSE(is_probe_size(size + 1)) << size;
  }
  EXPECT_FALSE(is_probe_size(0));
  const Bytes block = probe_block();
  EXPECT_TRUE(is_probe_head(std::span(block).first(kProbeMagic.size())));
  EXPECT_TRUE(is_probe_head(as_bytes(kOverwrittenProbe).first(kProbeMagic.size())));
  EXPECT_FALSE(is_probe_head(as_bytes(kOverwrittenProbe)));
  EXPECT_FALSE(is_probe_head({}));
}

TEST(ProbeContent, ItIsStaleAfterTenMinutesByTheStoragesClock) {
  constexpr Timestamp kMinute = 60'000'000;
  EXPECT_FALSE(is_stale_probe(100 * kMinute, 100 * kMinute));
  EXPECT_FALSE(is_stale_probe(100 * kMinute, 110 * kMinute - 1));
  EXPECT_TRUE(is_stale_probe(100 * kMinute, 110 * kMinute));
  EXPECT_FALSE(is_stale_probe(200 * kMinute, 100 * kMinute));
}

}  // namespace
}  // namespace breakwater::storage
