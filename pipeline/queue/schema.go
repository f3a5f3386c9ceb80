package queue

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"slices"

	"github.com/riverqueue/river/rivermigrate"
)

// schemaVersion is the number of our tables' form. It also covers River's:
// raise it with each new version of River, so that its migrations run.
const schemaVersion = 6

// schema is our part of the database. A job's counts stand in its row, so that
// no reader ever counts tasks. A task that is running has a row in weft_active:
// what is found there without a worker was running when its worker died.
// Times are Unix milliseconds.
var schema = []string{
	`CREATE TABLE IF NOT EXISTS weft_schema (version BIGINT NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS weft_change (
		version BIGINT   NOT NULL, -- bumped by every change
		job     BIGINT   NOT NULL, -- the newest job's number
		alive   SMALLINT NOT NULL  -- 1 from a worker's start to its end
	)`,
	`CREATE TABLE IF NOT EXISTS weft_job (
		id        BIGINT   PRIMARY KEY,
		store     TEXT     NOT NULL,
		title     TEXT     NOT NULL,
		verb      TEXT     NOT NULL,
		recipes   TEXT     NOT NULL, -- those that all tasks share, as JSON
		total     BIGINT   NOT NULL,
		done      BIGINT   NOT NULL DEFAULT 0,
		skipped   BIGINT   NOT NULL DEFAULT 0,
		failed    BIGINT   NOT NULL DEFAULT 0,
		cancelled BIGINT   NOT NULL DEFAULT 0,
		bytes     BIGINT   NOT NULL DEFAULT 0,
		undoable  BIGINT   NOT NULL DEFAULT 0, -- done tasks that can be taken back
		undoes    BIGINT   NOT NULL DEFAULT 0, -- the job whose work this one takes back
		redoes    BIGINT   NOT NULL DEFAULT 0, -- the undo that this one takes back
		error     TEXT     NOT NULL DEFAULT '',
		cancel    SMALLINT NOT NULL DEFAULT 0, -- 1: the user ended it
		paused    SMALLINT NOT NULL DEFAULT 0, -- 1: the user holds it back
		owner     TEXT     NOT NULL DEFAULT '', -- who submitted it
		issued    BIGINT   NOT NULL DEFAULT 0, -- tasks from this number on have no ticket yet
		lane      TEXT     NOT NULL DEFAULT '', -- of its first tasks
		rank      BIGINT   NOT NULL DEFAULT 0, -- River's priority of its tickets
		place     BIGINT   NOT NULL DEFAULT 0, -- of task 0 among those of this rank, see fair.go
		created   BIGINT   NOT NULL,
		updated   BIGINT   NOT NULL
	)`,
	`CREATE TABLE IF NOT EXISTS weft_task (
		job     BIGINT   NOT NULL,
		seq     BIGINT   NOT NULL,
		task    TEXT     NOT NULL,
		state   TEXT     NOT NULL DEFAULT 'queued',
		skipped SMALLINT NOT NULL DEFAULT 0,
		deaths  SMALLINT NOT NULL DEFAULT 0, -- workers that died while doing it
		kills   SMALLINT NOT NULL DEFAULT 0, -- of those, the ones that died of it
		error   TEXT     NOT NULL DEFAULT '',
		outcome TEXT     NOT NULL DEFAULT '',
		PRIMARY KEY (job, seq)
	)`,
	`CREATE INDEX IF NOT EXISTS weft_task_failed ON weft_task (job, seq) WHERE state = 'failed'`,
	`CREATE TABLE IF NOT EXISTS weft_arrival (
		job   BIGINT PRIMARY KEY, -- one that has tasks but no row in weft_job
		store TEXT   NOT NULL,
		beat  BIGINT NOT NULL -- when the last of them came, by the database's clock; 0: they go
	)`,
	`CREATE TABLE IF NOT EXISTS weft_active (
		job     BIGINT   NOT NULL,
		seq     BIGINT   NOT NULL,
		object  TEXT     NOT NULL,
		stage   TEXT     NOT NULL DEFAULT '',
		done    BIGINT   NOT NULL DEFAULT 0,
		total   BIGINT   NOT NULL DEFAULT 0,
		waiting SMALLINT NOT NULL DEFAULT 0, -- 1: between two attempts
		worker  TEXT     NOT NULL DEFAULT '',
		PRIMARY KEY (job, seq)
	)`,
	`CREATE TABLE IF NOT EXISTS weft_worker (
		id      TEXT   PRIMARY KEY,
		store   TEXT   NOT NULL,
		host    TEXT   NOT NULL,
		account TEXT   NOT NULL, -- a fingerprint of its credentials, no secret
		started BIGINT NOT NULL,
		beat    BIGINT NOT NULL, -- when it last proved that it lives, by the database's clock
		leaves  BIGINT NOT NULL DEFAULT 0 -- 1: it is asked to leave
	)`,
	`CREATE TABLE IF NOT EXISTS weft_store (
		store TEXT PRIMARY KEY,
		held  TEXT NOT NULL -- why no worker may work it: its credentials
	)`,
	`INSERT INTO weft_change (version, job, alive)
		SELECT 1, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM weft_change)`,
	`DELETE FROM weft_schema`,
}

// changes bring tables of an older form to the next one. Form 1 kept no account
// of what can be undone: of its jobs those are offered that may be, and the undo
// itself looks at each task.
var changes = map[int][]string{
	1: {
		`ALTER TABLE weft_job ADD COLUMN undoable BIGINT NOT NULL DEFAULT 0`,
		`ALTER TABLE weft_job ADD COLUMN undoes BIGINT NOT NULL DEFAULT 0`,
		`ALTER TABLE weft_job ADD COLUMN redoes BIGINT NOT NULL DEFAULT 0`,
		`UPDATE weft_job SET undoable = done WHERE verb IN ('delete', 'move')`,
	},
	2: {
		`ALTER TABLE weft_job ADD COLUMN paused SMALLINT NOT NULL DEFAULT 0`,
		`ALTER TABLE weft_job ADD COLUMN owner TEXT NOT NULL DEFAULT ''`,
		`ALTER TABLE weft_active ADD COLUMN worker TEXT NOT NULL DEFAULT ''`,
	},
	3: {
		`ALTER TABLE weft_job ADD COLUMN issued BIGINT NOT NULL DEFAULT 0`,
		`ALTER TABLE weft_job ADD COLUMN lane TEXT NOT NULL DEFAULT ''`,
		`ALTER TABLE weft_job ADD COLUMN rank BIGINT NOT NULL DEFAULT 0`,
		`ALTER TABLE weft_job ADD COLUMN place BIGINT NOT NULL DEFAULT 0`,
		`UPDATE weft_job SET issued = total`, // they have all their tickets
	},
	4: {
		// As form 3 made it, which had it first.
		`CREATE TABLE IF NOT EXISTS weft_worker (id TEXT PRIMARY KEY, store TEXT NOT NULL, host TEXT NOT NULL,
			account TEXT NOT NULL, started BIGINT NOT NULL, beat BIGINT NOT NULL)`,
		`ALTER TABLE weft_worker ADD COLUMN leaves BIGINT NOT NULL DEFAULT 0`,
	},
	5: {
		`ALTER TABLE weft_task ADD COLUMN deaths SMALLINT NOT NULL DEFAULT 0`,
		`UPDATE weft_task SET deaths = kills, kills = 0 WHERE kills > 0`, // nobody asked what they died of
	},
}

// migrate brings the tables to this version's form. Migrations of several first
// starts would trip over each other, so they take turns; afterwards a look at
// the form is all it costs.
func (db *database) migrate(ctx context.Context) error {
	if have, err := db.form(ctx); err != nil || have == schemaVersion {
		return err
	}
	release, err := db.prepare(ctx)
	if err != nil {
		return err
	}
	defer release()
	have, err := db.form(ctx)
	switch {
	case err != nil || have == schemaVersion:
		return err
	case have > schemaVersion:
		return fmt.Errorf("the queue's database %s was made by a newer weft (form %d, this one knows %d); use that one, or another database", db.name, have, schemaVersion)
	}
	return db.migrateFrom(ctx, have)
}

// form is the form of the tables; 0: there are none yet.
func (db *database) form(ctx context.Context) (int, error) {
	var tables, version int
	err := db.read.QueryRowContext(ctx, db.hasTable, "weft_schema").Scan(&tables)
	if err != nil || tables == 0 {
		return 0, err
	}
	err = db.read.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM weft_schema`).Scan(&version)
	return version, err
}

// migrateFrom runs River's migrations and ours, from the form there is (0: none).
// Ours are one transaction, with the version, so that none is done by halves;
// a migration that was cut off is taken up again.
func (db *database) migrateFrom(ctx context.Context, have int) error {
	migrator, err := rivermigrate.New(db.driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("prepare River's tables: %w", err)
	}
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	var steps []string
	for ; have > 0 && have < schemaVersion; have++ {
		steps = append(steps, changes[have]...)
	}
	for _, statement := range slices.Concat(steps, schema) {
		if err := execute(ctx, tx, statement); err != nil {
			return fmt.Errorf("prepare the queue's tables: %w", err)
		}
	}
	if err := execute(ctx, tx, `INSERT INTO weft_schema (version) VALUES ($1)`, schemaVersion); err != nil {
		return err
	}
	return tx.Commit()
}

// execute runs a statement whose result is of no interest.
func execute(ctx context.Context, tx *sql.Tx, statement string, args ...any) error {
	_, err := tx.ExecContext(ctx, statement, args...)
	return err
}

// affected runs a statement and tells how many rows it changed.
func affected(ctx context.Context, tx *sql.Tx, statement string, args ...any) (int64, error) {
	r, err := tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}
