-- The index that answers `q`. A trusted extension: the owner of the database may create it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
--> statement-breakpoint
CREATE TABLE "books" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "books_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9007199254740991 START WITH 1 CACHE 1),
	"title" text COLLATE "C" NOT NULL,
	"author" text COLLATE "C" NOT NULL,
	"folded_title" text COLLATE "C" NOT NULL,
	"folded_author" text COLLATE "C" NOT NULL,
	"version" bigint DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "books_title" ON "books" USING btree ("title","id");--> statement-breakpoint
CREATE INDEX "books_author" ON "books" USING btree ("author","id");--> statement-breakpoint
CREATE INDEX "books_author_title" ON "books" USING btree ("author","title","id");--> statement-breakpoint
CREATE INDEX "books_search" ON "books" USING gin ("folded_title" gin_trgm_ops,"folded_author" gin_trgm_ops);