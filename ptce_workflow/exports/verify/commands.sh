export LC_ALL=C
work=$(mktemp -d)
hashes() { (cd "$1" && find . -type f | cut -c 3- | sort | tr '\n' '\0' | xargs -0r sha256sum); }

sha256sum --check --strict --quiet MANIFEST &&
  find . ! -type d ! -path ./MANIFEST | cut -c 3- | sort |
  diff - <(cut -c 67- MANIFEST) && echo "1 files"

test -s ledger.jsonl && jq -acS . ledger.jsonl | cmp - ledger.jsonl &&
  jq -acS . side.jsonl | cmp - side.jsonl && echo "2 form"

mkdir "$work/lines" "$work/sides"
split -l 1 -a 9 -d ledger.jsonl "$work/lines/"
hashes "$work/lines" | cut -c 1-64 > "$work/hashes"
{ printf '%064d\n' 0; head -n -1 "$work/hashes"; } | nl -w 1 -s ' ' |
  diff - <(jq -r '"\(.n) \(.prev)"' ledger.jsonl) && echo "3 chain"

jq -r '.n as $n | .pd // {} | to_entries[] | "\($n) \(.key) \(.value)"' ledger.jsonl |
  sort > "$work/promised"
jq -r '.salt, .data' side.jsonl | split -l 2 -a 9 -d - "$work/sides/"
paste -d ' ' <(jq -r '"\(.n) \(.subject)"' side.jsonl) <(hashes "$work/sides" | cut -c 1-64) |
  sort > "$work/kept"
jq -r 'select(.type == "personal_data_erased").data | .subject as $subject | .lines[] |
  "\(.) \($subject)"' ledger.jsonl | sort -u > "$work/erased"
comm -13 "$work/promised" "$work/kept" | diff /dev/null - &&
  comm -23 "$work/promised" "$work/kept" | cut -d ' ' -f 1,2 | sort |
  diff - "$work/erased" && echo "4 sides"

jq -r '.def, (select(.type == "process_adopted").data.to)' ledger.jsonl | sort -u |
  diff - <(ls processes) &&
  for rules in processes/*; do hashes "$rules" | sha256sum | cut -c 1-64; done |
  diff - <(ls processes) && echo "5 rules"

{ jq -r '.. | objects | .evidence? | objects | "\(.sha256)  proof"' ledger.jsonl
  jq -r '.data | fromjson | .. | objects | .sha256? // empty | "\(.)  kept"' side.jsonl; } |
  sort | sort -suk 1,1 | diff - documents.txt && echo "6 documents"

jq -r 'select(.type == "message_sent" or .type == "message_uncertain").data |
  "\(.sha256)  \(.message)"' ledger.jsonl | diff - mails.txt && echo "7 mails"

signed() { # KEY SIGNATURE < TEXT
  base64 -d <<< "$2" | tail -c 64 > "$work/signature"
  cat > "$work/text"
  openssl pkeyutl -verify -pubin -inkey "$1" -rawin -in "$work/text" \
    -sigfile "$work/signature" > "$work/said" 2>&1
}
: > "$work/keys"
raw() { openssl pkey -pubin -in "$1" -outform DER | tail -c 32; }
jq -r 'select(.type == "contest_created" or .type == "key_changed") |
  select(.data.key).n as $n | "\($n) \(.data.key) \(.data.signed // "")"' ledger.jsonl |
  while read -r n key by; do
    file=$(printf 'keys/%09d.pem' "$n")
    test "$(raw "$file" | base64)" = "$key" || echo "$file"
    test -z "$by" || raw "$file" | signed "$before" "$by" || echo "$file"
    before=$file
    echo "$file" >> "$work/keys"
  done | diff /dev/null - &&
  find keys -type f 2> /dev/null | sort | diff - "$work/keys" && echo "8 keys"

origin=$(jq -r 'select(.n == 1).data | "ptce/\(.contest)/\(.origin)"' ledger.jsonl)
mapfile -t hash < "$work/hashes"
checkpoint() { # FILE
  { read -r name; read -r size; read -r head; read -r; read -r _ _ by; } < "$1"
  [[ $name == "$origin" && $size =~ ^[1-9][0-9]{0,8}$ ]] || return
  printf -v last 'keys/%09d.pem' "$size"
  while read -r file; do [[ $file > $last ]] || key=$file; done < "$work/keys"
  test "$(base64 -d <<< "$head" | od -An -v -tx1 | tr -d ' \n')" = "${hash[size - 1]}" &&
    head -n 3 "$1" | signed "$key" "$by"
}
counted() { for note; do sed -n 2p "$note"; done | sort -u | wc -l; } # FILES
here=$(find checkpoints -type f 2> /dev/null | sort)
for note in $here ${KEPT:-}; do
  checkpoint "$note" || echo "$note"
done | diff /dev/null - && test "$here${KEPT:-}" &&
  echo "9 checkpoints: $(counted $here) here, $(counted ${KEPT:-}) kept elsewhere"
