#!/bin/sh
# Pushes one trace, one metric and one log line through Alloy, and reads each back as the environment's tenant.
#
# Everything that differs comes in environment variables, so that no value is ever part of a command's text:
#   SIGNALS                        which of traces, metrics and logs
#   ALLOY_URL                      where Alloy takes OTLP over HTTP
#   TEMPO_URL, MIMIR_URL, LOKI_URL where each is read back
#   TENANT                         whose data are read
#   NAMESPACE, POD                 whose output the log line is
#   TIMEOUT_SECONDS, PAUSE_SECONDS how long to wait for all of them, and between two tries
set -u

hex() {
  od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'
}

# Why the last try failed.
reason=

# Sends a body to Alloy.
push() {
  said=$(printf '%s' "$2" | curl -sS --fail --max-time 10 -o /dev/null \
    -H 'Content-Type: application/json' --data-binary @- "$ALLOY_URL$1" 2>&1) && return 0
  reason="Alloy did not take it: $said"
  return 1
}

# Asks for what holds the id of this run; curl's further arguments follow.
read_back() {
  who=$1
  shift
  if ! said=$(curl -sS --max-time 10 -w '\n%{http_code}' -H "X-Scope-OrgID: $TENANT" "$@" 2>&1); then
    reason="$who does not answer: $said"
    return 1
  fi
  status=$(printf '%s' "$said" | tail -n 1)
  if [ "$status" = 200 ] && printf '%s' "$said" | grep -qF "$id"; then
    return 0
  fi
  case $status in
    200 | 404) reason="Alloy took it, and $who does not have it for tenant $TENANT" ;;
    *) reason="$who answers with status $status to tenant $TENANT" ;;
  esac
  return 1
}

try_traces() {
  if [ "$traces_pushed" = no ]; then
    push /v1/traces "$(printf '{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"smoke-test"}}]},"scopeSpans":[{"scope":{"name":"smoke-test"},"spans":[{"traceId":"%s","spanId":"%s","name":"smoke-test","kind":1,"startTimeUnixNano":"%s000000000","endTimeUnixNano":"%s001000000","attributes":[{"key":"smoke_test.id","value":{"stringValue":"%s"}}]}]}]}]}' \
      "$trace" "$span" "$start" "$start" "$id")" || return 1
    traces_pushed=yes
  fi
  read_back Tempo "$TEMPO_URL/api/traces/$trace"
}

try_metrics() {
  if [ "$metrics_pushed" = no ]; then
    push /v1/metrics "$(printf '{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"smoke-test"}}]},"scopeMetrics":[{"scope":{"name":"smoke-test"},"metrics":[{"name":"smoke_test_push","description":"Pushed by a smoke test.","gauge":{"dataPoints":[{"timeUnixNano":"%s000000000","asInt":"1","attributes":[{"key":"id","value":{"stringValue":"%s"}}]}]}}]}]}]}' \
      "$(date +%s)" "$id")" || return 1
    metrics_pushed=yes
  fi
  read_back Mimir --get --data-urlencode "query=smoke_test_push{id=\"$id\"}" "$MIMIR_URL/api/v1/query"
}

try_logs() {
  # Again with each try: Alloy may begin to read this pod's output only after the first line.
  echo "smoke test line $id"
  read_back Loki --get \
    --data-urlencode "query={namespace=\"$NAMESPACE\", pod=\"$POD\"} |= \"smoke test line $id\"" \
    --data-urlencode limit=1 "$LOKI_URL/loki/api/v1/query_range"
}

id=$(hex 16)
trace=$(hex 16)
span=$(hex 8)
start=$(date +%s)
traces_pushed=no
metrics_pushed=no
left=$SIGNALS

while :; do
  now=$(date +%s)
  last=no
  if [ $((now - start)) -ge "$TIMEOUT_SECONDS" ]; then
    last=yes
  fi
  still=
  for signal in $left; do
    if "try_$signal"; then
      echo "$signal: arrived after $(($(date +%s) - start)) s"
    else
      still="$still $signal"
      if [ "$last" = yes ]; then
        echo "$signal: FAILED after $(($(date +%s) - start)) s: $reason" >&2
      fi
    fi
  done
  left=$still
  if [ -z "$left" ]; then
    echo "all arrived: $SIGNALS"
    exit 0
  fi
  if [ "$last" = yes ]; then
    echo "did not arrive:$left" >&2
    exit 1
  fi
  sleep "$PAUSE_SECONDS"
done
