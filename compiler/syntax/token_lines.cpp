#include "compiler/syntax/token_lines.h"

#include <UpgraphParser.h>

#include <algorithm>

namespace upgraph::syntax {
namespace {

using generated::UpgraphParser;

int DepthChange(const ScannedToken& token) {
  return token.type == UpgraphParser::LEFT_BRACE    ? 1
         : token.type == UpgraphParser::RIGHT_BRACE ? -1
                                                    : 0;
}

}  // namespace

size_t LineEnd(const Tokens& tokens, size_t begin, size_t end) {
  int depth = 0;
  for (size_t i = begin; i < end; ++i) {
    uint16_t type = tokens[i].type;
    if (depth == 0 && (type == UpgraphParser::NEWLINE || type == UpgraphParser::RIGHT_BRACE)) {
      return i;
    }
    depth += DepthChange(tokens[i]);
  }
  return end;
}

std::vector<TokenRange> LinesOf(const Tokens& tokens, TokenRange body) {
  std::vector<TokenRange> lines;
  for (size_t begin = body.begin; begin + 1 < body.end;) {
    size_t end = LineEnd(tokens, begin, body.end) + 1;
    if (end > begin + 1) {
      lines.push_back({begin, end});
    }
    begin = end;
  }
  return lines;
}

size_t LineBegin(const Tokens& tokens, size_t at) {
  int depth = 0;
  for (size_t i = std::min(at, tokens.size()); i > 0; --i) {
    uint16_t type = tokens[i - 1].type;
    if (depth == 0 && (type == UpgraphParser::NEWLINE || type == UpgraphParser::LEFT_BRACE)) {
      return i;
    }
    depth -= DepthChange(tokens[i - 1]);
  }
  return 0;
}

Tokens WithoutBodies(const Tokens& tokens, TokenRange range, int depth,
                     std::vector<TokenRange>* bodies) {
  Tokens result;
  int depth_now = 0;
  for (size_t i = range.begin; i < range.end; ++i) {
    int change = DepthChange(tokens[i]);
    depth_now += std::min(change, 0);
    if (depth_now <= depth) {
      result.push_back(tokens[i]);
    }
    if (change > 0 && depth_now == depth) {
      bodies->push_back({i + 1, i + 1});
    } else if (change < 0 && depth_now == depth) {
      bodies->back().end = i + 1;
    }
    depth_now += std::max(change, 0);
  }
  return result;
}

}  // namespace upgraph::syntax
