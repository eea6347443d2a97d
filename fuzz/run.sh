#!/bin/sh
# Fuzzes one target: run.sh TARGET [SECONDS]. Needs a C++ compiler; nothing else is installed.
#
# cargo-fuzz does the same with `cargo fuzz run TARGET`, and needs a nightly compiler.
set -eu
cd "$(dirname "$0")"
target=$1
seconds=${2:-600}
# What cargo-fuzz passes, without the sanitizers: there is no unsafe code to watch.
flags="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
flags="$flags -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table"
flags="$flags -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing"
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS="$flags" cargo build --release --target "$host" --bin "$target"
mkdir -p "corpus/$target" "artifacts/$target"
exec "${CARGO_TARGET_DIR:-target}/$host/release/$target" "corpus/$target" "seeds/$target" \
    -dict="seeds/$target.dict" -artifact_prefix="artifacts/$target/" \
    -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=16384 -print_final_stats=1
