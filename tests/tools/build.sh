# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Configures and builds, under build/PRESET, with ccache where it is. Sourced.

build_preset() { # PRESET [TARGET…]
    local preset=$1 launcher=()
    shift
    if command -v ccache > /dev/null; then
        launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    fi
    cmake --preset "$preset" "${launcher[@]}" > "build/$preset.configure.log" 2>&1 ||
        { cat "build/$preset.configure.log"; return 1; }
    cmake --build --preset "$preset" ${@:+--target "$@"} -- --quiet
}
