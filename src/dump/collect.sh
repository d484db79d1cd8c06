#!/bin/sh
# collect.sh - gathers what a node's kernel and kube-proxy say about Services, for: kubewire explain --node-dump FILE
#
#   sh collect.sh [--conntrack] [FILE.tgz]     default: kubewire-HOSTNAME.tgz; - writes to standard output
#
# It only reads. No rule, connection or file of the node is changed, and what would load a kernel module that was not
# there before is left out. Beside a shell it needs tar and gzip; every other program that is missing is told and left out.
# Nothing is hidden from you or from whoever gets the file: addresses, names of Services, comments of rules and
# kube-proxy's flags are in it as they are. Look at it before you hand it on.

set -u
connections=no
out=
for word in "$@"; do
  case $word in
    --conntrack) connections=yes ;;
    -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0" && exit 0 ;;
    *) out=$word ;;
  esac
done
: "${out:=kubewire-$(uname -n).tgz}"
# The proxy of the programs below is for elsewhere.
unset http_proxy HTTP_PROXY

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM

say() { printf '%s\n' "$*" | tee -a "$folder/taken.txt" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }

# take NAME COMMAND...: what a command prints, as the file NAME.
take() {
  name=$1
  shift
  if ! has "$1"; then
    say "- $name: there is no $1"
  elif "$@" >"$folder/$name" 2>"$folder/errors"; then
    say "+ $name: $*"
  else
    say "- $name: $* failed: $(head -n 1 "$folder/errors")"
    [ -s "$folder/$name" ] || rm -f "$folder/$name"
  fi
  rm -f "$folder/errors"
}

# ---- iptables: both backends. Asking the legacy one where it has no table would make its tables, so it is not asked.

legacy() { [ -s "/proc/net/$1_tables_names" ]; }

rules() { # rules PROGRAM /PROC/NET-PREFIX
  case $("$1-save" -V 2>/dev/null) in
    *nf_tables*)
      take "$1-save.txt" "$1-save"
      if legacy "$2"; then take "$1-legacy-save.txt" "$1-legacy-save"; else say "- $1-legacy-save.txt: no table"; fi
      ;;
    *)
      if legacy "$2"; then take "$1-save.txt" "$1-save"; else say "- $1-save.txt: no table"; fi
      if has "$1-nft-save"; then take "$1-nft-save.txt" "$1-nft-save"; fi
      ;;
  esac
}

rules iptables ip
rules ip6tables ip6

# ---- nftables, IPVS, IP sets

take nft.json nft -j list ruleset
take nft.txt nft -a list ruleset
if [ -e /proc/net/ip_vs ]; then take ipvsadm.txt ipvsadm -Sn; else say "- ipvsadm.txt: the kernel has no IPVS"; fi
if [ -d /sys/module/ip_set ]; then take ipset.txt ipset save; else say "- ipset.txt: the kernel has no IP sets"; fi

# ---- addresses and routes

take addr.json ip -j addr
take link.json ip -j -d link
take route.json ip -j route show table all
take route6.json ip -6 -j route show table all
take rule.json ip -j rule
take rule6.json ip -6 -j rule

# ---- connections, only if asked: there may be many, and each names a client

if [ $connections = yes ]; then
  take conntrack.txt conntrack -L -o extended
  take conntrack6.txt conntrack -L -f ipv6 -o extended
else
  say "- conntrack.txt: not asked for (--conntrack)"
fi

# ---- the kernel

take uname.txt uname -a
for path in \
  /proc/sys/net/ipv4/ip_forward \
  /proc/sys/net/ipv4/conf/*/forwarding \
  /proc/sys/net/ipv4/conf/*/rp_filter \
  /proc/sys/net/ipv4/conf/*/route_localnet \
  /proc/sys/net/ipv4/conf/*/arp_ignore \
  /proc/sys/net/ipv4/conf/*/arp_announce \
  /proc/sys/net/ipv4/vs/* \
  /proc/sys/net/ipv6/conf/*/forwarding \
  /proc/sys/net/bridge/bridge-nf-call-* \
  /proc/sys/net/netfilter/nf_conntrack_tcp_be_liberal \
  /proc/sys/net/netfilter/nf_conntrack_tcp_timeout_* \
  /proc/sys/net/netfilter/nf_conntrack_max \
  /proc/sys/net/netfilter/nf_conntrack_count; do
  [ -r "$path" ] || continue
  # Names of interfaces may have dots: with slashes, as sysctl takes it too, no name has two meanings.
  printf '%s = %s\n' "${path#/proc/sys/}" "$(cat "$path" 2>/dev/null)" >>"$folder/sysctl.txt"
done
[ ! -e "$folder/sysctl.txt" ] || say "+ sysctl.txt: what forwards, filters and tracks, of /proc/sys/net"

# ---- kube-proxy: its flags, the file that they name, and what it says of itself

found=no
for process in /proc/[0-9]*; do
  [ "$(cat "$process/comm" 2>/dev/null)" = kube-proxy ] || continue
  found=yes
  tr '\0' '\n' <"$process/cmdline" >>"$folder/kube-proxy-flags.txt"
  say "+ kube-proxy-flags.txt: $process/cmdline"
  config=$(sed -n 's/^--config=//p' "$folder/kube-proxy-flags.txt" | tail -n 1)
  if [ -n "$config" ] && [ -r "$process/root$config" ]; then
    take kube-proxy-config.yaml cat "$process/root$config"
  fi
done
[ $found = yes ] || say "- kube-proxy-flags.txt: no process kube-proxy is seen"

ask() { # ask NAME PATH
  if has curl; then
    take "$1" curl -sSf -m 5 "http://127.0.0.1:10249$2"
  else
    take "$1" wget -q -T 5 -O - "http://127.0.0.1:10249$2"
  fi
}

ask proxymode.txt /proxyMode
ask configz.json /configz

# ---- all of it as one file

if [ "$out" = - ]; then
  tar -C "$folder" -czf - .
else
  tar -C "$folder" -czf "$out" . && say "all of it is in $out"
fi
