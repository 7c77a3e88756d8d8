ALTER TABLE "roles" ADD COLUMN "withdrawal" text;--> statement-breakpoint
-- What the roles of a user allow at this moment. VOLATILE for the same reason as roles_now(). The lock is taken alone by whoever
-- changes what a role allows ("role" in ASCII): a session that is begun or refreshed with the scopes from before is committed by then.
CREATE FUNCTION "scopes_now"("of_user" text) RETURNS text[] LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(1919904869);
  RETURN array(
    SELECT DISTINCT "scope" FROM "user_roles" JOIN "role_scopes" ON "role_scopes"."role" = "user_roles"."role" WHERE "user_id" = "of_user" ORDER BY 1
  );
END $$;
