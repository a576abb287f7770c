export LC_ALL=C
sqlite3 -newline '' ptce.db 'SELECT line FROM ledger ORDER BY n' > ledger.jsonl
jq -acS . ledger.jsonl | cmp - ledger.jsonl && echo "1 form"

split -l 1 --filter=sha256sum ledger.jsonl | cut -c 1-64 > hashes
{ printf '%064d\n' 0; head -n -1 hashes; } > before
jq -r '"\(.n) \(.prev)"' ledger.jsonl | diff <(nl -w 1 -s ' ' before) - && echo "2 chain"

echo "$(wc -l < ledger.jsonl)|$(tail -n 1 hashes)" |
  diff - <(sqlite3 ptce.db 'SELECT head_n, head_hash FROM contest') && echo "3 head"

mkdir sides mails
sqlite3 ptce.db "SELECT writefile('sides/' || n || ' ' || subject, salt || char(10) || data ||
  char(10)) FROM side; SELECT writefile(printf('mails/M-%03d', number), content) FROM mail" > written
find sides mails -type f -exec sha256sum {} + | sort > kept
jq -r '.n as $n | .pd // {} | to_entries[] | "\(.value)  sides/\($n) \(.key)"' ledger.jsonl |
  sort > promised
grep '  sides/' kept | comm -23 - promised | diff /dev/null - && echo "4 sides"
comm -13 kept promised > erased

jq -r 'select(.type == "message_sent") | "\(.data.sha256)  mails/\(.data.message)"' ledger.jsonl |
  sort | comm -23 - kept | diff /dev/null - && echo "5 mails"
