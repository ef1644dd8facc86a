# comment.awk: the text of a comment in a header as Doxygen reads it, for header.awk.

function trimmed(s) { gsub(/^[ \t\n]+|[ \t\n]+$/, "", s); return s }

# Escapes what Doxygen would take for commands, HTML, lists or emphasis, except in `code`. A word with a capital that
# begins a sentence, as in "Number of elements", names no type: % says so.
function escaped(s, begins,   parts, n, i, result) {
  if (s ~ /^[-+*] /) { result = substr(s, 1, 2); s = substr(s, 3) }
  else if (s ~ /^[0-9]+\. /) sub(/\./, "\\.", s)
  n = split(s, parts, "`")
  for (i = 1; i <= n; ++i) {
    if (i % 2 == 1 || i == n) {
      gsub(/[][\\@<>&#%*$~]/, "\\\\&", parts[i])
      gsub(/[^A-Za-z0-9]_/, "&\001", parts[i])
      gsub(/_\001/, "\\_", parts[i])
      if (i == 1 && begins && parts[i] ~ /^[A-Z][a-z]+[ ,.:]/ && parts[i] !~ /^Tensor/) parts[i] = "%" parts[i]
      while (match(parts[i], /[.:;] [A-Z][a-z]+ /))
        parts[i] = substr(parts[i], 1, RSTART) "\001%" substr(parts[i], RSTART + 2)
      gsub(/\001/, " ", parts[i])
    }
    result = result (i > 1 ? "`" : "") parts[i]
  }
  return result
}

# Text of a comment as Doxygen reads it, from its lines joined by \n; `separator`: for the ends of lines that count.
function documentation(lines, separator,   part, n, i, result, inside, list, line, content) {
  n = split(lines, part, "\n")
  for (i = 1; i <= n; ++i) {
    line = part[i]
    content = trimmed(line)
    if (line ~ /^  +- / || line ~ /^- / || (list && line ~ /^  /)) { # an item of a list, or its continuation
      if (inside) { result = result " \\endverbatim"; inside = 0 }
      result = result (i > 1 ? separator : "") (content ~ /^- / ? "" : "  ") escaped(content, 0)
      list = 1
    } else if (line ~ /^  /) {
      result = result (inside || i == 1 ? "" : separator) (inside ? separator : "\\verbatim" separator)
      if (!inside) { match(line, /^ +/); indent = RLENGTH }
      result = result reindented(line, indent)
      inside = 1
      list = 0
    } else {
      if (inside) { result = result " \\endverbatim"; inside = 0 }
      if (content == "" || list) result = result separator separator
      else if (i > 1) result = result (separator == "\n" ? "\n" : " ")
      result = result escaped(content, i == 1 || part[i - 1] ~ /[.:;] *$/)
      list = 0
    }
  }
  if (inside) result = result " \\endverbatim"
  return result
}
function reindented(line, count,   i) {
  for (i = 0; i < count && substr(line, 1, 1) == " "; ++i) line = substr(line, 2)
  return line
}
