#!/usr/bin/env bash
# The steps of client/CI.md, as a build machine runs them: a shallow and sparse clone, jobs one after the other in the same working copy, a server
# that is killed and started again while a job waits for it, and a job that is killed.
# usage: ci.sh BIN
#   BIN  the folder with mr, monorepod and mr-admin
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: ci.sh BIN" >&2; exit 2; }
bin=$(cd "$1" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/monorepo-ci.XXXXXX")
server_pid= job_pid=

clean_up() {
  local status=$? pid
  trap - EXIT
  for pid in $server_pid $job_pid; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

die() { printf 'ci: %s\n' "$*" >&2; exit 1; }
say() { printf '%s\n' "$*"; }

# Nothing of the user's takes part.
printf '[safe]\n\tdirectory = *\n' >"$work/gitconfig"
export GIT_CONFIG_GLOBAL=$work/gitconfig GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=CI GIT_AUTHOR_EMAIL=ci@example.com GIT_COMMITTER_NAME=CI GIT_COMMITTER_EMAIL=ci@example.com
export MR_CACHE_DIR=$work/cache XDG_CONFIG_HOME=$work/config MR_WATCHER=off MR_RETRIES=12
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE MR_BLOBS

start_server() {
  local ready=
  exec {server_output}< <(exec "$bin/monorepod" --data "$work/data" --listen "$1" 2>>"$work/monorepod.log")
  server_pid=$!
  while read -r -t 60 -u "$server_output" ready; do
    [[ $ready == ready\ * ]] && break
  done
  [[ $ready == ready\ * ]] || { tail -n 20 "$work/monorepod.log" >&2; die "monorepod did not say that it is ready"; }
  server=$(sed -E 's/.* grpc=([^ ]+).*/\1/' <<<"$ready")
}

kill_server() {
  kill -9 "$server_pid"
  wait "$server_pid" 2>/dev/null || true
  server_pid=
}

# A tree of 2,000 files, 100 of them in the profile; two revisions.
git init -q -b main "$work/source"
cd "$work/source"
for directory in $(seq 20); do
  mkdir -p "part$directory/src"
  for file in $(seq 100); do echo "file $file of part $directory" >"part$directory/src/file$file.txt"; done
done
mkdir ci
printf '[metadata]\ntitle: part 7\n[include]\npart7/\nci/\n*.ignored\n.gitignore\n' >ci/part7.sparse
printf '*.o\n' >.gitignore
git add -A
git commit -q -m 'first'
echo changed >part7/src/file1.txt
echo changed >part8/src/file1.txt
git rm -q part7/src/file2.txt
git commit -q -a -m 'second'
first=$(git rev-parse HEAD~1) second=$(git rev-parse HEAD)

"$bin/mr-admin" import "$work/source" --repo main --data "$work/data" >"$work/imported" 2>&1 || { cat "$work/imported" >&2; die "the import failed"; }
start_server 127.0.0.1:0
MR_URL=$server/main

# What git has of a revision's profile, byte for byte.
check() {
  rm -rf "$work/expected"
  mkdir "$work/expected"
  git -C "$work/source" archive "$1" part7 ci .gitignore | tar -x -C "$work/expected"
  diff -r --exclude=.mr "$work/expected" "$work/copy" || die "the working copy is not what $1 has"
  [ -z "$("$bin/mr" status --porcelain)" ] || die "status says that something is changed"
}

say "1. a shallow and sparse clone"
"$bin/mr" clone --depth 1 --no-checkout --sparse ci/part7.sparse "$MR_URL" "$work/copy"
cd "$work/copy"
"$bin/mr" pull --depth 1
"$bin/mr" checkout --exact "$first" --json --stats
check "$first"

say "2. a used working copy"
echo edited >part7/src/file3.txt
rm part7/src/file4.txt
mkdir -p left/over
echo x >left/over/file
echo x >part7/src/built.o
"$bin/mr" checkout --exact "$second" --json | tee "$work/json"
grep -q '"exact":true' "$work/json" && grep -q '"untrackedRemoved":1' "$work/json" || die "the answer is wrong"
[ -e part7/src/built.o ] || die "an ignored file went"
"$bin/mr" checkout --exact --ignored "$second"
check "$second"

say "3. a server that is started again"
rm -rf "$MR_CACHE_DIR"
kill_server
"$bin/mr" checkout --exact "$first" 2>"$work/said" &
job_pid=$!
until grep -q 'Asking again' "$work/said" 2>/dev/null; do
  kill -0 "$job_pid" || { cat "$work/said" >&2; die "the job did not wait for the server"; }
  sleep 0.05
done
authority=${server#http://}
start_server "$authority"
wait "$job_pid" || { cat "$work/said" >&2; die "the job failed"; }
job_pid=
check "$first"

say "4. a job that is killed"
rm -rf "$MR_CACHE_DIR"
"$bin/mr" checkout --exact "$second" 2>/dev/null &
job_pid=$!
until [ -e .mr/checkout.journal ] || ! kill -0 "$job_pid" 2>/dev/null; do :; done
kill -9 "$job_pid" 2>/dev/null || true
wait "$job_pid" 2>/dev/null || true
job_pid=
"$bin/mr" checkout --exact "$second"
check "$second"

say "5. a server that stays away"
kill_server
rm -rf "$MR_CACHE_DIR"
code=0
MR_RETRIES=1 "$bin/mr" checkout --exact "$first" 2>"$work/said" || code=$?
[ "$code" -eq 5 ] || { cat "$work/said" >&2; die "the exit code is $code, not 5"; }
say "all steps as they should be"
