#include <map>
#include <optional>

#include <fmt/format.h>

#include "compiler/sema/properties.h"

namespace upgraph::sema {
namespace {

std::optional<plan::AnnouncedEvent> FindEvent(std::string_view name) {
  for (int event = 0; event < plan::kAnnouncedEventCount; ++event) {
    if (name == plan::AnnouncedEventName(static_cast<plan::AnnouncedEvent>(event))) {
      return static_cast<plan::AnnouncedEvent>(event);
    }
  }
  return std::nullopt;
}

void UnknownEvent(Context* context, const ast::Statement& line) {
  std::vector<std::string> known;
  for (int event = 0; event < plan::kAnnouncedEventCount; ++event) {
    known.emplace_back(plan::AnnouncedEventName(static_cast<plan::AnnouncedEvent>(event)));
  }
  const std::string word(WordOf(line.call));
  context
      ->Error(Kind::kWrongKind, line.range,
              "an announcement is an event and the path of its text; the events are `started`, "
              "`done`, `rolled_back`, `stuck`, `late`, `interrupted` and `watch_breached`")
      .SetHint(word.empty() ? "write `started \"payload/started.md\"`" : SuggestHint(word, known));
}

// The channel, or nothing after an error.
std::optional<plan::Value> ChannelOf(Context* context, const ast::ItemBlock& block,
                                     Expressions* expressions) {
  const ast::List<ast::Expr> none;
  const ast::List<ast::Expr>& words = block.groups.size() == 1 ? block.groups[0] : none;
  if (words.size() != 2 || WordOf(words[0]) != "to" || WordOf(words[1]).empty()) {
    context
        ->Error(Kind::kBadProperty, block.range,
                "`announce` does not say to whom; it needs the name of a channel")
        .SetHint("write `announce to status_page { … }`");
    return std::nullopt;
  }
  Formula channel = expressions->Analyze(words[1], {{}, "a channel", {}});
  if (channel.type.is_error()) {
    return std::nullopt;
  }
  if (!(channel.type == Type::Handle("Channel"))) {
    context
        ->Error(Kind::kWrongType, words[1].range,
                fmt::format("`{}` is {}, but announcements go to a `Channel`", WordOf(words[1]),
                            WithArticle(TypeName(channel.type))))
        .SetHint("write `let status_page = channels.file(\"/srv/status.md\")` above");
    return std::nullopt;
  }
  return channel.constant;
}

}  // namespace

void AnalyzeAnnouncements(Context* context, const ast::ItemBlock& block, Edge* edge) {
  Expressions expressions(context, 0, &context->modules[0].scope);
  const std::optional<plan::Value> channel = ChannelOf(context, block, &expressions);
  std::map<plan::AnnouncedEvent, SourceRange> given;
  for (const ast::Statement& line : block.statements) {
    const bool is_line = line.kind == ast::StatementKind::kCall && line.text && !line.label;
    const auto event = is_line ? FindEvent(WordOf(line.call)) : std::nullopt;
    if (!event) {
      UnknownEvent(context, line);
      continue;
    }
    auto [first, is_new] = given.try_emplace(*event, line.range);
    if (!is_new) {
      context
          ->Error(Kind::kDuplicateName, line.range,
                  fmt::format("`{}` is announced twice", plan::AnnouncedEventName(*event)))
          .AddNote(first->second, "first given here");
      continue;
    }
    auto text = expressions.Constant(
        *line.text, {Type::Of(TypeKind::kPayload), "the text of an announcement", {}});
    if (!text || !channel) {
      continue;
    }
    Announcement announcement;
    announcement.announcement = {std::string(WordOf(block.groups[0][1])), *channel, *event,
                                 text->text, context->Position(line.range)};
    announcement.range = line.text->range;
    edge->announcements.push_back(std::move(announcement));
  }
}

}  // namespace upgraph::sema
