#include "runtime/package/signature.h"

#include "base/minisign.h"

namespace upgraph::package {
namespace {

// The end record of a zip, whose last two bytes count those of the comment behind it.
constexpr std::string_view kEndRecordMark = "PK\5\6";
constexpr size_t kEndRecordBytes = 22;
constexpr size_t kCountBytes = 2;

std::string CountText(size_t count) {
  return {static_cast<char>(count & 0xff), static_cast<char>(count >> 8)};
}

// The count of the comment and the comment, as they end a package.
std::string TailOf(const Package& package) {
  return CountText(package.signature_text.size()) + package.signature_text;
}

}  // namespace

std::string CutSignature(std::string* bytes) {
  const std::string_view all = *bytes;
  for (size_t size = 1;
       size <= minisign::kSignatureBytesMax && size + kEndRecordBytes <= all.size(); ++size) {
    const std::string_view comment = all.substr(all.size() - size);
    const std::string_view end = all.substr(all.size() - size - kEndRecordBytes, kEndRecordBytes);
    if (end.starts_with(kEndRecordMark) && end.ends_with(CountText(size)) &&
        minisign::LooksLikeSignature(comment)) {
      std::string text(comment);
      bytes->resize(bytes->size() - size - kCountBytes);
      bytes->append(CountText(0));
      return text;
    }
  }
  return "";
}

Result<Package> WithSignature(Package package, const std::string& text) {
  UPGRAPH_ASSIGN(package.signature, minisign::ParseSignature(text));
  package.signature_text = text;
  return package;
}

Status WriteNewPackage(env::Files& files, const std::string& path, const Package& package,
                       uint32_t mode) {
  UPGRAPH_TRY(files.WriteNew(path, *package.bytes, mode));
  if (package.signature_text.empty()) {
    return OkStatus();
  }
  return files.WriteAt(path, package.bytes->size() - kCountBytes, TailOf(package));
}

std::string WholePackage(const Package& package) {
  std::string bytes = *package.bytes;
  bytes.resize(bytes.size() - kCountBytes);
  return bytes + TailOf(package);
}

}  // namespace upgraph::package
