#include "runtime/package/deflate.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <memory>

#include "runtime/package/extract_policy.h"

namespace upgraph::package {
namespace {

struct EntryCloser {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
using EntryPointer = std::unique_ptr<archive_entry, EntryCloser>;

struct ReaderCloser {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
using ReaderPointer = std::unique_ptr<archive, ReaderCloser>;

la_ssize_t AppendBytes(archive*, void* bytes, const void* data, size_t size) {
  static_cast<std::string*>(bytes)->append(static_cast<const char*>(data), size);
  return static_cast<la_ssize_t>(size);
}

std::string ErrorText(archive* handle) {
  const char* text = archive_error_string(handle);
  return text != nullptr ? text : "it cannot be read";
}

unsigned FileTypeBits(PayloadType type) {
  switch (type) {
    case PayloadType::kFile:
      return AE_IFREG;
    case PayloadType::kDirectory:
      return AE_IFDIR;
    case PayloadType::kSymlink:
      return AE_IFLNK;
  }
  UPGRAPH_UNREACHABLE("payload type");
}

}  // namespace

struct ZipBuilder::State {
  archive* writer = nullptr;
  std::string bytes;
};

ZipBuilder::ZipBuilder() : state_(new State) {
  state_->writer = archive_write_new();
  UPGRAPH_CHECK(state_->writer != nullptr);
  archive_write_set_format_zip(state_->writer);
  archive_write_set_bytes_per_block(state_->writer, 0);
  // Names are UTF-8 whatever the locale of the process is.
  archive_write_set_options(state_->writer, "zip:hdrcharset=UTF-8");
  archive_write_open(state_->writer, &state_->bytes, nullptr, AppendBytes, nullptr);
}

ZipBuilder::~ZipBuilder() {
  archive_write_free(state_->writer);
  delete state_;
}

Status ZipBuilder::Add(const ZipItem& item) {
  archive* writer = state_->writer;
  if (item.is_deflated) {
    archive_write_zip_set_compression_deflate(writer);
  } else {
    archive_write_zip_set_compression_store(writer);
  }
  const EntryPointer entry(archive_entry_new());
  archive_entry_set_pathname_utf8(entry.get(), item.path.c_str());
  archive_entry_set_filetype(entry.get(), FileTypeBits(item.type));
  archive_entry_set_perm(entry.get(), item.mode);
  archive_entry_set_mtime(entry.get(), kUnixTime, 0);
  archive_entry_set_uid(entry.get(), 0);
  archive_entry_set_gid(entry.get(), 0);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(item.content.size()));
  if (item.type == PayloadType::kSymlink) {
    // Raw bytes: a conversion would depend on the locale.
    archive_entry_set_symlink(entry.get(), item.link_target.c_str());
  }
  const int status = archive_write_header(writer, entry.get());
  if (status != ARCHIVE_OK) {
    return Error{ErrorKind::kIo,
                 fmt::format("cannot write `{}`: {}", Printable(item.path), ErrorText(writer))};
  }
  if (item.type == PayloadType::kFile && !item.content.empty()) {
    const la_ssize_t written = archive_write_data(writer, item.content.data(), item.content.size());
    if (written != static_cast<la_ssize_t>(item.content.size())) {
      return Error{ErrorKind::kIo,
                   fmt::format("cannot write `{}`: {}", Printable(item.path), ErrorText(writer))};
    }
  }
  return OkStatus();
}

Result<std::string> ZipBuilder::Finish() {
  if (archive_write_close(state_->writer) != ARCHIVE_OK) {
    return Error{ErrorKind::kIo, "cannot write the zip: " + ErrorText(state_->writer)};
  }
  UPGRAPH_TRY(SetZipTimes(&state_->bytes));
  return std::move(state_->bytes);
}

Result<std::string> Unpack(const ZipEntry& entry) {
  if (!entry.is_deflated) {
    return std::string(entry.packed);
  }
  auto damaged = [&](const std::string& what) {
    return Error{ErrorKind::kDamaged,
                 fmt::format("the zip is damaged: `{}`: {}", Printable(entry.path), what)};
  };
  const ReaderPointer reader(archive_read_new());
  archive_read_support_format_zip_streamable(reader.get());
  archive_entry* header = nullptr;
  // A warning is about the name, which may not fit the locale; ours was read by zip_layout.
  if (archive_read_open_memory(reader.get(), entry.record.data(), entry.record.size()) !=
          ARCHIVE_OK ||
      archive_read_next_header(reader.get(), &header) < ARCHIVE_WARN) {
    return damaged(ErrorText(reader.get()));
  }
  // One byte more than there should be, so that more is noticed and the end is reached.
  std::string content(entry.size_bytes + 1, '\0');
  size_t size = 0;
  while (true) {
    const la_ssize_t got =
        archive_read_data(reader.get(), content.data() + size, content.size() - size);
    if (got < 0) {
      return damaged(ErrorText(reader.get()));
    }
    if (got == 0) {
      break;
    }
    size += static_cast<size_t>(got);
    if (size > entry.size_bytes) {
      return damaged("it unpacks to more than its record says");
    }
  }
  if (size != entry.size_bytes) {
    return damaged("it unpacks to less than its record says");
  }
  content.resize(size);
  return content;
}

}  // namespace upgraph::package
