#!/usr/bin/env bash
# One Ceph (a monitor, a store, radosgw) on loopback, to throw away: S3 that checks what moto takes
# unseen. As root, without systemd. Debian: apt-get install -y --no-install-recommends ceph-mon ceph-osd radosgw
# usage: ceph_rgw.sh start | env | env-tls | stop | clean
#   env and env-tls print what `make test-s3-real` reads, over http and https
# environment: CEPH_DIR (its folder), RGW_PORT, RGW_TLS_PORT, MON_PORT
set -euo pipefail
folder=${CEPH_DIR:-${TMPDIR:-/tmp}/assetbuild-ceph}
port=${RGW_PORT:-17480} tls_port=${RGW_TLS_PORT:-17443} mon_port=${MON_PORT:-17489}
conf=$folder/ceph.conf
access_key=assetkey secret_key=assetsecretassetsecret
other_key=otherkey other_secret=othersecretothersecret
export CEPH_CONF=$conf

stop() {
  for name in rgw osd mon; do
    file=$folder/run/$name.pid
    [ -f "$file" ] || continue
    pid=$(cat "$file")
    kill "$pid" 2>/dev/null || true
    timeout 20 sh -c "while kill -0 $pid 2>/dev/null; do sleep .1; done" || kill -9 "$pid"
    rm -f "$file"
  done
}

write_conf() {
  cat > "$conf" <<END
[global]
fsid = $1
mon host = [v2:127.0.0.1:$mon_port/0]
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
run dir = $folder/run
log file = $folder/log/\$name.log
admin socket = $folder/run/\$name.\$pid.asok
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pg autoscale mode = off
mon allow pool size one = true
osd crush chooseleaf type = 0
mon max pg per osd = 1000
ms bind ipv6 = false
[mon.a]
mon data = $folder/mon
pid file = $folder/run/mon.pid
[osd.0]
osd data = $folder/osd
osd objectstore = bluestore
# sparse; a store that is full answers nothing at all, and each run of the suite leaves 400 MB
bluestore block size = 34359738368
bluestore block create = true
pid file = $folder/run/osd.pid
[client.rgw]
# radosgw asks for an encrypted monitor connection, which "auth = none" cannot give
ms mon client mode = crc
auth client required = none
rgw data = $folder/rgw
rgw frontends = beast endpoint=127.0.0.1:$port ssl_endpoint=127.0.0.1:$tls_port ssl_certificate=$folder/tls.pem
rgw dns name = localhost
pid file = $folder/run/rgw.pid
END
}

add_user() {
  radosgw-admin -c "$conf" -n client.rgw user info --uid "$1" > /dev/null 2>&1 ||
    radosgw-admin -c "$conf" -n client.rgw user create --uid "$1" --display-name "$1" \
      --access-key "$2" --secret-key "$3" > /dev/null
}

start() {
  command -v ceph-mon ceph-osd radosgw radosgw-admin > /dev/null || {
    echo "install them first: apt-get install -y --no-install-recommends ceph-mon ceph-osd radosgw"
    exit 1
  }
  mkdir -p "$folder"/{mon,osd,rgw,run,log}
  if [ ! -f "$folder/tls.pem" ]; then
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=localhost \
      -addext subjectAltName=IP:127.0.0.1,DNS:localhost \
      -keyout "$folder/key.pem" -out "$folder/ca.pem" 2> /dev/null
    cat "$folder/key.pem" "$folder/ca.pem" > "$folder/tls.pem"
  fi
  if [ ! -f "$conf" ]; then
    id=$(cat /proc/sys/kernel/random/uuid)
    write_conf "$id"
    monmaptool --create --fsid "$id" --addv a "[v2:127.0.0.1:$mon_port/0]" "$folder/monmap" > /dev/null
    ceph-mon -c "$conf" -i a --mkfs --monmap "$folder/monmap"
  fi
  ceph-mon -c "$conf" -i a
  timeout 60 sh -c "until ceph -c $conf --connect-timeout 5 mon stat > /dev/null 2>&1; do sleep .3; done"
  if [ ! -f "$folder/osd/whoami" ]; then
    osd=$(cat /proc/sys/kernel/random/uuid)
    ceph -c "$conf" osd new "$osd" > /dev/null
    ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$osd" 2> "$folder/log/mkfs.err"
  fi
  ceph-osd -c "$conf" -i 0
  timeout 60 sh -c "until ceph -c $conf osd stat 2> /dev/null | grep -q '1 up'; do sleep .3; done"
  radosgw -c "$conf" -n client.rgw
  timeout 120 sh -c "until curl -s -o /dev/null http://127.0.0.1:$port/; do sleep .3; done"
  add_user asset "$access_key" "$secret_key"
  add_user other "$other_key" "$other_secret" # owns nothing: what the printed policy allows is tried as it
  echo "$(radosgw --version) answers at http://127.0.0.1:$port and https://127.0.0.1:$tls_port"
}

print_env() {
  echo "export ASSETBUILD_TEST_S3_ENDPOINT=$1"
  echo "export ASSETBUILD_TEST_S3_ACCESS_KEY=$access_key ASSETBUILD_TEST_S3_SECRET_KEY=$secret_key"
  echo "export ASSETBUILD_TEST_S3_OTHER=arn:aws:iam:::user/other,$other_key,$other_secret"
}

case ${1:-} in
  start) start ;;
  env) print_env "http://127.0.0.1:$port" && echo "unset AWS_CA_BUNDLE" ;;
  env-tls) print_env "https://127.0.0.1:$tls_port" && echo "export AWS_CA_BUNDLE=$folder/ca.pem" ;;
  stop) stop ;;
  clean) stop && rm -rf "$folder" ;;
  *) echo "usage: ceph_rgw.sh start | env | env-tls | stop | clean" >&2 && exit 2 ;;
esac
