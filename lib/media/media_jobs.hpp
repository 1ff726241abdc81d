#pragma once
// The jobs of media: 'media.process' makes the thumbnails and the blurhash of a stored image,
// 'media.remove' removes the objects of an image that is no longer shown, then its row. The subject
// of both is the media.
//
// Both are idempotent. A failure of the store is retried and never counted. An image that cannot be
// decoded becomes State::failed and stays visible. A chunk takes 25 seconds at most.
#include <functional>
#include <span>

#include "base/file_slice.hpp"
#include "base/time.hpp"
#include "blob/blob_store.hpp"
#include "images/image_processor.hpp"
#include "jobs/jobs.hpp"

namespace feedctl::media {

inline constexpr const char* process_kind = "media.process";
inline constexpr const char* remove_kind = "media.remove";

// As ImageProcessor::thumbnails().
using MakeThumbnails = std::function<images::Thumbnails(
    const FileSlice& image, std::span<const std::uint32_t> widths, Deadline deadline)>;

// `store` must outlive the handlers.
jobs::HandlerRegistry job_handlers(blob::BlobStore& store, MakeThumbnails make_thumbnails);

}  // namespace feedctl::media
