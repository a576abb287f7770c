-- Tables of others may be beside ours, with views and triggers of their own. A view that bears the
-- name of one of ours stands in its place.
WITH ours AS (SELECT oid, relname, relkind, relrowsecurity, relpersistence, relowner, relacl
  FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname = ANY(%s)), given AS (
  SELECT relname, '' AS part, relowner, (aclexplode(relacl)).* FROM ours
  UNION ALL SELECT relname, attname, relowner, (aclexplode(attacl)).* FROM ours
    JOIN pg_attribute ON attrelid = ours.oid)
SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee)::text END, privilege_type,
  relname::text, part::text FROM given WHERE grantee <> relowner
