-- What: an index that finds the sessions in which an admin is somebody else
-- Why: they end with the admin's own sessions, and with the admin's role
-- author: MoLOS Edge
-- phase: expand
-- reversible: no

CREATE INDEX sessions_impersonated_by ON sessions (impersonated_by);
