-- Tables of others may be beside ours, with views and triggers of their own. A view that bears the
-- name of one of ours stands in its place.
WITH ours AS (SELECT oid, relname, relkind, relrowsecurity, relpersistence, relowner, relacl
  FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname = ANY(%s))
SELECT tgname, pg_get_triggerdef(t.oid, true) || CASE tgenabled
  WHEN 'O' THEN '' ELSE ' ' || tgenabled::text END FROM pg_trigger t JOIN ours
  ON ours.oid = tgrelid WHERE NOT tgisinternal
UNION ALL SELECT proname || '()', concat_ws(' ', provolatile, proisstrict, prosecdef, replace(
  array_to_string(proconfig, ';'), quote_ident(current_schema()), '*'), prosrc) FROM pg_proc
  WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'ptce%%'
UNION ALL SELECT relname, 'kind ' || relkind::text FROM ours WHERE relkind <> 'r'
UNION ALL SELECT rulename, 'rule' FROM pg_rewrite JOIN ours ON ours.oid = ev_class
  WHERE rulename <> '_RETURN'
UNION ALL SELECT conname, pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN ours
  ON ours.oid IN (conrelid, confrelid) WHERE contype NOT IN ('n', 't')
UNION ALL SELECT relname || ' (row security)', '' FROM ours WHERE relrowsecurity
UNION ALL SELECT relname || ' (unlogged)', '' FROM ours WHERE relpersistence <> 'p'
UNION ALL SELECT relname || ' (inherited)', '' FROM ours JOIN pg_inherits
  ON ours.oid IN (inhparent, inhrelid)
UNION ALL SELECT relname || '.' || attname, 'COLUMN ' || format_type(atttypid, atttypmod)
  || coalesce(' COLLATE ' || quote_ident(collname), '')
  || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
  || CASE WHEN atthasdef OR attidentity <> '' THEN ' DEFAULT' ELSE '' END
  FROM pg_attribute JOIN ours ON attrelid = ours.oid
  LEFT JOIN pg_collation AS c ON c.oid = attcollation WHERE attnum > 0 AND NOT attisdropped
UNION ALL SELECT c.relname, CASE WHEN indisvalid AND indisready AND indislive
  THEN '' ELSE 'INVALID' END FROM pg_index JOIN ours ON ours.oid = indrelid
  JOIN pg_class c ON c.oid = indexrelid WHERE NOT (indisvalid AND indisready AND indislive)
ORDER BY 1
