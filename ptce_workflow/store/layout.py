# ruff: noqa: E501
"""How SQLite makes the tables and their indexes.

Written by tools/generate.py from store/tables.py; not to be edited.
"""

TABLES = (
    "CREATE TABLE candidature ( contest VARCHAR NOT NULL, id VARCHAR NOT NULL, ref VARCHAR NOT NULL, state VARCHAR NOT NULL, since VARCHAR NOT NULL, version INTEGER NOT NULL, name VARCHAR, due VARCHAR NOT NULL, content VARCHAR NOT NULL, private VARCHAR NOT NULL, PRIMARY KEY (contest, id), UNIQUE (contest, ref) )",
    "CREATE INDEX candidature_due ON candidature (contest, due) WHERE due <> ''",
    "CREATE INDEX candidature_page ON candidature (contest, state, length(ref), ref)",
    "CREATE TABLE contest ( contest VARCHAR NOT NULL, process VARCHAR NOT NULL, rehearsal BOOLEAN NOT NULL, content VARCHAR NOT NULL, head_n INTEGER NOT NULL, head_hash VARCHAR NOT NULL, moved_to VARCHAR NOT NULL, last_pass VARCHAR NOT NULL, PRIMARY KEY (contest) ) WITHOUT ROWID",
    "CREATE TABLE counter ( contest VARCHAR NOT NULL, name VARCHAR NOT NULL, bucket VARCHAR NOT NULL, value BIGINT NOT NULL, PRIMARY KEY (contest, name, bucket) ) WITHOUT ROWID",
    "CREATE TABLE courier ( contest VARCHAR NOT NULL, paused_until VARCHAR NOT NULL, pauses INTEGER NOT NULL, why VARCHAR NOT NULL, PRIMARY KEY (contest) ) WITHOUT ROWID",
    "CREATE TABLE document ( sha256 VARCHAR NOT NULL, content BLOB NOT NULL, PRIMARY KEY (sha256) )",
    "CREATE TABLE ledger ( contest VARCHAR NOT NULL, n INTEGER NOT NULL, prev VARCHAR NOT NULL, line BLOB NOT NULL, PRIMARY KEY (contest, n), CHECK (rowid > 0) )",
    "CREATE INDEX ledger_case ON ledger (CASE WHEN json_valid(CAST(line AS TEXT)) THEN json_extract(CAST(line AS TEXT), '$.case') END)",
    'CREATE INDEX ledger_clock ON ledger (n) WHERE instr(line, CAST(\'"type":"clock_accepted"\' AS BLOB)) > 0',
    "CREATE TABLE mail ( contest VARCHAR NOT NULL, number INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (contest, number) )",
    "CREATE TABLE message ( contest VARCHAR NOT NULL, number INTEGER NOT NULL, case_id VARCHAR NOT NULL, notification VARCHAR NOT NULL, occurrence VARCHAR NOT NULL, recipient VARCHAR NOT NULL, due VARCHAR NOT NULL, next_at VARCHAR NOT NULL, stage VARCHAR NOT NULL, held BOOLEAN NOT NULL, sequence INTEGER NOT NULL, attempts INTEGER NOT NULL, worker VARCHAR NOT NULL, lease_until VARCHAR NOT NULL, words VARCHAR NOT NULL, address VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, said VARCHAR NOT NULL, read VARCHAR NOT NULL, sent VARCHAR NOT NULL, erased BOOLEAN NOT NULL, PRIMARY KEY (contest, case_id, notification, occurrence, recipient), UNIQUE (contest, number) )",
    "CREATE INDEX message_next ON message (contest, stage, next_at, number) WHERE stage <> 'cancelled'",
    "CREATE INDEX message_standing ON message (case_id) WHERE stage IN ('planned', 'held', 'queued', 'retry', 'claimed')",
    "CREATE TABLE person ( contest VARCHAR NOT NULL, pseudonym VARCHAR NOT NULL, roles VARCHAR NOT NULL, institution VARCHAR, login VARCHAR, private VARCHAR NOT NULL, active BOOLEAN NOT NULL, PRIMARY KEY (contest, pseudonym) ) WITHOUT ROWID",
    "CREATE INDEX person_login ON person (login)",
    "CREATE TABLE process_file ( process VARCHAR NOT NULL, path VARCHAR NOT NULL, content BLOB NOT NULL, PRIMARY KEY (process, path) ) WITHOUT ROWID",
    "CREATE TABLE process_form ( process VARCHAR NOT NULL, made_by VARCHAR NOT NULL, content BLOB NOT NULL, PRIMARY KEY (process) )",
    "CREATE TABLE side ( contest VARCHAR NOT NULL, n INTEGER NOT NULL, subject VARCHAR NOT NULL, salt VARCHAR NOT NULL, data VARCHAR NOT NULL, PRIMARY KEY (contest, n, subject) ) WITHOUT ROWID",
)

KEYS = {
    "candidature_pkey": "PRIMARY KEY (contest, id)",
    "candidature_contest_ref_key": "UNIQUE (contest, ref)",
    "candidature_due": "INDEX (contest, due) WHERE",
    "candidature_page": "INDEX (contest, state, *, ref)",
    "contest_pkey": "PRIMARY KEY (contest)",
    "counter_pkey": "PRIMARY KEY (contest, name, bucket)",
    "courier_pkey": "PRIMARY KEY (contest)",
    "document_pkey": "PRIMARY KEY (sha256)",
    "ledger_pkey": "PRIMARY KEY (contest, n)",
    "ledger_case": "INDEX (*)",
    "ledger_clock": "INDEX (n) WHERE",
    "mail_pkey": "PRIMARY KEY (contest, number)",
    "message_pkey": "PRIMARY KEY (contest, case_id, notification, occurrence, recipient)",
    "message_contest_number_key": "UNIQUE (contest, number)",
    "message_next": "INDEX (contest, stage, next_at, number) WHERE",
    "message_standing": "INDEX (case_id) WHERE",
    "person_pkey": "PRIMARY KEY (contest, pseudonym)",
    "person_login": "INDEX (login)",
    "process_file_pkey": "PRIMARY KEY (process, path)",
    "process_form_pkey": "PRIMARY KEY (process)",
    "side_pkey": "PRIMARY KEY (contest, n, subject)",
}
"""What each key and index is of, by the name that PostgreSQL knows it by."""
