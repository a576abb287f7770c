-- ptce_actor()
-- Time and the courier have a role, a person has a login; in a rehearsal one plays every part.
DECLARE
  told json := convert_from(NEW.line, 'UTF8')::json;
  actor text := told ->> 'actor';
  typist text := COALESCE(told ->> 'by', actor);
BEGIN
  {owned}
  IF (actor IN ('scheduler', 'courier') AND typist = actor
      AND pg_has_role(session_user, TG_ARGV[0], 'MEMBER'))
    OR EXISTS (SELECT FROM person WHERE contest = NEW.contest AND login = session_user
      AND active AND pseudonym = typist AND (typist = actor OR roles::jsonb ? 'desk'))
    OR EXISTS (SELECT FROM contest JOIN person USING (contest) WHERE contest = NEW.contest
      AND rehearsal AND login = session_user AND active)
  THEN RETURN COALESCE(NEW, OLD); END IF;
  RAISE EXCEPTION '% writes no line of % here', session_user, typist
    USING ERRCODE = 'insufficient_privilege';
END

-- ptce_keys()
-- Of a key that stands twice the triggers would read one, and whoever else looks perhaps the other.
DECLARE told json := convert_from(NEW.line, 'UTF8')::json;
BEGIN
  {owned}
  IF NOT EXISTS (SELECT FROM (VALUES (0, told), (1, told -> 'data'), (2, told -> 'pd'))
      AS part (place, held),
      json_object_keys(CASE json_typeof(held) WHEN 'object' THEN held END) AS key
      GROUP BY place, key HAVING count(*) > 1)
  THEN RETURN COALESCE(NEW, OLD); END IF;
  RAISE EXCEPTION 'the line % has a key twice', NEW.n
    USING ERRCODE = 'insufficient_privilege';
END

-- ptce_side()
BEGIN
  {owned}
  IF EXISTS (SELECT FROM ledger WHERE contest = NEW.contest AND n = NEW.n
      AND xmin = pg_current_xact_id()::xid
      AND convert_from(line, 'UTF8')::json #>> ARRAY['pd', NEW.subject] = encode(sha256(
        convert_to(NEW.salt || chr(10) || NEW.data || chr(10), 'UTF8')), 'hex'))
  THEN RETURN COALESCE(NEW, OLD); END IF;
  RAISE EXCEPTION 'no line of this act tells of it (%)', NEW.subject
    USING ERRCODE = 'insufficient_privilege';
END

-- ptce_process()
BEGIN
  {owned}
  IF NOT EXISTS (SELECT FROM process_file WHERE process = NEW.process
      AND NOT xmin = pg_current_xact_id()::xid)
    AND EXISTS (SELECT FROM contest AS own WHERE EXISTS ({written own.contest}
      WHERE told ->> 'type' IN ('process_adopted') AND told #>> '{data,to}' = NEW.process))
  THEN RETURN COALESCE(NEW, OLD); END IF;
  RAISE EXCEPTION 'no line of this act tells of it (%)', NEW.process
    USING ERRCODE = 'insufficient_privilege';
END

-- ptce_document()
BEGIN
  {owned}
  IF NOT EXISTS (SELECT FROM side WHERE position(OLD.sha256 in data) > 0)
    AND NOT EXISTS (SELECT FROM attachment WHERE sha256 = OLD.sha256 AND NOT erased)
  THEN RETURN COALESCE(NEW, OLD); END IF;
  RAISE EXCEPTION 'a document that is named is not removed (%)', OLD.sha256
    USING ERRCODE = 'insufficient_privilege';
END

-- ptce_person()
-- A login opens the door: the row has no other than the side row of the line that enrols.
DECLARE kept person := COALESCE(NEW, OLD);
BEGIN
  {owned}
  IF EXISTS ({written kept.contest}
      WHERE told ->> 'type' IN ('person_enrolled', 'person_left', 'personal_data_erased')
      AND COALESCE(told #>> '{data,person}', told #>> '{data,subject}') = kept.pseudonym
      AND CASE WHEN TG_OP = 'DELETE' THEN true WHEN told ->> 'type' <> 'person_enrolled'
        THEN NOT kept.active ELSE (told #>> '{data,roles}')::jsonb = kept.roles::jsonb
        AND kept.login IS NOT DISTINCT FROM (SELECT data::json ->> 'login' FROM side
          WHERE contest = kept.contest AND n = written.n AND subject = kept.pseudonym) END)
  THEN RETURN COALESCE(NEW, OLD); END IF;
  RAISE EXCEPTION 'no line of this act tells of it (%)', kept.pseudonym
    USING ERRCODE = 'insufficient_privilege';
END

-- ptce_head()
-- A head that no line has would keep everybody from writing. It is asked at each act.
BEGIN
  {owned}
  IF (NEW.contest, NEW.head_n, NEW.head_hash) = (OLD.contest, OLD.head_n, OLD.head_hash)
    OR EXISTS (SELECT FROM (SELECT n, line FROM ledger WHERE contest = NEW.contest
      ORDER BY n DESC LIMIT 1) AS last WHERE NEW.contest = OLD.contest
      AND n = NEW.head_n AND encode(sha256(line), 'hex') = NEW.head_hash)
  THEN RETURN COALESCE(NEW, OLD); END IF;
  RAISE EXCEPTION 'the head of % is that of its last line', NEW.contest
    USING ERRCODE = 'insufficient_privilege';
END

-- ptce_erased()
BEGIN
  {owned}
  IF EXISTS ({written OLD.contest}
      WHERE told ->> 'type' IN ('personal_data_erased') AND told #>> '{data,subject}' = OLD.subject
      AND (told #>> '{data,lines}')::jsonb @> to_jsonb(OLD.n))
  THEN RETURN COALESCE(NEW, OLD); END IF;
  RAISE EXCEPTION 'no line of this act tells of it (%)', OLD.subject
    USING ERRCODE = 'insufficient_privilege';
END

-- owned
-- Who owns the tables can take a trigger away: it binds everybody else.
IF pg_has_role(session_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER')
THEN RETURN COALESCE(NEW, OLD); END IF;

-- written
-- The lines that this very transaction has written about a contest.
SELECT FROM (SELECT n, convert_from(line, 'UTF8')::json AS told FROM ledger
  WHERE contest = {contest} AND n > (SELECT n FROM ledger WHERE contest = {contest}
    AND NOT xmin = pg_current_xact_id()::xid ORDER BY n DESC LIMIT 1)) AS written
