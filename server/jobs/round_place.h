// A round's destination as its work uses it: proved to be the tenant's, before each batch and behind it.
//
// look() goes to the place by its path again, so that a directory that was moved, unmounted or claimed by somebody else is
// noticed before anything more is written, and confirm() reads back what was written through a place looked at anew. What
// lies there under a name of ours with other content is of another life: of a catalogue that was restored from a
// copy, or of another server. Then is_taken() is true from the error on, and the round can't go on there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "base/task.h"
#include "catalog/store/store.h"
#include "server/jobs/archive_places.h"
#include "storage/formats/archive_piece.h"

namespace breakwater::server::jobs {

/// Of one RoundWork, on its thread. Errors, but where others are named: those of the medium, of the catalogue, and
/// io_error (4009) where what was written isn't there any more. Their hints say what to do, since they become a COMMENT.
class RoundPlace {
 public:
  /// Between two looks at a directory, at most.
  static constexpr std::chrono::seconds kLookAgain{5};
  static constexpr std::chrono::seconds kCall{30};
  /// Pages of names that are looked at; more is size_overflow (4019).
  static constexpr std::size_t kMostPages = 100;

  RoundPlace(ArchivePlaces& places, catalog::Reader& reader, storage::Cancellation& cancellation)
      : places_(places), reader_(reader), cancellation_(cancellation) {}

  /// Opens the place by its path and proves it the tenant's: format_file_not_exist (9080), format_file_not_match (9081).
  /// True: it is the first look, or another directory is there than at the look before, with a format file as it must be: the
  /// caller proves by what it wrote last that it is the archive.
  Task<Result<bool>> look(const catalog::ArchiveRound& round);
  /// Lets go of the place until the next look(): a directory that is held open can't be unmounted.
  void close();
  /// After look(); the medium not after close().
  const ArchivePlaces::Place& operator*() const { return *place_; }
  const ArchivePlaces::Place* operator->() const { return &*place_; }

  /// Of a name that is this round's alone: what is there already with other bytes is of another life.
  Task<Result<>> put(std::string name, Bytes bytes);
  Task<Result<storage::Medium::Put>> put_new(std::string name, storage::Medium::Content content);
  Task<Result<>> replace(std::string name, Bytes bytes);
  Task<Result<std::optional<Bytes>>> get(std::string name, std::size_t limit);

  /// Looks at the place anew, and that the object is there with this SHA-256 (in hexadecimal).
  Task<Result<>> confirm(const catalog::ArchiveRound& round, std::string name, std::string sha256);
  /// The object alone.
  Task<Result<>> prove(std::string name, std::string sha256);

  /// The highest numbers of rounds and pieces of which there are marks.
  struct Marks {
    catalog::ArchiveWriter::Numbers highest{};
    bool ended = false;  ///< the round itself has its end there
  };
  Task<Result<Marks>> marks(const catalog::ArchiveRound& round);
  /// The highest number of an object of the piece; 0: none.
  Task<Result<std::int64_t>> last_number(storage::PieceName piece);

  bool is_taken() const { return taken_; }
  void forget_taken() { taken_ = false; }
  /// Says that the place holds what this catalogue doesn't know.
  std::unexpected<Error> taken(const std::string& by);

 private:
  template <class Visit>
  Task<Result<>> for_each_name(std::string prefix, Visit visit);
  Error remark(const Error& why) const;
  storage::Call call() const {
    return {.deadline = std::chrono::steady_clock::now() + kCall, .cancellation = &cancellation_};
  }

  ArchivePlaces& places_;
  catalog::Reader& reader_;
  storage::Cancellation& cancellation_;
  std::optional<ArchivePlaces::Place> place_;
  storage::Medium::Ground ground_;
  bool taken_ = false;
};

}  // namespace breakwater::server::jobs
