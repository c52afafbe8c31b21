#!/usr/bin/env bash
# A chain the way heroku-buildpack-multi goes about it, in our own words: one pack after the other is
# cloned whole, then detected, compiled, its export sourced and its release kept.
# usage: multi_way.sh BUILD_DIR CACHE_DIR ENV_DIR
set -e
build=$1 cache=$2 env=$3
unset GIT_DIR
while read -r line || [ -n "$line" ]; do
  [ -n "$line" ] || continue
  url=${line%%#*} branch=
  case $line in *"#"*) branch=${line#*#} ;; esac
  echo "=====> Downloading Buildpack: $url"
  dir=$(mktemp -d)
  git clone --quiet "$url" "$dir"
  cd "$dir"
  if [ -n "$branch" ]; then git checkout --quiet "$branch"; fi
  if [ -f .gitmodules ]; then git submodule update --init --recursive; fi
  chmod -f +x "$dir"/bin/detect "$dir"/bin/compile "$dir"/bin/release || true
  name=$("$dir/bin/detect" "$build")
  echo "=====> Detected Framework: $name"
  "$dir/bin/compile" "$build" "$cache" "$env"
  if [ -e "$dir/export" ]; then . "$dir/export"; fi
  if [ -x "$dir/bin/release" ]; then "$dir/bin/release" "$build" > "$cache/release.out"; fi
  cd /
  rm -rf "$dir"
done < "$build/.buildpacks"
