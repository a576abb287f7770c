-- Tables of others may be beside ours, with views and triggers of their own. A view that bears the
-- name of one of ours stands in its place.
WITH ours AS (SELECT oid, relname, relkind, relrowsecurity, relpersistence, relowner, relacl
  FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname = ANY(%s))
SELECT c.relname, pg_get_indexdef(indexrelid, 0, true) FROM pg_index JOIN ours
  ON ours.oid = indrelid JOIN pg_class c ON c.oid = indexrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND conrelid = indrelid)
ORDER BY 1
