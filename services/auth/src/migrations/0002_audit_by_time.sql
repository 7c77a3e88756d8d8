DROP INDEX "audit_event";--> statement-breakpoint
DROP INDEX "audit_actor";--> statement-breakpoint
CREATE INDEX "audit_at" ON "audit" USING btree ("at","id");--> statement-breakpoint
CREATE INDEX "audit_event_at" ON "audit" USING btree ("event","at","id");--> statement-breakpoint
CREATE INDEX "audit_actor_at" ON "audit" USING btree ("actor","at","id");--> statement-breakpoint
-- The roles of a user at this moment. VOLATILE, so that it doesn't see the snapshot of the statement that calls it: a
-- refresh that has waited for a change of roles to commit must not sign the roles from before the wait.
CREATE FUNCTION "roles_now"("of_user" text) RETURNS text[] LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN array(SELECT "role" FROM "user_roles" WHERE "user_id" = "of_user" ORDER BY 1);
END $$;
