#!/usr/bin/env bash
# The product from end to end, in the open: import, serve, clone, check out, edit, look back, and compare with git.
# usage: demo.sh BIN SOURCE
#   BIN     the folder with mr, monorepod and mr-admin
#   SOURCE  a git repository, a bundle or a URL
set -euo pipefail

if [ $# -ne 2 ]; then
  echo "usage: demo.sh BIN SOURCE" >&2
  exit 2
fi

bin=$(cd "$1" && pwd)
source=$2
if [ -e "$source" ]; then
  source=$(realpath "$source")
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/monorepo-demo.XXXXXX")
server_pid=
memcached_pid=

# Ends what this script started, by process id, and removes what it wrote.
clean_up() {
  local status=$? pid
  trap - EXIT
  for pid in $server_pid $memcached_pid; do
    kill "$pid" 2>/dev/null || true
  done
  for pid in $server_pid $memcached_pid; do
    wait "$pid" 2>/dev/null || true
  done
  if [ "$status" -ne 0 ] && [ -s "$work/monorepod.log" ]; then
    echo "the server's last words:" >&2
    tail -n 20 "$work/monorepod.log" >&2
  fi
  rm -rf "$work"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Nothing of the user's configuration, and nothing of their caches, takes part.
printf '[safe]\n\tdirectory = *\n' >"$work/gitconfig"
export GIT_CONFIG_GLOBAL=$work/gitconfig GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
export GIT_AUTHOR_NAME=Demo GIT_AUTHOR_EMAIL=demo@example.com GIT_COMMITTER_NAME=Demo GIT_COMMITTER_EMAIL=demo@example.com
export MR_CACHE_DIR=$work/cache XDG_CONFIG_HOME=$work/config
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

step=0
title() {
  step=$((step + 1))
  printf '\n%d. %s\n' "$step" "$*"
}

say() { printf '   %s\n' "$*"; }

die() {
  printf 'demo: %s\n' "$*" >&2
  exit 1
}

now_ms() { date +%s%3N; }

seconds() { printf '%d.%02d s' $(($1 / 1000)) $(($1 % 1000 / 10)); }

bytes() {
  awk -v n="$1" 'BEGIN {
    split("B KiB MiB GiB TiB", unit, " ")
    i = 1
    while (n >= 1024 && i < 5) { n /= 1024; i++ }
    printf(i == 1 ? "%d %s" : "%.1f %s", n, unit[i])
  }'
}

# A command of mr with its numbers: sets took_ms, trips, objects, received, cached and by. What it prints goes to the file $work/printed.
took_ms=0 trips=0 objects=0 received=0 cached=0 by=
measured() {
  local begin line
  begin=$(now_ms)
  if ! "$bin/mr" "$@" --stats >"$work/printed" 2>"$work/said"; then
    cat "$work/said" >&2
    die "mr $* failed"
  fi
  took_ms=$(($(now_ms) - begin))
  line=$(grep '^stats: ' "$work/said" | tail -n 1) || die "mr $1 printed no statistics"
  trips=$(sed -E 's/.*[: ]([0-9]+) round trips?.*/\1/' <<<"$line")
  objects=$(sed -E 's/.* ([0-9]+) objects?,.*/\1/' <<<"$line")
  received=$(sed -E 's/.* ([0-9]+) bytes received.*/\1/' <<<"$line")
  cached=$(sed -E 's/.* ([0-9]+) from the cache.*/\1/' <<<"$line")
  by=$(sed -E 's/.*, by ([^,]*).*/\1/' <<<"$line")
}

table=()
row() { table+=("$(printf '   %-44s %10s %9s %12s %10s' "$1" "$2" "$3" "$4" "$5")"); }
measured_row() { row "$1" "$trips" "$objects" "$(bytes "$received")" "$(seconds "$took_ms")"; }

# A shallow clone has no parents for its oldest commits, and an unpacked archive has no history at all: both become one
# commit of what is there, so that the demo runs from whatever way the source arrived.
prepare_source() {
  local tree commit
  [ -d "$source" ] || return 0
  if ! git rev-parse --resolve-git-dir "$source" >/dev/null 2>&1 && ! git rev-parse --resolve-git-dir "$source/.git" >/dev/null 2>&1; then
    say "The source is a folder without history: showing one commit of its files."
    git init -q --bare "$work/made.git"
    tree=$(cd "$source" && export GIT_DIR="$work/made.git" GIT_WORK_TREE="$source" && git add -A && git write-tree)
  elif [ "$(git -C "$source" rev-parse --is-shallow-repository)" = true ]; then
    say "The source is a shallow clone: showing its newest commit's files as one commit without parents."
    git init -q --bare "$work/made.git"
    git -C "$source" rev-parse --path-format=absolute --git-path objects >"$work/made.git/objects/info/alternates"
    tree=$(git -C "$source" rev-parse 'HEAD^{tree}')
  else
    return 0
  fi
  commit=$(git -C "$work/made.git" commit-tree -m 'What was there' "$tree")
  git -C "$work/made.git" update-ref refs/heads/main "$commit"
  git -C "$work/made.git" symbolic-ref HEAD refs/heads/main
  source=$work/made.git
}

start_memcached() {
  local user=() deadline=$((SECONDS + 20))
  [ "$(id -u)" -ne 0 ] || user=(-u root)
  # -p -1 takes any free port and writes it to the file.
  MEMCACHED_PORT_FILENAME=$work/memcached.port memcached -l 127.0.0.1 -p -1 -U 0 -m 64 "${user[@]}" 2>"$work/memcached.log" &
  memcached_pid=$!
  until [ -s "$work/memcached.port" ]; do
    kill -0 "$memcached_pid" 2>/dev/null || die "memcached did not start: $(cat "$work/memcached.log")"
    [ "$SECONDS" -lt "$deadline" ] || die "memcached did not listen within 20 s"
    sleep 0.05
  done
  memcached_port=$(sed -n -E 's/^TCP INET: ([0-9]+)$/\1/p' "$work/memcached.port")
}

start_server() {
  local ready
  exec {server_output}< <(exec "$bin/monorepod" --data "$work/data" --listen 127.0.0.1:0 --memcached "127.0.0.1:$memcached_port" 2>"$work/monorepod.log")
  server_pid=$!
  while read -r -t 60 -u "$server_output" ready; do
    [[ $ready == ready\ * ]] && break
  done
  [[ ${ready:-} == ready\ * ]] || die "monorepod did not say that it is ready"
  say "$ready"
  server=$(sed -E 's/.* grpc=([^ ]+).*/\1/' <<<"$ready")
}

# Type, owner's execute bit, path and link target of everything in a folder.
listing() {
  (cd "$1" && find . -mindepth 1 \( -path ./.mr -o -path ./.git \) -prune -o -printf '%y %m %P %l\n' |
    awk '{ if ($1 == "f") $2 = int(substr($2, length($2) - 2, 1)) % 2; else $2 = "-"; print }' | LC_ALL=C sort)
}

title "The source"
prepare_source
begin=$(now_ms)
if [ -d "$source" ]; then url=file://$source; else url=$source; fi
git clone -q --mirror "$url" "$work/full.git"
full_ms=$(($(now_ms) - begin))
full_bytes=$(find "$work/full.git/objects" -type f \( -name '*.pack' -o -path '*/??/*' \) -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }')
head=$(git -C "$work/full.git" rev-parse -q --verify 'HEAD^{commit}') || die "the source has no commit at HEAD"
commits=$(git -C "$work/full.git" rev-list --all --count)
files=$(git -C "$work/full.git" ls-tree -r --name-only "$head" | wc -l)
say "$commits commits, $files files at HEAD ($head)."
say "A full git clone of it moves $(bytes "$full_bytes")."
row "git clone --mirror, everything" - "$(git -C "$work/full.git" count-objects -v | awk '/^(count|in-pack):/ { n += $2 } END { print n }')" "$(bytes "$full_bytes")" "$(seconds "$full_ms")"

title "Import"
begin=$(now_ms)
"$bin/mr-admin" import "$work/full.git" --repo demo --data "$work/data" >"$work/printed" 2>&1 || { cat "$work/printed" >&2; die "the import failed"; }
import_ms=$(($(now_ms) - begin))
tail -n 3 "$work/printed" | sed 's/^/   | /'
say "Imported in $(seconds "$import_ms")."

title "Serve: monorepod with memcached in front of its store"
start_memcached
start_server

title "Clone: the history and no contents"
measured clone "$server/demo" "$work/copy" --no-checkout
cd "$work/copy"
clone_received=$received
measured_row "mr clone --no-checkout"
say "$(bytes "$received") in $trips round trips; git's clone moved $(bytes "$full_bytes")."
say "History is here in full; the newest commits, without asking the server:"
measured log -n 3 --oneline "$head"
sed 's/^/   | /' "$work/printed"
measured_row "mr log -n 3 --oneline"

title "Check out: one version's trees and contents, in one stream"
measured checkout "$head"
measured_row "mr checkout"
lazy_bytes=$((clone_received + received))
say "$objects objects, $(bytes "$received") in $trips round trips, by $by."

title "Edit, and ask what changed"
edited=$(git -C "$work/full.git" ls-tree -r "$head" | awk '$1 == "100644"' | cut -f 2- | grep -v '"' | head -n 1 || true)
if [ -n "$edited" ]; then
  echo 'one more line' >>"$edited"
fi
echo 'new' >demo-note.txt
measured status
sed 's/^/   | /' "$work/printed"
measured_row "mr status"
if [ -n "$edited" ]; then
  measured diff
  head -n 12 "$work/printed" | sed 's/^/   | /'
fi

title "Read an old version of a file: fetched when it is asked for"
# The file whose oldest version differs from what the working copy holds.
old=$(git -C "$work/full.git" rev-list --first-parent "$head" | tail -n 1)
path=$(git -C "$work/full.git" diff-tree -r --no-renames --diff-filter=MD "$old" "$head" | awk '$1 == ":100644"' | cut -f 2- | grep -v '"' | head -n 1 || true)
if [ -n "$path" ]; then
  measured cat "$old:$path"
  cp "$work/printed" "$work/old-version"
  git -C "$work/full.git" cat-file blob "$old:$path" | cmp - "$work/old-version" || die "the old version differs from git's"
  say "$path at ${old:0:12}: $(wc -c <"$work/old-version") bytes, identical to git's; $objects objects fetched in $trips round trips."
  measured_row "mr cat OLD:PATH, first time"
  measured cat "$old:$path"
  measured_row "mr cat OLD:PATH, again"
else
  say "This history has one version of every file, so there is no older one to read."
fi

title "Put it back"
rm -f demo-note.txt
measured checkout --force "$head"
measured_row "mr checkout --force"
measured status --porcelain
[ ! -s "$work/printed" ] || die "the working copy is not clean after a forced checkout"
say "The working copy is clean."

title "Compare with git, byte for byte"
# Attributes that rewrite contents are off on git's side: what is compared is what the commit holds.
printf '* -text -ident -filter -working-tree-encoding\n' >"$work/full.git/info/attributes"
mkdir "$work/git-copy"
in_git() { env GIT_DIR="$work/full.git" GIT_WORK_TREE="$1" GIT_INDEX_FILE="$2" git -c core.bare=false "${@:3}"; }
(cd "$work/git-copy" && in_git "$work/git-copy" "$work/index-git" checkout -q -f "$head" -- .)
listing "$work/copy" >"$work/list-mr"
listing "$work/git-copy" >"$work/list-git"
diff "$work/list-git" "$work/list-mr" >&2 || die "paths, types, execute bits or links differ from git's checkout"
diff -r --no-dereference --exclude=.mr "$work/git-copy" "$work/copy" >&2 || die "contents differ from git's checkout"
(cd "$work/copy" && in_git "$work/copy" "$work/index-mr" add -A -f -- . ':(exclude).mr')
tree_mr=$(in_git "$work/copy" "$work/index-mr" write-tree)
tree_git=$(git -C "$work/full.git" rev-parse "$head^{tree}")
say "tree that git computes from mr's working copy  $tree_mr"
say "tree of the commit                             $tree_git"
[ "$tree_mr" = "$tree_git" ] || die "the trees differ"
say "$(wc -l <"$work/list-mr") paths compared: identical."

printf '\nWhat moved\n\n'
printf '   %-44s %10s %9s %12s %10s\n' '' 'trips' 'objects' 'received' 'took'
printf '%s\n' "${table[@]}"
printf '\n   clone and checkout together: %s; git: %s (%s)\n' "$(bytes "$lazy_bytes")" "$(bytes "$full_bytes")" \
  "$(awk -v a="$lazy_bytes" -v b="$full_bytes" 'BEGIN { printf("%.0f%% of it", b ? 100 * a / b : 0) }')"
printf '\ndemo: ok\n'
