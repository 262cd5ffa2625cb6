# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the build and the suites need from outside, and how to get it on a bare Debian 12. Sourced.

PACKAGES_BUILD=(
    gcc g++ cmake ninja-build pkg-config ccache git ca-certificates
    libuv1-dev libjansson-dev libcurl4-openssl-dev libssl-dev libnghttp2-dev libprotobuf-c-dev protobuf-c-compiler
    protobuf-compiler libyaml-dev libre2-dev libhttp-parser-dev libcmocka-dev
)
PACKAGES_CLANG=(clang libclang-rt-14-dev)
PACKAGES_LINT=("${PACKAGES_CLANG[@]}" clang-format clang-tidy)
PACKAGES_UNIT=(nodejs) # an HTTP/2 server that we did not write
PACKAGES_RUN=(podman runc busybox-static)
PACKAGES_INTEGRATION=("${PACKAGES_RUN[@]}" python3 python3-grpcio python3-yaml curl)
PACKAGES_CLUSTER=("${PACKAGES_INTEGRATION[@]}" openssl)

# packages_need PACKAGE…: installs those that are missing.
packages_need() {
    local missing=() package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    printf '== install: %s\n' "${missing[*]}" >&2
    if [ "$(id -u)" -ne 0 ]; then
        printf 'tests: packages are missing and this is not root; run: apt-get install %s\n' "${missing[*]}" >&2
        return 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" > build/install.log 2>&1 || { tail -20 build/install.log; return 1; }
}

# Debian's own kubectl (1.20), unpacked beside the build: the system may have another one.
tools_debian_kubectl() {
    local folder=$PWD/build/tools
    [ -x "$folder/debian/usr/bin/kubectl" ] && return
    printf '== tool: kubectl of Debian\n' >&2
    mkdir -p "$folder/debian"
    apt-cache show kubernetes-client > /dev/null 2>&1 || apt-get update -qq
    (cd "$folder" && apt-get download -qq -o APT::Sandbox::User=root kubernetes-client && dpkg -x kubernetes-client_*.deb debian && rm kubernetes-client_*.deb)
}

# Any kubectl that works: the system's, or Debian's. CLUSTER_KUBECTL names it if it is not on the PATH.
tools_any_kubectl() {
    command -v kubectl > /dev/null && kubectl version --client > /dev/null 2>&1 && return
    tools_debian_kubectl
    CLUSTER_KUBECTL=$PWD/build/tools/debian/usr/bin/kubectl
    PATH=$(dirname "$CLUSTER_KUBECTL"):$PATH
}

# A Go that is new enough for the published Kubernetes modules. Debian's is not, but it can fetch one: toolchains are
# modules, too; only their executable bits do not travel.
GO_WANTED=1.26.6
tools_go() {
    local folder=$PWD/build/tools/go
    if go_is_new_enough go; then
        return
    fi
    if [ ! -x "$folder/bin/go" ]; then
        printf '== tool: Go %s\n' "$GO_WANTED" >&2
        packages_need golang-go ca-certificates git
        mkdir -p build/tools
        local module
        module="golang.org/toolchain@v0.0.1-go$GO_WANTED.linux-$(dpkg --print-architecture)"
        (cd / && GOFLAGS='' GONOSUMDB=golang.org/toolchain go mod download "$module")
        cp -r "$(go env GOMODCACHE)/$module" "$folder.part"
        chmod -R u+w "$folder.part"
        chmod +x "$folder.part"/bin/* "$folder.part"/pkg/tool/*/*
        find "$folder.part" -name _go.mod -execdir mv {} go.mod \; # a module must not contain another
        mv "$folder.part" "$folder"
    fi
    export PATH=$folder/bin:$PATH GOROOT=$folder GOTOOLCHAIN=local
    go_is_new_enough go
}

go_is_new_enough() {
    local version
    version=$("$1" env GOVERSION 2> /dev/null) || return 1
    [ "$(printf '%s\n%s\n' "$GO_WANTED" "${version#go}" | sort -V | head -1)" = "$GO_WANTED" ]
}

# A current kubectl, built from the module k8s.io/kubectl by a small main of ours.
tools_current_kubectl() {
    local out=$PWD/build/tools/kubectl-current
    [ -x "$out" ] && return
    tools_go
    printf '== tool: a current kubectl\n' >&2
    mkdir -p build/tools
    (
        cd tests/peers
        version=$(go list -m -f '{{.Version}}' k8s.io/kubectl) # v0.37.2 is that of Kubernetes 1.37.2
        go build -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=v1.${version#v0.}" -o "$out" ./cmd/kubectl
    )
}

# The programs of a real cluster, from the published modules: Kubernetes' in one file, and containerd with its shim.
# Made from nothing this is a quarter of an hour of work for one core; Go keeps what it compiled, so that the next time
# it is seconds.
tools_cluster() {
    local out=$PWD/build/tools/cluster version
    tools_go
    printf '== tool: the control plane and the node of a cluster\n' >&2
    mkdir -p "$out"
    version=$(cd tests/cluster && go list -m -f '{{.Version}}' k8s.io/kubernetes)
    (cd tests/cluster && go build -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$version" -o "$out" ./controlplane)
    (cd tests/cluster/runtime && go build -tags no_btrfs,no_devmapper,no_zfs -ldflags '-s -w' -o "$out" ./...)
}
