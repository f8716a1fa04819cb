// What lies below names with one prefix, group by group. Internal to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "storage/destination/listing_limits.h"
#include "storage/survey/survey.h"

namespace breakwater::storage {

/// The objects in the directory of one set or piece, with their lengths.
struct Group {
  std::string directory{};  ///< "backup_set_1_full/"
  std::map<std::string, std::uint64_t, std::less<>> sizes{};
  std::uint64_t bytes = 0;
  std::size_t names = 0;  ///< bytes of the names in `sizes`
  bool too_many = false;  ///< more than a manifest may name; the rest isn't in `sizes`
};

/// Lists page by page and gives one group after the other: objects come by name, so those of a directory come together.
class GroupLister {
 public:
  GroupLister(Medium& medium, std::string prefix, const SurveyOptions& options)
      : medium_(medium), prefix_(std::move(prefix)), options_(options) {}

  /// Nullopt: there are no more.
  Task<Result<std::optional<Group>>> next();
  /// The next object by itself, for who needs no groups.
  Task<Result<std::optional<std::string>>> next_name();

 private:
  Task<Result<bool>> turn();

  Medium& medium_;
  const std::string prefix_;
  const SurveyOptions& options_;
  Medium::Page page_{};
  std::size_t at_ = 0;
  ListingLimits limits_{};
  bool begun_ = false;
};

/// Whether the object that a manifest names is there as it says.
Task<Result<>> check_object(Medium& medium, const ObjectEntry& object, const Group& group,
                            const SurveyOptions& options, Problems& problems);

Task<Result<FoundSet>> survey_set(Medium& medium, SetName name, const Group& group,
                                  const SurveyOptions& options);
Task<Result<FoundPiece>> survey_piece(Medium& medium, PieceName name, const std::string& start_name,
                                      const Group& group, const SurveyOptions& options);

}  // namespace breakwater::storage
