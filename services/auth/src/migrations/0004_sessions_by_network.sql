DROP INDEX "sessions_user_id";--> statement-breakpoint
CREATE INDEX "sessions_user_ip" ON "sessions" USING btree ("user_id",("ip"::inet));--> statement-breakpoint
CREATE INDEX "sessions_user_unended" ON "sessions" USING btree ("user_id") WHERE "sessions"."ended_at" is null;