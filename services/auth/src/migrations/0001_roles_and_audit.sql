INSERT INTO "roles" ("name") VALUES ('member'), ('admin');--> statement-breakpoint
INSERT INTO "role_scopes" ("role", "scope") VALUES
  ('member', 'books:read'), ('member', 'books:write'),
  ('admin', 'books:read'), ('admin', 'books:write'), ('admin', 'books:delete'), ('admin', 'admin');--> statement-breakpoint
-- The audit log is append-only, also for a mistake in our own code.
CREATE FUNCTION "audit_is_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;--> statement-breakpoint
CREATE TRIGGER "audit_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit" FOR EACH STATEMENT EXECUTE FUNCTION "audit_is_append_only"();
--> statement-breakpoint
-- A refresh updates its row in place (HOT): none of what changes is indexed, and the page keeps room for it.
ALTER TABLE "sessions" SET (fillfactor = 80);
