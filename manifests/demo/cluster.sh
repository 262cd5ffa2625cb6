# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A cluster on one machine: tranche-standalone, tranche-controller, tranche-kubelet-plugin. Sourced by the demo
# and by tests, from the root of the repository.

source tests/tools/build.sh

# cluster_build PRESET: builds the four programs and puts them into one folder, CLUSTER_BIN.
cluster_build() {
    local preset=$1 name
    build_preset "$preset" tranche-standalone tranche-controller tranche-kubelet-plugin kubectl-tranche
    CLUSTER_BIN=$PWD/build/$preset/bin
    mkdir -p "$CLUSTER_BIN"
    for name in driver/standalone/main/tranche-standalone controller/main/tranche-controller \
        kubelet-plugin/main/tranche-kubelet-plugin controller/kubectl/kubectl-tranche; do
        ln -sf "$PWD/build/$preset/$name" "$CLUSTER_BIN/"
    done
    [ -z "${CLUSTER_KUBECTL:-}" ] || ln -sf "$CLUSTER_KUBECTL" "$CLUSTER_BIN/kubectl"
}

# cluster_folder: a fresh folder, CLUSTER, short enough for the paths of sockets in it.
cluster_folder() {
    CLUSTER=$(mktemp -d /tmp/tranche.XXXXXX)
    CLUSTER_PIDS=()
}

# cluster_rootfs: a root file system of static busybox for the containers, $CLUSTER/rootfs.
cluster_rootfs() {
    local root=$CLUSTER/rootfs applet
    mkdir -p "$root"/{bin,dev,etc,proc,sys,tmp,var/run}
    cp /bin/busybox "$root/bin/busybox"
    for applet in $("$root/bin/busybox" --list); do
        [ "$applet" = busybox ] || ln -sf busybox "$root/bin/$applet"
    done
    # Manifests ask for bash. The exec matters: the shell must stay the container's first process to get TERM.
    printf '#!/bin/sh\nexec /bin/sh "$@"\n' > "$root/bin/bash"
    chmod +x "$root/bin/bash"
    echo 'root:x:0:0:root:/:/bin/sh' > "$root/etc/passwd"
}

cluster_background() { # NAME COMMAND…
    local name=$1
    shift
    "$@" > "$CLUSTER/$name.log" 2>&1 &
    CLUSTER_PIDS+=($!)
    echo "$!" > "$CLUSTER/$name.pid"
    disown
}

cluster_await() { # SECONDS WHAT COMMAND…
    local until=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" > /dev/null 2>&1; do
        if [ $SECONDS -ge $until ]; then
            printf 'gave up waiting for %s; the logs are in %s\n' "$what" "$CLUSTER" >&2
            tail -n 20 "$CLUSTER"/*.log >&2
            return 1
        fi
        sleep 0.1
    done
}

cluster_start_server() {
    cluster_background standalone "$CLUSTER_BIN/tranche-standalone" --listen 127.0.0.1:"${CLUSTER_PORT:-0}" \
        --data-dir "$CLUSTER/data" --kubeconfig "$CLUSTER/kubeconfig" --node-name worker \
        --kubelet-dir "$CLUSTER/kubelet" --rootfs "$CLUSTER/rootfs" "${CLUSTER_SERVER_FLAGS[@]}"
    cluster_await 20 'the API server' grep -q 'is ready' "$CLUSTER/standalone.log"
}

cluster_start_controller() { # DRIVER POLICIES
    cluster_background controller "$CLUSTER_BIN/tranche-controller" --driver-name "$1" --policy-dir "$2" \
        --kubeconfig "$CLUSTER/kubeconfig"
}

cluster_start_plugin() { # DRIVER INVENTORY
    cluster_background kubelet-plugin "$CLUSTER_BIN/tranche-kubelet-plugin" --driver-name "$1" --node-name worker \
        --inventory "$2" --kubelet-dir "$CLUSTER/kubelet" --cdi-root /var/run/cdi --kubeconfig "$CLUSTER/kubeconfig"
}

# cluster_start DRIVER INVENTORY POLICIES
cluster_start() {
    cluster_rootfs
    mkdir -p "$CLUSTER/kubelet/plugins_registry"
    cluster_start_server
    cluster_start_controller "$1" "$3"
    cluster_start_plugin "$1" "$2"
}

cluster_has_slices() {
    [ "$(kubectl get resourceslices -o name 2> /dev/null | wc -l)" -ge "$1" ]
}

cluster_wait_slices() { # HOW MANY
    cluster_await 20 'the devices to be published' cluster_has_slices "$1"
}

# The server goes last, and before it is told to, the pods: the node stops their containers.
cluster_stop() {
    local pid
    kubectl --kubeconfig "$CLUSTER/kubeconfig" delete pods --all --all-namespaces --grace-period=1 --timeout=20s > /dev/null 2>&1 || true
    for pid in "$CLUSTER"/{kubelet-plugin,controller,standalone}.pid; do
        [ -e "$pid" ] && kill "$(cat "$pid")" 2> /dev/null
    done
    for pid in "$CLUSTER"/*.pid; do
        cluster_await_gone "$(cat "$pid")"
    done
    rm -rf "$CLUSTER"
}

cluster_await_gone() { # PID
    local until=$((SECONDS + 20))
    while kill -0 "$1" 2> /dev/null; do
        [ $SECONDS -lt $until ] || { kill -9 "$1"; return; }
        sleep 0.1
    done
}

cluster_keep() {
    echo "$CLUSTER" > build/demo.kept
}

cluster_stop_kept() {
    [ -e build/demo.kept ] || { echo 'nothing was left running' >&2; return 0; }
    CLUSTER=$(cat build/demo.kept)
    rm build/demo.kept
    cluster_stop
}

# Further flags of tranche-standalone.
CLUSTER_SERVER_FLAGS=()
