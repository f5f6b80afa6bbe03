#!/bin/sh
# Builds the packages into dist/: packaging/build.sh [deb|rpm]...
# Needs Go alone. The same commit gives the same bytes. In the environment, where wanted:
#   VERSION            default: the newest entry of packaging/changelog.yaml
#   ARCHS              default: "amd64 arm64"
#   OUT                default: dist
#   SOURCE_DATE_EPOCH  time of everything inside; default: that of the commit
#   SIGN_KEY           file with a private OpenPGP key; without it packages are not signed. NFPM_PASSPHRASE: its passphrase
set -eu
cd "$(dirname "$0")/.."

VERSION=${VERSION:-$(sed -n 's/^- semver: //p' packaging/changelog.yaml | head -n 1)}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
SIGN_KEY=${SIGN_KEY:-}
export VERSION SOURCE_DATE_EPOCH SIGN_KEY
out=${OUT:-dist}
mkdir -p "$out"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd tools && go build -o "$work/nfpm" github.com/goreleaser/nfpm/v2/cmd/nfpm)

build() { CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o "$1" ./cmd/logrelay; }

build "$work/logrelay" # for this machine: it writes its manual and completions itself
for ARCH in ${ARCHS:-amd64 arm64}; do
  STAGE=$work/$ARCH
  export ARCH STAGE
  mkdir "$STAGE"
  if [ "$ARCH" = "$(go env GOHOSTARCH)" ]; then
    cp "$work/logrelay" "$STAGE/logrelay"
  else
    GOOS=linux GOARCH=$ARCH build "$STAGE/logrelay"
  fi
  "$work/logrelay" man | gzip -9n >"$STAGE/logrelay.1.gz"
  for shell in bash fish zsh; do
    "$work/logrelay" completion "$shell" >"$STAGE/completion.$shell"
  done
  for format in ${*:-deb rpm}; do
    "$work/nfpm" package --packager "$format" --target "$out"
  done
done
