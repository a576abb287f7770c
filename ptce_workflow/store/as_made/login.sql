-- The trigger that asks whose a line is bears the name of the group that writes those of time.
SELECT session_user::text, NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid
  AND tgname = 'ledger_actor' AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname =
    convert_from(rtrim(tgargs, '\x00'), getdatabaseencoding())
    AND pg_has_role(session_user, pg_roles.oid, 'MEMBER')))
FROM pg_class WHERE oid = 'ledger'::regclass
  AND NOT pg_has_role(session_user, relowner, 'MEMBER')
