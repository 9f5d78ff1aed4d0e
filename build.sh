#!/usr/bin/env bash
# Everything a person does with this repository from a shell. Run './build.sh help'.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$PWD
out=$root/out

# Debian packages: run time first, then what only the tests and the demo use.
packages=(librocksdb7.8 libucx0 libgit2-1.5 libzstd1 memcached git)
# The ahead-of-time compiler links with these.
publish_packages=(clang zlib1g-dev)
test_packages=(python3-grpcio python3-protobuf libmemcached-tools ucx-utils libucx-dev gcc libc6-dev curl)
# Peers of the benchmarks alone.
bench_packages=(watchman)

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

usage() {
  cat <<'EOF'
usage: ./build.sh COMMAND

  setup          install the Debian packages that the product and its tests use (once; does nothing when all is there)
  build          compile everything, warnings are errors
  test           build, check the format, run every test; ends with one line 'N passed, N failed, N skipped'
  demo [SOURCE]  import SOURCE (a git repository, a bundle or a URL; default: this repository), serve it, clone it lazily,
                 and prove that the working copy is identical to git's
  bench [NAME]   run a benchmark beside git: clone, pull, … (without NAME: list them and their options); --quick for a smaller run
  publish        leave mr, monorepod and mr-admin in out/bin
  install [PREFIX]
                 publish, and put the programs and the shells' completions of mr below PREFIX (default: ~/.local)
  clean          remove everything that the commands above made inside this folder
EOF
}

say() { printf '%s\n' "build.sh: $*" >&2; }

die() { say "$*"; exit 1; }

install_missing() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null || die "these Debian packages are missing and there is no apt-get here: ${missing[*]}"
  local sudo=()
  [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  say "installing ${missing[*]}"
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
}

setup() {
  command -v dotnet >/dev/null || die "the .NET 10 SDK is missing; install the package dotnet-sdk-10.0 or see https://dotnet.microsoft.com/download"
  install_missing "${packages[@]}" "$@"
}

build() {
  setup
  dotnet build Monorepo.sln --nologo -v q "$@"
}

# Adds up the counters of every test project's result file and checks skips against the list in .ci/skips.
summarise() {
  local results=$1 passed=0 failed=0 skipped=0 file counters unexpected=0
  for file in "$results"/*.trx; do
    [ -e "$file" ] || continue
    counters=$(grep -o '<Counters [^>]*' "$file" | head -n 1)
    passed=$((passed + $(sed -E 's/.* passed="([0-9]+)".*/\1/' <<<"$counters")))
    failed=$((failed + $(sed -E 's/.* failed="([0-9]+)".*/\1/' <<<"$counters")))
    # What failed, and why, beside the sums: a CI log is all that is left of its machine.
    awk '/<UnitTestResult .*outcome="Failed"/ { match($0, /testName="[^"]*"/); print "failed: " substr($0, RSTART + 10, RLENGTH - 11) }
         /<ErrorInfo>/ { show = 1 } show { print } /<\/ErrorInfo>/ { show = 0 }' "$file"
    local names name
    names=$(grep -o '<UnitTestResult [^>]*outcome="NotExecuted"[^>]*' "$file" | sed -E 's/.*testName="([^"]*)".*/\1/' || true)
    while IFS= read -r name; do
      [ -n "$name" ] || continue
      skipped=$((skipped + 1))
      if ! grep -v '^#' .ci/skips | awk -F'\t' -v name="$name" '$1 == name { found = 1 } END { exit !found }'; then
        say "skipped, but not on the list in .ci/skips: $name"
        unexpected=1
      fi
    done <<<"$names"
  done
  if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
  else
    echo "$passed passed, $failed failed"
  fi
  [ "$failed" -eq 0 ] && [ "$unexpected" -eq 0 ] && [ "$passed" -gt 0 ]
}

run_tests() {
  setup "${test_packages[@]}"
  dotnet build Monorepo.sln --nologo -v q
  publish
  dotnet format Monorepo.sln --verify-no-changes --no-restore --verbosity quiet || die "the format differs: run 'dotnet format Monorepo.sln'"
  local results=$out/test-results status=0
  rm -rf "$results"
  # One project at a time: the machine's cores belong to the processes that a test starts. What a shell runs in the background ignores interrupts;
  # the programs that tests interrupt must not.
  env --default-signal=INT,QUIT dotnet test Monorepo.sln --no-build --nologo -v q -m:1 --results-directory "$results" --logger trx "$@" || status=$?
  summarise "$results" || status=1
  return "$status"
}

publish() {
  setup "${publish_packages[@]}"
  local project options=(--nologo -v q -c Release -r linux-x64 -o "$out/bin"
    -p:DebugType=none -p:PublishDocumentationFiles=false -p:PublishReferencesDocumentationFiles=false)
  # The client is native code, from another framework than development's: in folders of its own, so that neither disturbs the other.
  # Its symbols stay there too. The analyzers have run in the build.
  dotnet publish client/Cli "${options[@]}" --artifacts-path "$out/native" \
    -p:ClientTargetFramework=net9.0 -p:CopyOutputSymbolsToPublishDirectory=false -p:RunAnalyzers=false
  for project in server/Host server/Admin; do
    dotnet publish "$project" "${options[@]}" --self-contained false -p:PublishSingleFile=true -p:PublishReadyToRun=true
  done
}

demo() {
  publish
  bash tests/EndToEnd.Tests/demo.sh "$out/bin" "${1:-$root}"
}

bench() {
  setup "${test_packages[@]}" "${bench_packages[@]}"
  [ $# -eq 0 ] || publish
  dotnet run --project benchmarks/Peers -c Release -- "$@"
}

clean() {
  rm -rf "$out"
  find shared server client tests benchmarks -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
}

install_programs() {
  local prefix=${1:-$HOME/.local} shell file
  publish
  install -d "$prefix/bin" "$prefix/share/bash-completion/completions" "$prefix/share/zsh/site-functions" "$prefix/share/fish/vendor_completions.d"
  install -m 755 "$out/bin/mr" "$out/bin/monorepod" "$out/bin/mr-admin" "$prefix/bin"
  for shell in bash:bash-completion/completions/mr zsh:zsh/site-functions/_mr fish:fish/vendor_completions.d/mr.fish; do
    file=$prefix/share/${shell#*:}
    "$prefix/bin/mr" completion "${shell%%:*}" >"$file.new"
    mv "$file.new" "$file"
  done
  say "installed mr, monorepod and mr-admin in $prefix/bin"
  case ":$PATH:" in
    *":$prefix/bin:"*) ;;
    *) say "$prefix/bin is not in PATH; add it: export PATH=\"$prefix/bin:\$PATH\"" ;;
  esac
}

command=${1:-help}
[ $# -gt 0 ] && shift
case "$command" in
  setup) setup "${test_packages[@]}" ;;
  build) build "$@" ;;
  test) run_tests "$@" ;;
  demo) demo "$@" ;;
  bench) bench "$@" ;;
  publish) publish ;;
  install) install_programs "$@" ;;
  clean) clean ;;
  help | -h | --help) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
