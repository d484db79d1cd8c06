# tools.sh - what the pages of this folder type again and again. Each begins with: NS=NAMESPACE . ./tools.sh
kubewire create namespace "$NS" >/dev/null

# kubewire in the namespace: k get pods
k() {
  verb=$1
  shift
  kubewire "$verb" -n "$NS" "$@"
}

# The end of a page.
over() {
  k delete namespace "$NS" --no-wait >/dev/null
}

# servers NAME COUNT [MORE]: that many pods with app=NAME, on TCP 8080 and UDP 8081; MORE is put into their spec.
servers() {
  k apply -f - >/dev/null <<EOF
apiVersion: apps/v1
kind: Deployment
metadata: {name: $1}
spec:
  replicas: $2
  selector: {matchLabels: {app: $1}}
  template:
    metadata: {labels: {app: $1}}
    spec: {containers: [{name: web, image: web, ports: [{name: http, containerPort: 8080}, {name: udp, containerPort: 8081, protocol: UDP}]}]$3}
EOF
  ready "app=$1" "$2"
}

# pod NAME NODE [LABELS] [MORE]: one pod there, on the same ports.
pod() {
  k apply -f - >/dev/null <<EOF
apiVersion: v1
kind: Pod
metadata: {name: $1, labels: {${3:-app: $1}}}
spec: {nodeName: $2, terminationGracePeriodSeconds: 1, containers: [{name: web, image: web, ports: [{name: http, containerPort: 8080}, {name: udp, containerPort: 8081, protocol: UDP}]}]$4}
EOF
}

# ready LABELS COUNT: waits until so many pods are ready.
ready() {
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    [ "$(k get pods -l "$1" --no-headers 2>/dev/null | grep -c '1/1 *Running')" = "$2" ] && return
    sleep 0.3
  done
  k get pods
  return 1
}

# at FROM COMMAND: a shell's command, in a pod, on node/NAME or on client/outside.
at() {
  from=$1
  shift
  k exec "$from" -- sh -c "$*"
}

# who FROM ADDRESS:PORT [COUNT]: the pods that answer so many requests by HTTP, each once.
who() {
  at "$1" "for i in \$(seq ${3:-12}); do curl -sS -m 3 http://$2/ 2>&1 | sed -n 's/^pod: //p; s/^curl: (\([0-9]*\)).*/no answer \1/p'; done" | sort -u
}

# seen FROM ADDRESS:PORT: the address of the client, as the pod sees it.
seen() {
  at "$1" "curl -sS -m 3 http://$2/ | sed -n 's/^client: \(.*\):[0-9]*$/\1/p'"
}

# udp FROM ADDRESS PORT [COUNT] [SOURCE-PORT]: the same as `who`, by UDP.
udp() {
  k exec "$1" -- node "$PWD/udp.mjs" "$2" "$3" "${4:-12}" "${5:-0}" | sort -u
}

# ip SERVICE, nodeport SERVICE: where it answers.
ip() {
  k get service "$1" -o jsonpath='{.spec.clusterIP}'
}
nodeport() {
  k get service "$1" -o "jsonpath={.spec.ports[${2:-0}].nodePort}"
}

# count TEXT: how many lines there are.
count() {
  grep -c .
}

# api FROM METHOD PATH [CURL…]: asks the API server as a pod does.
api() {
  from=$1 method=$2 path=$3
  shift 3
  k exec "$from" -- sh -c 'D=/var/run/secrets/kubernetes.io/serviceaccount; exec curl -sS -m 5 --cacert $D/ca.crt -H "Authorization: Bearer $(cat $D/token)" "$@"' \
    sh -X "$method" "$@" "https://kubernetes.default.svc$path"
}
