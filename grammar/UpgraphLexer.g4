// The tokens of the language. Reserved words are those before AFTER; the words from AFTER to USED
// are names with a meaning in some places only. compiler/syntax/scanner.cpp decides which newlines
// end a statement, collects the doc comments, and drops everything else that is not a token.
//
// The compiler matches tokens by hand, for speed (compiler/syntax/token_matcher.cpp), and a test holds
// it against the lexer that is generated from here. A new word or sign needs this file alone, a new
// pattern has to be written there as well.
//
// The scanner shows every byte above 0x7f as \u001A, which no text may hold: one table of 128
// characters is enough, and positions are bytes.
lexer grammar UpgraphLexer;

LET: 'let';
LOCK: 'lock';
PARALLEL: 'parallel';
BLOCK: 'block';
FOR: 'for';
IN: 'in';
WHEN: 'when';
ELSE: 'else';
GATE: 'gate';
KEEP: 'keep';
END: 'end';
COMMIT: 'commit';
TRUE: 'true';
FALSE: 'false';
ON: 'on';
OFF: 'off';
AND: 'and';
OR: 'or';
NOT: 'not';

AFTER: 'after';
WITHIN: 'within';
HOLD: 'hold';
IMPORT: 'import';
PRODUCT: 'product';
CONFIG: 'config';
UPGRADE: 'upgrade';
STEP: 'step';
FACT: 'fact';
HANDLE: 'handle';
RESOURCE: 'resource';
SIGNAL: 'signal';
FUNCTION: 'function';
TYPE: 'type';
INPUT: 'input';
PEOPLE: 'people';
DOWNGRADE: 'downgrade';
TEST: 'test';
ALLOW: 'allow';
ANNOUNCE: 'announce';
WATCH: 'watch';
TEMPORARY: 'temporary';

// Before WORD: `v2` alone is a version. Parts of a pre-release or build never end in `-`, so that
// `v4.8.0-rc1->v5` is three tokens.
VERSION: 'v' DIGIT+ ('.' DIGIT+)* ('-' LABELS)? ('+' LABELS)?;
WORD: [A-Za-z_] [A-Za-z0-9_]*;
QUOTED_VERSION: 'v"' ~["\r\n]* '"';
// Anything that begins with a digit; number_literal.cpp says what it is, or what is wrong with it.
NUMBER: DIGIT [A-Za-z0-9_]* ('.' [A-Za-z0-9_]+)* '%'?;

// On one line, or on several between `"""`; text_literal.cpp says where those may stand.
TEXT: '"' TEXT_PART* '"' | '"""' BLOCK_PART* '"""';
RAW_TEXT: '\'' ~['\r\n]* '\'';
OPEN_TEXT: '"' TEXT_PART* '\\'?;
OPEN_BLOCK_TEXT: '"""';
OPEN_RAW_TEXT: '\'' ~['\r\n]*;
OPEN_QUOTED_VERSION: 'v"' ~["\r\n]*;

LEFT_PAREN: '(';
RIGHT_PAREN: ')';
LEFT_BRACKET: '[';
RIGHT_BRACKET: ']';
LEFT_BRACE: '{';
RIGHT_BRACE: '}';
COMMA: ',';
COLON: ':';
DOT: '.';
EQUALS: '=';
EQUAL: '==';
NOT_EQUAL: '!=';
LESS: '<';
LESS_EQUAL: '<=';
GREATER: '>';
GREATER_EQUAL: '>=';
ARROW: '->';
UP_TO: '..<';
PLUS: '+';
MINUS: '-';
STAR: '*';

DOC: '///' (~[/\r\n] ~[\r\n]*)?;
COMMENT: '//' ~[\r\n]*;
NEWLINE: '\r'? '\n';
SPACE: [ \t]+;
FOREIGN: '\u001A'+;
UNKNOWN: .;

fragment DIGIT: [0-9];
fragment LABELS: LABEL ('.' LABEL)*;
fragment LABEL: [0-9A-Za-z]+ ('-'+ [0-9A-Za-z]+)*;
fragment TEXT_PART: '\\' ~[\r\n] | ~["\\\r\n];
fragment BLOCK_PART: '"'? '"'? ('\\' . | ~["\\]);
