package queue

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/riverqueue/river/riverdriver"
)

// database is the queue's database: River's tables and ours beside them. All
// SQL in this package is the same for SQLite and PostgreSQL, but for what
// engine and dialect tell.
type database struct {
	engine
	dialect
	driver riverdriver.Driver[*sql.Tx]
	write  *pool   // our transactions: on disk once committed
	loose  *pool   // marks and progress: survive a kill, may be lost with the power
	read   *sql.DB // snapshots
	own    *sql.DB // River's

	name string // of the database, as a user knows it; without a password
}

// engine is what SQLite and PostgreSQL do differently.
type engine interface {
	// prepare is called before tables are made or changed. It keeps every other
	// process from doing so until release is called.
	prepare(ctx context.Context) (release func(), err error)
	// pulse is another value after any change that another connection made.
	pulse(ctx context.Context) pulse
	// explain says in plain words what is wrong with the database, and what to
	// do, where the error is the database's and not ours.
	explain(err error) error
	// close closes what is the engine's alone.
	close() error
}

// dialect is what SQLite and PostgreSQL say differently.
type dialect struct {
	shared   bool                           // workers of many machines: each proves by its heartbeat that it lives
	hasTable string                         // query: is there a table named $1
	now      string                         // expression: the database's clock, in Unix milliseconds
	lastBy   string                         // expression: the client that fetched a row of river_job last
	millis   func(expression string) string // of a time, as Unix milliseconds
	timeOf   func(expression string) string // of Unix milliseconds, as River writes it
	noticed  bool                           // River keeps its notifications in a table

	oneMoment sql.IsolationLevel // of a transaction whose queries all see the same
}

// riverTime is how River writes a time in UTC into SQLite; no other form
// compares rightly there, and PostgreSQL reads it too.
const riverTime = "2006-01-02 15:04:05.000"

// openDatabase opens, and makes if need be, the database that dsn names.
func openDatabase(ctx context.Context, dsn string) (*database, error) {
	open := openSQLite
	if isPostgres(dsn) {
		open = openPostgres
	}
	db, err := open(ctx, dsn)
	if err != nil {
		return nil, err
	}
	if err := db.migrate(ctx); err != nil {
		return nil, db.explain(errors.Join(err, db.close()))
	}
	return db, nil
}

func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// close closes every pool.
func (db *database) close() error {
	return errors.Join(db.engine.close(), db.own.Close(), db.write.Close(), db.loose.Close(), db.read.Close())
}

// pool is a database handle whose transactions are committed in groups: what
// waits while one is being written to the disk goes together in the next.
type pool struct {
	*sql.DB
	mu      sync.Mutex
	waiting []*edit
	busy    bool // a goroutine is committing
}

// edit is one change that waits for its turn. It may be done more than once: if
// another of its group fails, each is tried again alone.
type edit struct {
	job  int64 // whose counts it changes: a group goes through jobs in one order, so that groups of two processes cannot wait for each other
	do   func(tx *sql.Tx) error
	done chan error
}

// groupSize is the most changes that share a transaction.
const groupSize = 64

// change carries out do in a transaction, maybe together with others, and tells
// watchers. do must not depend on being called once.
func (db *database) change(ctx context.Context, p *pool, do func(tx *sql.Tx) error) error {
	return db.changeJob(ctx, p, 0, do)
}

// changeJob is change for what touches one job.
func (db *database) changeJob(ctx context.Context, p *pool, job int64, do func(tx *sql.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &edit{job: job, do: do, done: make(chan error, 1)}
	p.mu.Lock()
	p.waiting = append(p.waiting, w)
	first := !p.busy
	p.busy = true
	p.mu.Unlock()
	if first {
		go db.commitAll(p)
	}
	return db.explain(<-w.done)
}

// commitAll commits what waits, until nothing does.
func (db *database) commitAll(p *pool) {
	for {
		p.mu.Lock()
		group := p.waiting[:min(groupSize, len(p.waiting))]
		p.waiting = p.waiting[len(group):]
		if len(group) == 0 {
			p.busy, p.waiting = false, nil
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		db.commit(p, group)
	}
}

// commit carries out a group in one transaction, or, if one of the group fails,
// each in its own.
func (db *database) commit(p *pool, group []*edit) {
	slices.SortStableFunc(group, func(a, b *edit) int { return cmp.Compare(a.job, b.job) })
	failed, err := db.transact(p.DB, group)
	for _, w := range group {
		if failed && len(group) > 1 {
			_, err = db.transact(p.DB, []*edit{w})
		}
		w.done <- err
	}
}

// transact carries out a group in one transaction. failed tells that one of the
// group failed, not the database as a whole.
func (db *database) transact(p *sql.DB, group []*edit) (failed bool, err error) {
	ctx := context.Background() // each change ends by its own context
	tx, err := p.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	for _, w := range group {
		if err := w.do(tx); err != nil {
			return true, err
		}
	}
	if !db.shared { // where many machines commit, a row that all change would hold all up: see version
		if _, err := tx.ExecContext(ctx, `UPDATE weft_change SET version = version + 1`); err != nil {
			return false, err
		}
	}
	return false, tx.Commit()
}
