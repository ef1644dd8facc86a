# header.awk: turns a public header into what Doxygen reads (INPUT_FILTER in the Doxyfile): declarations without bodies,
# each with its comment, on the lines where they stand in the header. The rules:
#  - The comment at the head of a file describes its group, which is a page of the reference.
#  - A `///` comment belongs to the declaration below it, and to those directly below that one that are overloads of it,
#    operators beside operators, functions with the same parameters (equal, not_equal, less), constants of one type.
#  - A `//` comment at the end of a line belongs to the fields, constants or enumerators before it.
#  - A field or enumerator without comment is documented if the comment of its struct or enum names it, as formulas and
#    shapes do. Members that many layers have in one meaning are documented once, in members.txt.
#  - What lies in namespaces called detail, is private, or says nothing to users (copying, moving, destructors, forward
#    declarations, definitions of members outside their class) is left out.
#  - Indented lines of a comment are formulas or code and keep their form.
# What is documented by none of these rules Doxygen reports, and ./run docs fails. The text of comments is comment.awk's.

function newlines(s) { return gsub(/\n/, "\n", s) }
function only_newlines(s) { gsub(/[^\n]/, "", s); return s }

function emit(s) { output = output s }
function comment(lines) { return lines == "" ? "" : "/** " documentation(lines, " \\ilinebr ") " */ " }

# Comment that makes Doxygen report what it would pass over: it refers to nothing.
function missing(what, name) { return "/** \\ref the_undocumented_" what "_" name " */ " }

# True if the text names the word.
function names(text, word) { return (" " text " ") ~ ("[^A-Za-z0-9_]" word "[^A-Za-z0-9_]") }

# Text without template parameters in front, attributes and requires-clauses in parentheses.
function bare(s,   depth, i, c) {
  s = trimmed(s)
  gsub(/\[\[[^]]*\]\]/, "", s)
  s = trimmed(s)
  while (s ~ /^template[ ]*</) {
    depth = 0
    for (i = index(s, "<"); i <= length(s); ++i) {
      c = substr(s, i, 1)
      if (c == "<") ++depth
      if (c == ">" && substr(s, i - 1, 1) != "-" && --depth == 0) break
    }
    s = trimmed(substr(s, i + 1))
    if (s ~ /^requires[ (]/) s = without_requires(s)
  }
  return s
}
# Drops a requires-clause: terms in parentheses or names, joined by && and ||.
function without_requires(s,   depth, i, c) {
  s = trimmed(substr(s, 9))
  while (1) {
    depth = 0
    for (i = 1; i <= length(s); ++i) {
      c = substr(s, i, 1)
      if (c ~ /[(<]/) ++depth
      if (c ~ /[)>]/ && --depth == 0 && substr(s, i + 1) !~ /^::/) break
      if (depth == 0 && c ~ /[ \n]/) { --i; break }
    }
    s = trimmed(substr(s, i + 1))
    if (s !~ /^(&&|\|\|)/) return s
    s = trimmed(substr(s, 3))
  }
}

# Position of the parenthesis that opens a function's parameters in a bare declaration; 0 for none.
function parameters_at(s,   i, c, depth) {
  if (match(s, /operator *(\(\)|[^A-Za-z0-9_ (]+|[A-Za-z_0-9:<> ]+) *\(/)) return RSTART + RLENGTH - 1
  for (i = 1; i <= length(s); ++i) {
    c = substr(s, i, 1)
    if (c == "<") ++depth
    else if (c == ">" && depth > 0) --depth
    else if (depth == 0 && (c == "=" || c == "{")) return 0
    else if (depth == 0 && c == "(") {
      if (substr(s, 1, i - 1) ~ /(^|[^A-Za-z_])(alignas|decltype|explicit|noexcept) *$/) {
        depth = 100
        for (; i <= length(s) && depth > 99; ++i) {
          c = substr(s, i, 1)
          if (c == "(") ++depth
          if (c == ")" && --depth == 100) break
        }
        depth = 0
      } else return i
    }
  }
  return 0
}

# Documentation of members that structs of nn/ have in one meaning, from members.txt, and of calls, which the comments
# of layers document by their formulas.
function common(name, family,   key) {
  if (path !~ /^nn\//) return ""
  if (name == "operator()" && class_comment[depth] != "") return "Computes the formula above."
  if (name "()" in member && family ~ /^function/) return member[name "()"]
  key = family
  sub(/^(field|function) /, "", key)
  gsub(/(static|constexpr|inline|virtual|const) /, "", key)
  sub(/ +$/, "", key)
  key = family ~ /^function/ ? name "()" : key " " name
  return key in member ? member[key] : ""
}
# True if reference.dox has this text.
function defined(text,   s, found) {
  while ((getline s < "docs/site/reference.dox") > 0) if (index(s, text)) found = 1
  close("docs/site/reference.dox")
  return found
}
function read_members(   s, at) {
  while ((getline s < "docs/site/members.txt") > 0)
    if ((at = index(s, "\t")) && s !~ /^#/) member[substr(s, 1, at - 1)] = substr(s, at + 1)
}

# Takes the marked comments out of a piece: leaves the code in `code`, and returns the comment.
function take_comment(piece,   found, part) {
  code = piece
  while (match(code, /\001[^\002]*\002/)) {
    part = substr(code, RSTART + 1, RLENGTH - 2)
    found = found (found == "" ? "" : "\n") part
    code = substr(code, 1, RSTART - 1) substr(code, RSTART + RLENGTH)
  }
  return found
}

# Splits s at commas outside brackets; comments right after a comma belong to the piece before it.
function split_commas(s, pieces,   i, c, round, angle, n, start) {
  n = 0; start = 1
  for (i = 1; i <= length(s); ++i) {
    c = substr(s, i, 1)
    if (c == "\001") { i += index(substr(s, i), "\002") - 1; continue }
    if (c ~ /[({[]/) ++round
    else if (c ~ /[])}]/) --round
    else if (c == "<" && substr(s, i - 1, 1) ~ /[A-Za-z_]/) ++angle
    else if (c == ">" && angle > 0 && substr(s, i - 1, 1) != "-") --angle
    else if (c == "," && round == 0 && angle == 0) {
      pieces[++n] = substr(s, start, i - start)
      if (match(substr(s, i + 1), /^ *\001[^\002]*\002/)) {
        pieces[n] = pieces[n] substr(s, i + 1, RLENGTH)
        i += RLENGTH
      }
      start = i + 1
    }
  }
  pieces[++n] = substr(s, start)
  return n
}

# One field, constant, alias or concept: code with its comment.
function entity(code_text, own,   b, name, type, at) {
  b = bare(code_text)
  if (b ~ /^(using|concept) /) {
    name = b
    sub(/^(using|concept) +/, "", name)
    sub(/[^A-Za-z0-9_].*/, "", name)
    type = "using"
  } else {
    type = b
    sub(/ *(=|\{).*/, "", type)
    gsub(/\n/, " ", type)
    name = type
    sub(/<[^<]*> *$/, "", name)
    sub(/.*[^A-Za-z0-9_]/, "", name)
    at = index(type, name)
    type = trimmed(substr(type, 1, length(type) - length(name)))
    if (code_text ~ /template *<> /) type = "specialisation of " name
  }
  document(name, "field " type, own, code_text ";", b)
}

# Gives a declaration its comment: its own, or by the rules above.
function document(name, family, own, text, b,   given, is_field) {
  given = fresh != "" ? fresh : own
  is_field = kind[depth] == "class" && family ~ /^field/
  if (fresh != "" || !adjacent) split("", group_families)
  else if (given == "" && (name == last_name || (family in group_families && !is_field))) given = last_comment
  if (given == "") given = common(name, family)
  if (given == "" && is_field && names(class_comment[depth], name)) emit(described_above text)
  else if (given == "" && b ~ /^concept /) emit(missing("concept", name) text)
  else emit(comment(given) text)
  last_comment = given
  last_name = name
  group_families[family] = 1
}

function visible(   i) {
  for (i = 1; i <= depth; ++i)
    if (kind[i] == "detail" || (kind[i] == "class" && access[i] != "public")) return 0
  return 1
}

# True for declarations that say nothing to users.
function is_left_out(b) {
  return b ~ /^(static_assert|using namespace|extern)/ || (b ~ /^using / && b !~ /=/) ||
    (b ~ /^friend / && b !~ /operator/) || b ~ /^(virtual )?~/ ||
    b ~ /^(class|struct|enum( class)?|union) +[A-Za-z_0-9:]+( *: *[a-z_0-9:]+)?$/ # a forward declaration
}

# A whole statement, without the body if it is a function's.
function statement(s,   b, own, at, text) {
  own = take_comment(s)
  text = code
  b = bare(text)
  gsub(/\n */, " ", b)
  if (!visible() || b == "" || is_left_out(b)) {
    emit(only_newlines(text))
    if (b != "") fresh = ""
    return
  }
  at = b ~ /^(using|concept) / ? 0 : parameters_at(b)
  if (at) procedure(text, b, at, own)
  else if (b ~ /^(using|concept) /) entity(text, own)
  else variables(s)
  fresh = ""
}

# A function: its text, and b without template parameters, whose parameters begin at `at`.
function procedure(text, b, at, own,   head, name, family) {
  head = substr(b, 1, at - 1)
  name = head
  if (!match(name, /operator.*$/)) match(name, /[A-Za-z0-9_~:<>, ]*[A-Za-z0-9_>]$/)
  name = substr(name, RSTART)
  if (name !~ /^operator/) sub(/.*[ *&]/, "", name)
  gsub(/ +$/, "", name)
  if (head ~ /::operator *[^ ]+$/ || (name !~ /^operator/ && head ~ /::~?[A-Za-z_0-9]+$/) || # outside its class
      (kind[depth] == "class" && fresh == "" && own == "" && special(b, at, name))) {
    emit(only_newlines(text))
    return
  }
  family = "function " substr(b, at)
  sub(/ *:[^:].*/, "", family)
  if (family ~ /\( *\)/) family = family " " name
  if (name ~ /^operator/ && (kind[depth] == "namespace" || b ~ /^friend/)) family = "operator"
  if (b ~ /= default$/ && name == "operator==") own = "Returns true if all members are equal."
  if (b ~ /= default$/ && name == "operator<=>") own = "Compares member by member."
  document(name, family, own, without_initialisers(text) ";", b)
}

# Fields or constants: a declaration for each name. A comment at the end alone belongs to all.
function variables(s,   pieces, n, i, all, own, head, text) {
  n = split_commas(s, pieces)
  for (i = 1; i < n && pieces[i] !~ /\001/; ++i) {}
  if (i == n) all = take_comment(pieces[n])
  for (i = 1; i <= n; ++i) {
    own = take_comment(pieces[i])
    if (own == "") own = all
    text = code
    if (i == 1) {
      head = text
      sub(/ *(=|\{).*/, "", head)
      sub(/[A-Za-z0-9_]+(<[^<]*>)?[ \n]*$/, "", head)
    } else {
      match(text, /^[ \n]*/)
      emit(substr(text, 1, RLENGTH))
      text = head substr(text, RLENGTH + 1)
    }
    entity(text, own)
    if (i == 1) gsub(/\n/, "", head)
  }
}
# A constructor without its member initialisers.
function without_initialisers(s,   i, c, round) {
  for (i = 1; i <= length(s); ++i) {
    c = substr(s, i, 1)
    if (c == "(") ++round
    if (c == ")") --round
    if (c == ":" && round == 0 && substr(s, i + 1, 1) == " " && substr(s, i - 1, 1) ~ /[ \n]/)
      return substr(s, 1, i - 1) only_newlines(substr(s, i))
  }
  return s
}

# True for copying and moving, and for what is defaulted or deleted.
function special(b, at, name) {
  if (b ~ /= (default|delete)$/ && name !~ /^operator(==|<=>)$/) return 1
  return name ~ "^(" class_name[depth] "|operator=)$" &&
    substr(b, at) ~ "^\\( *(const )?" class_name[depth] "(<[^>]*>)?&?&? *[a-z_]*\\)"
}

# Enumerators with their comments.
function enumeration(head, body,   pieces, n, i, own, name, lead) {
  own = ""
  last_comment = fresh
  emit(comment(fresh) head " {")
  n = split_commas(body, pieces)
  for (i = 1; i <= n; ++i) {
    own = take_comment(pieces[i])
    match(code, /^[ \n]*/)
    lead = substr(code, 1, RLENGTH)
    name = substr(code, RLENGTH + 1)
    sub(/[^A-Za-z0-9_].*/, "", name)
    if (name == "") { emit(only_newlines(code)); continue }
    emit(lead (own != "" ? comment(own) : names(fresh, name) ? described_above : missing("enumerator", name)))
    emit(substr(code, length(lead) + 1) (i < n ? "," : ""))
  }
  fresh = ""
}

{ line[NR] = $0 }

# The group of the header: its name, its folder, and the comment at its head, in the lines before the first namespace.
function describe_header(first,   group_name, head, i) {
  group_name = path; sub(/.*\//, "", group_name)
  emit("/** \\defgroup " group " " group_name "\n\\ingroup " folder)
  for (i = 1; i < first && line[i] ~ /^\/\//; ++i)
    head = head (i > 1 ? "\n" : "") substr(line[i], line[i] ~ /^\/\/ / ? 4 : 3)
  if (head == "") emit("\n\\ref the_missing_comment_at_the_head_of_" group)
  if (!defined("\\defgroup " folder " ")) emit("\n\\ref the_missing_group_" folder "_in_reference.dox")
  emit((head == "" ? "" : "\n" documentation(head, "\n")))
  emit(" \\ilinebr \\ilinebr <tt>\\#include \\<heed/" path "\\></tt> */")
  for (i = newlines(output); i < first - 1; ++i) emit("\n")
}

# Ends a group of declarations that share a comment.
function end_group() { adjacent = 0; last_comment = "" }

# A brace opens a namespace or class, whose head is `text`; returns 0 if it opens something else.
function open_scope(b,   name) {
  name = b
  if (sub(/^(inline )?namespace */, "", name)) {
    kind[++depth] = name ~ /(^|:)(detail|kernels)$/ || name == "" ? "detail" : "namespace"
    hidden[depth] = !visible()
    emit(hidden[depth] ? only_newlines(text) : text "{ /** \\addtogroup " group " \\ilinebr @{ */")
  } else if (b !~ /\)$/ && sub(/^(class|struct|union) +/, "", name)) {
    gsub(/(alignas\([^)]*\)|final) */, "", name)
    sub(/[^A-Za-z0-9_].*/, "", name)
    hidden[depth + 1] = !visible()
    if (visible()) emit((fresh == "" ? missing("compound", name) : comment(fresh)) text "{")
    else emit(only_newlines(text))
    kind[++depth] = "class"
    class_name[depth] = name
    class_comment[depth] = fresh
    access[depth] = b ~ /^class/ ? "private" : "public"
  } else return 0
  end_group()
  text = fresh = ""
  return 1
}
# Returns the number of characters after the brace that belong to it.
function close_scope(rest,   is_class) {
  is_class = kind[depth] == "class"
  emit(only_newlines(text))
  if (!hidden[depth]) emit(is_class ? "};" : "/** @} */ }")
  --depth
  end_group()
  text = fresh = ""
  return is_class && rest ~ /^;/
}

# A line between declarations: a comment, an access specifier, or empty; returns 0 for others.
function between(s) {
  if (s ~ /^ *\/\/\//) {
    sub(/^ *\/\/\/ ?/, "", s)
    fresh = fresh (was_comment ? "\n" : "") s
    was_comment = 1
    emit("\n")
    return 1
  }
  was_comment = 0
  if (s !~ /^ *($|\/\/|(public|private|protected):$)/) return 0
  if (s ~ /:$/ && s !~ /\/\//) {
    if (!hidden[depth]) emit(s)
    access[depth] = trimmed(s)
    sub(/:/, "", access[depth])
  }
  end_group()
  emit("\n")
  return 1
}

# A line of code, character by character: `text` is the statement so far, and `skipping` is set in a function's body.
function code_line(i, s,   j, k, c, b, held) {
  for (j = 1; j <= length(s); ++j) {
    c = substr(s, j, 1)
    if (c == "\"" || (c == "'" && substr(s, j - 1, 1) !~ /[0-9]/)) { # a string
      for (k = j + 1; k <= length(s) && substr(s, k, 1) != c; ++k) if (substr(s, k, 1) == "\\") ++k
      if (!skipping) text = text substr(s, j, k - j + 1)
      j = k
      continue
    }
    if (substr(s, j, 2) == "/*") { j += index(substr(s, j), "*/"); continue }
    if (substr(s, j, 2) == "//") {
      if (!skipping && text !~ /^[ \n]*$/) text = text "\001" rest_of_comment(i, j) "\002"
      break
    }
    if (skipping) {
      if (c == "{") ++brace
      if (c == "}" && --brace == 0) { skipping = 0; adjacent = 1 }
      continue
    }
    if (c == "(") ++round
    if (c == ")") --round
    if (c == "{" && round == 0 && brace == 0) {
      b = bare(text); gsub(/\n */, " ", b)
      if (open_scope(b)) continue
      if (b ~ /^enum /) { enum_head = text; text = ""; brace = 1; continue }
      if (text ~ /[ \n]$/ && b !~ /^(using|concept)/ && parameters_at(b)) {
        held = text
        sub(/[ \n]+$/, "", held)
        statement(held)
        emit(only_newlines(substr(text, length(held) + 1)))
        text = ""; skipping = 1; brace = 1
        continue
      }
    }
    if (c == "{") ++brace
    if (c == "}") {
      if (brace == 0) { j += close_scope(substr(s, j + 1)); continue }
      --brace
      if (enum_head != "" && brace == 0) {
        if (visible()) { enumeration(enum_head, text); emit("};") } else emit(only_newlines(enum_head text))
        enum_head = text = fresh = ""
        if (substr(s, j + 1, 1) == ";") ++j
        continue
      }
    }
    if (c == ";" && round == 0 && brace == 0) {
      if (match(substr(s, j + 1), /^ *\/\//)) {
        text = text "\001" rest_of_comment(i, j + RLENGTH - 1) "\002"
        s = substr(s, 1, j)
      }
      statement(text)
      text = ""
      adjacent = 1
      continue
    }
    text = text c
  }
}

END {
  described_above = "/** See the description above. */ "
  read_members()
  path = FILENAME
  if (index(path, ENVIRON["PWD"] "/") == 1) path = substr(path, length(ENVIRON["PWD"]) + 2)
  group = path; gsub(/[\/.]/, "_", group)
  folder = path; sub(/\/[^\/]*$/, "", folder); gsub(/\//, "_", folder)
  for (i = 1; i <= NR && line[i] !~ /^namespace /; ++i) {}
  describe_header(i)
  for (; i <= NR; ++i) {
    if (line[i] ~ /^ *#/) { emit("\n"); continue }
    if (text ~ /^[ \n]*$/ && !skipping && between(line[i])) continue
    was_comment = 0
    code_line(i, line[i])
    for (lines = 1 + more_lines; lines > 0; --lines)
      if (skipping || text ~ /^[ \n]*$/) { emit("\n"); text = "" } else text = text "\n"
    i += more_lines
    more_lines = 0
  }
  printf "%s", output
}

# Text of the comment that begins at column j of line i, and of the lines below that continue it at the same column.
function rest_of_comment(i, j,   found, k, column) {
  column = index(substr(line[i], j), "//") + j - 1
  found = trimmed(substr(line[i], column + 2))
  for (k = i + 1; k <= NR && line[k] ~ /^ +\/\/ / && index(line[k], "//") == column && column > 10; ++k) {
    found = found "\n" trimmed(substr(line[k], column + 2))
    ++more_lines
  }
  return found
}
