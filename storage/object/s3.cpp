// Amazon S3 and compatible stores: OBS, MinIO, Ceph, and OSS and COS too.
#include "storage/destination/uri.h"
#include "storage/formats/sizes.h"
#include "storage/object/provider.h"
#include "storage/object/signer.h"

namespace breakwater::storage {
namespace {

std::string s3_region(const Destination& destination, std::string_view host) {
  if (!destination.s3_region.empty()) return destination.s3_region;
  constexpr std::string_view kAmazon = ".amazonaws.com";
  for (const std::string_view before : {"s3.dualstack.", "s3.", "s3-"})
    if (auto region = between(host, before, kAmazon)) return *region;
  if (auto region = between(host, "obs.", ".myhuaweicloud.com")) return *region;
  if (auto region = between(host, "cos.", ".myqcloud.com")) return *region;
  if (auto region = between(host, "s3.", ".aliyuncs.com")) return *region;
  return "us-east-1";
}

void s3_sign(HttpRequest& request, const SigningInput& input) {
  request.headers.push_back({"x-amz-content-sha256", std::string(input.payload_hash)});
  const HttpHeaders added =
      sign_aws_v4(request, input.credentials, input.region, "s3", input.payload_hash, input.now);
  request.headers.insert(request.headers.end(), added.begin(), added.end());
}

}  // namespace

constexpr Provider providers::s3 = {.name = "S3",
                                    .create_only_header = "if-none-match",
                                    .create_only_value = "*",
                                    .request_id_header = "x-amz-request-id",
                                    .token_header = "x-amz-security-token",
                                    .encryption_header = "x-amz-server-side-encryption",
                                    .list_v2 = true,
                                    .signs_payload = true,
                                    .min_part_size = 5 * kMiB,
                                    .other_error = Errc::s3_error,
                                    .region_of = s3_region,
                                    .sign = s3_sign};

}  // namespace breakwater::storage
