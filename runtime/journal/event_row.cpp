#include "runtime/journal/event_row.h"

#include <algorithm>
#include <cstring>

namespace upgraph::journal {
namespace {

void AddNumber(DigestBuilder* builder, uint64_t number) {
  char bytes[8];
  for (int i = 0; i < 8; ++i) {
    bytes[i] = static_cast<char>(number >> (8 * i) & 0xff);
  }
  builder->Add({bytes, sizeof bytes});
}

}  // namespace

std::string_view DigestBytes(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()};
}

bool ReadDigest(const std::string& bytes, Digest* digest) {
  if (bytes.size() != digest->bytes.size()) {
    return false;
  }
  std::memcpy(digest->bytes.data(), bytes.data(), bytes.size());
  return true;
}

Digest EventHash(const Digest& previous, uint64_t seq, const history::Record& record) {
  DigestBuilder builder;
  builder.AddField("upgraph event 1");
  builder.AddField(DigestBytes(previous));
  AddNumber(&builder, seq);
  AddNumber(&builder, static_cast<uint64_t>(record.kind));
  AddNumber(&builder, record.step_id.has_value() ? record.step_id.index() + 1ull : 0);
  AddNumber(&builder, record.attempt);
  AddNumber(&builder, static_cast<uint64_t>(record.wall_ms));
  AddNumber(&builder, static_cast<uint64_t>(record.boot_ms));
  builder.AddField(record.text);
  builder.AddField(DigestBytes(record.digest));
  return builder.Finish();
}

Digest RunInfoDigest(const RunInfo& info) {
  DigestBuilder builder;
  builder.AddField("upgraph run 3");
  for (const std::string* text :
       {&info.run_id, &info.product, &info.from, &info.to, &info.boot_id}) {
    builder.AddField(*text);
  }
  builder.AddField(DigestBytes(info.package_digest));
  builder.AddField(DigestBytes(info.plan_digest));
  AddNumber(&builder, info.step_count);
  AddNumber(&builder, static_cast<uint64_t>(info.opened_wall_ms));
  AddNumber(&builder, static_cast<uint64_t>(info.window.begin_wall_ms));
  AddNumber(&builder, static_cast<uint64_t>(info.window.end_wall_ms));
  for (const auto& [name, answer] : info.facts) {
    builder.AddField(name);
    builder.AddField(answer);
  }
  return builder.Finish();
}

Digest DirectoryTimeDigest(const std::string& run_id, const std::string& path, int64_t mtime_ns) {
  DigestBuilder builder;
  builder.AddField("upgraph directory time 1");
  builder.AddField(run_id);
  builder.AddField(path);
  AddNumber(&builder, static_cast<uint64_t>(mtime_ns));
  return builder.Finish();
}

std::string CutText(const std::string& text) {
  std::string cut = text.substr(0, history::kRecordTextBytesMax);
  if (cut.size() < text.size()) {
    // Back to the start of the character that the cut went through.
    while (!cut.empty() && (static_cast<unsigned char>(text[cut.size()]) & 0xc0) == 0x80) {
      cut.pop_back();
    }
  }
  std::replace(cut.begin(), cut.end(), '\0', ' ');
  return cut;
}

}  // namespace upgraph::journal
