// The rules of the language. What a word means (a phase, a property, a step) is judged in
// compiler/sema: steps come from the library, not from here.
//
// Every decision is made by one token: a test refuses `adaptivePredict` in the generated code.
// Where two forms begin alike they share a rule, and compiler/syntax/tree_builder.cpp tells them
// apart. An expression may follow another side by side (`v4.7.0 "why"`); the second never begins
// with an operator or a parenthesis, which keeps `*`, `-` and `(` unambiguous.
parser grammar UpgraphParser;

options { tokenVocab = UpgraphLexer; }

// One declaration is parsed at a time, and its tree freed before the next; an upgrade without what
// stands in its phases (and a step without its steps), which comes line by line as statementLine,
// blocks again without their inside. So the memory for a parse tree does not grow with the file.
declaration
  : importDeclaration
  | productDeclaration
  | configDeclaration
  | peopleDeclaration
  | inputDeclaration
  | typeDeclaration
  | letDeclaration
  | callableDeclaration
  | upgradeDeclaration
  | testDeclaration
  ;

declarationEnd: NEWLINE | EOF;

importDeclaration: IMPORT dottedName declarationEnd;

productDeclaration: PRODUCT word propertyBlock declarationEnd;

configDeclaration
  : CONFIG word EQUALS expression LEFT_BRACE (configKey (NEWLINE configKey?)*)? RIGHT_BRACE
    declarationEnd
  ;

configKey: keyName COLON typeName (IN anyWord)? (EQUALS expression)? attributes?;

keyName: keyPart (DOT keyPart)*;

keyPart: anyWord | VERSION | TEXT | RAW_TEXT;

attributes: attribute (COMMA attribute)*;

attribute: sideExpression+;

peopleDeclaration: PEOPLE word (COMMA word)* declarationEnd;

inputDeclaration: INPUT word COLON typeName (EQUALS expression)? declarationEnd;

typeDeclaration: TYPE anyWord declarationEnd;

letDeclaration: LET word (COLON typeName)? EQUALS expression declarationEnd;

callableDeclaration
  : (STEP | FACT | SIGNAL | HANDLE | LOCK | RESOURCE | FUNCTION) anyWord
    LEFT_PAREN (parameter (COMMA parameter?)*)? RIGHT_PAREN (COLON typeName)?
    (EQUALS expression | property)? itemBlock? declarationEnd
  ;

parameter: word COLON typeName (EQUALS expression)?;

// `Path`, `[Path]`, `[String: Path]`, `temporary Token`.
typeName
  : typeWord
  | TEMPORARY typeWord
  | LEFT_BRACKET typeWord (COLON typeWord)? RIGHT_BRACKET
  ;

typeWord: plainWord | ALLOW | ANNOUNCE | WATCH | reservedWord;

propertyBlock: LEFT_BRACE (property (NEWLINE property?)*)? RIGHT_BRACE;

property: word groups?;

groups: group (COMMA group)*;

group: expression sideExpression*;

upgradeDeclaration
  : (UPGRADE | DOWNGRADE) expression (COMMA expression)* ARROW expression itemBlock declarationEnd
  ;

testDeclaration
  : TEST (TEXT | RAW_TEXT) LEFT_BRACE (testLine (NEWLINE testLine?)*)? RIGHT_BRACE declarationEnd
  ;

testLine: (word | WHEN) groups;

itemBlock: LEFT_BRACE (item (NEWLINE item?)*)? RIGHT_BRACE;

// A phase of an upgrade (`prepare { … }`, `cleanup after 7d { … }`), the steps of a step, or a
// property; one of them has a condition (`downtime 5m up when …`). Names of checks hold reserved
// words.
item
  : (plainWord | TEMPORARY) (statementBlock | groups (WHEN expression | statementBlock)?)?
  | ANNOUNCE groups statementBlock
  | WATCH groups statementBlock (ELSE statementBlock)?
  | ALLOW allowance (COMMA allowance)*
  ;

allowance: checkName sideExpression*;

checkName: anyWord (MINUS anyWord)*;

statementBlock: LEFT_BRACE (statement (NEWLINE statement?)*)? RIGHT_BRACE;

statementLine: statement (NEWLINE | RIGHT_BRACE | EOF);

// The text behind an expression is that of an announcement: `started "started.md"`. What a gate and
// a watch hold are expressions too.
statement
  : LET word (COLON typeName)? EQUALS expression
  | END word
  | KEEP word text
  | COMMIT text
  | (blockStatement | expression (text | COLON (blockStatement | expression))?) afterClause?
  ;

text: TEXT | RAW_TEXT;

blockStatement
  : (PARALLEL | BLOCK) statementBlock
  | LOCK expression (COMMA expression)* lockBound* statementBlock
  | FOR word (COLON typeName)? IN expression forBound? statementBlock
  | WHEN expression statementBlock (ELSE (WHEN expression)? statementBlock)*
  | GATE word gateClause (COMMA gateClause)* statementBlock
  ;

// `for 10m`, `every 15s`, `missing fails`.
gateClause: (FOR | word) sideExpression+;

// `max 64`: for at most as many elements.
forBound: word sideExpression;

lockBound: (WITHIN | HOLD) expression;

afterClause: AFTER word (COMMA word)*;

// Flat: all binary operators are read in one loop, and ordered by the tree builder.
expression: operand (binaryOperator operand)*;

sideExpression: plainOperand (binaryOperator operand)*;

binaryOperator
  : PLUS
  | MINUS
  | STAR
  | UP_TO
  | EQUAL
  | NOT_EQUAL
  | LESS
  | LESS_EQUAL
  | GREATER
  | GREATER_EQUAL
  | IN
  | AND
  | OR
  ;

operand
  : NOT* (plainOperand | STAR | MINUS plainOperand | LEFT_PAREN expression RIGHT_PAREN)
  ;

plainOperand
  : literal
  | dottedName (LEFT_PAREN (argument (COMMA argument?)*)? RIGHT_PAREN)?
  | LEFT_BRACKET (COLON | argument (COMMA argument?)*)? RIGHT_BRACKET
  ;

// Of a call `name: value`, of a map `key: value`.
argument: expression (COLON expression)?;

literal
  : TEXT
  | RAW_TEXT
  | NUMBER
  | VERSION
  | QUOTED_VERSION
  | TRUE
  | FALSE
  | ON
  | OFF
  ;

dottedName: word (DOT namePart)*;

namePart: anyWord | VERSION | TEXT;

// A name: any word that is not reserved.
word: plainWord | ALLOW | ANNOUNCE | WATCH | TEMPORARY;

plainWord
  : WORD
  | AFTER
  | WITHIN
  | HOLD
  | IMPORT
  | PRODUCT
  | CONFIG
  | UPGRADE
  | STEP
  | FACT
  | HANDLE
  | RESOURCE
  | SIGNAL
  | FUNCTION
  | TYPE
  | INPUT
  | PEOPLE
  | DOWNGRADE
  | TEST
  ;

// After a dot and where something is declared, the reserved words are names as well.
anyWord: word | reservedWord;

reservedWord
  : LET
  | LOCK
  | PARALLEL
  | BLOCK
  | FOR
  | IN
  | WHEN
  | ELSE
  | GATE
  | KEEP
  | END
  | COMMIT
  | TRUE
  | FALSE
  | ON
  | OFF
  | AND
  | OR
  | NOT
  ;
