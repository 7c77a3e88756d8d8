-- Earlier versions kept what a proxy told as it was: an address with a port or a zone, or no address at all.
CREATE FUNCTION "is_address"("ip" text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "ip"::inet;
  RETURN true;
EXCEPTION WHEN invalid_text_representation THEN
  RETURN false;
END $$;--> statement-breakpoint
UPDATE "sessions" SET "ip" = '::' WHERE NOT "is_address"("ip");--> statement-breakpoint
DROP FUNCTION "is_address"(text);--> statement-breakpoint
DROP INDEX "sessions_user_id";--> statement-breakpoint
CREATE INDEX "sessions_user_ip" ON "sessions" USING btree ("user_id",("ip"::inet));--> statement-breakpoint
CREATE INDEX "sessions_user_unended" ON "sessions" USING btree ("user_id") WHERE "sessions"."ended_at" is null;