# page.awk: turns a Markdown page into what Doxygen reads (INPUT_FILTER in the Doxyfile). Each page and heading gets an
# identifier from its path and title, and links between pages, with or without #heading, become references to them, so
# that Doxygen reports those that lead nowhere. The first link to a page from a page of contents (README.md,
# docs/examples.md, docs/decisions/README.md), outside lists, makes it a part of that page in the tree of pages.

function identifier(path) {
  if (path == "README.md") return "mainpage"
  sub(/\.md$/, "", path)
  sub(/\/README$/, "", path)
  gsub(/[^A-Za-z0-9]/, "_", path)
  return path
}

# The part of a link after #, as GitHub makes it from a heading.
function anchor(title) {
  title = tolower(title)
  gsub(/[^a-z0-9 _-]/, "", title)
  gsub(/ /, "-", title)
  return title
}

# `relative` as a path from the root, seen from this page.
function resolved(relative,   folder) {
  folder = path
  if (!sub(/\/[^\/]*$/, "", folder)) folder = ""
  while (sub(/^\.\.\//, "", relative)) if (!sub(/\/[^\/]*$/, "", folder)) folder = ""
  return (folder == "" ? "" : folder "/") relative
}

function exists(file,   ignored, found) {
  found = (getline ignored < file) >= 0
  close(file)
  return found
}

function is_page(file) {
  return file ~ /^(README|CHANGELOG|CONTRIBUTING)\.md$|^docs\/.*\.md$|^examples\/[a-z_0-9]+\/README\.md$/
}

# Reference for a link's words and target.
function reference(words, target,   file, heading, command) {
  if (target ~ /^[a-z]+:/) return "[" words "](" target ")"
  heading = target
  if (!sub(/^[^#]*#/, "", heading)) heading = ""
  sub(/#.*/, "", target)
  file = target == "" ? path : resolved(target)
  gsub(/["`]/, "", words)
  if (file == "LICENSE") return "<a href=\"LICENSE\">" words "</a>"
  if (!is_page(file) || !exists(file)) return "\\ref no_page_" identifier(file) " \"" words "\""
  if (heading != "") return "\\ref " identifier(file) "_" heading " \"" words "\""
  command = "\\ref "
  if (contents && !bullet && !(file in seen)) command = "\\subpage "
  if (!bullet) seen[file] = 1
  return command identifier(file) " \"" words "\""
}

# Replaces the links in a line, but not in `code`.
function linked(s,   parts, n, i, result) {
  result = ""
  while (match(s, /`[^`]*`|!?\[[^]\[]*\]\([^()]*\)/)) {
    result = result plain(substr(s, 1, RSTART - 1))
    token = substr(s, RSTART, RLENGTH)
    s = substr(s, RSTART + RLENGTH)
    if (token ~ /^`/) result = result token
    else {
      split(token, parts, /\]\(/)
      target = substr(parts[2], 1, length(parts[2]) - 1)
      words = parts[1]
      if (token ~ /^!/ && exists(resolved(target))) result = result "![" substr(words, 3) "](" resolved(target) ")"
      else if (token ~ /^!/) result = result "\\ref no_image_" target
      else result = result reference(substr(words, 2), target)
    }
  }
  return result plain(s)
}
# Words outside code that Doxygen would take for commands.
function plain(s) {
  gsub(/[@\\#$%]/, "\\\\&", s)
  return s
}

BEGIN {
  path = ARGV[1]
  if (index(path, ENVIRON["PWD"] "/") == 1) path = substr(path, length(ENVIRON["PWD"]) + 2)
  page = identifier(path)
  contents = path ~ /^(README\.md|docs\/examples\.md|docs\/decisions\/README\.md)$/
}

/^ *```/ { fenced = !fenced; print; next }
fenced { print; next }
/^#+ / {
  level = $1
  title = substr($0, length(level) + 2)
  print level " " title " {#" (level == "#" && !titled ? page : page "_" anchor(title)) "}"
  titled = 1
  next
}
{
  bullet = /^ *- /
  print linked($0)
}
