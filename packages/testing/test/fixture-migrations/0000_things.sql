CREATE TABLE "things" ("id" integer PRIMARY KEY, "name" text NOT NULL);
--> statement-breakpoint
INSERT INTO "things" VALUES (1, 'seeded');
