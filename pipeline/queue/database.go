package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"golang.org/x/sys/unix"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// database is the queue's database: River's tables and ours beside them. All
// SQL in this package is the same for SQLite and PostgreSQL; what differs is here.
type database struct {
	driver riverdriver.Driver[*sql.Tx]
	write  *sql.DB // our transactions: on disk once committed
	loose  *sql.DB // marks and progress: survive a kill, may be lost with the power
	read   *sql.DB // snapshots
	own    *sql.DB // River's
	beat   *sql.DB // asks whether anything has changed, see pulse

	path string // of the SQLite file
}

// riverTime is how River writes a time in UTC; no other form compares rightly.
const riverTime = "2006-01-02 15:04:05.000"

// openDatabase opens, and makes if need be, the database that dsn names.
func openDatabase(ctx context.Context, dsn string) (*database, error) {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return nil, errors.New("open the queue: PostgreSQL is not built into this weft; unset WEFT_QUEUE to use SQLite")
	}
	path, err := filepath.Abs(dsn)
	if err != nil {
		return nil, fmt.Errorf("open the queue %s: %w", dsn, err)
	}
	if err := touch(path); err != nil {
		return nil, explain(path, err)
	}
	db, err := openSQLite(path)
	if err == nil {
		err = db.prepare(ctx)
	}
	if err != nil {
		if db != nil {
			err = errors.Join(err, db.close())
		}
		return nil, explain(path, err)
	}
	return db, nil
}

// touch makes the file if it is missing, readable by its owner only: it holds
// the names of files. One that is there is not opened: see pulse.
func touch(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return &fs.PathError{Op: "open", Path: path, Err: unix.EISDIR}
		}
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// openSQLite opens the pools. SQLite has one writer at a time, so a pool of one
// connection queues in the process instead of at the file's lock. Each
// transaction that writes takes the lock when it begins: one that took it later
// could not wait for it.
func openSQLite(path string) (*database, error) {
	db := &database{path: path}
	pool := func(size int, query string) *sql.DB {
		u := url.URL{Scheme: "file", Path: path, RawQuery: "_pragma=busy_timeout(10000)&" + query}
		p, err := sql.Open("sqlite", u.String())
		if err != nil { // only for an unknown driver name, and that is a constant
			panic(err)
		}
		p.SetMaxOpenConns(size)
		p.SetMaxIdleConns(size)
		return p
	}
	db.write = pool(1, "_pragma=synchronous(FULL)&_txlock=immediate")
	db.own = pool(1, "_pragma=synchronous(FULL)&_txlock=immediate")
	db.loose = pool(1, "_pragma=synchronous(NORMAL)&_txlock=immediate")
	db.read = pool(2, "_pragma=query_only(1)")
	db.beat = pool(1, "_pragma=query_only(1)")
	db.driver = driver{Driver: riversqlite.New(db.own), db: db}
	return db, nil
}

// close closes every pool.
func (db *database) close() error {
	return errors.Join(db.own.Close(), db.write.Close(), db.loose.Close(), db.read.Close(), db.beat.Close())
}

// change runs a transaction on a pool and bumps the version that watchers wait for.
func (db *database) change(ctx context.Context, pool *sql.DB, do func(tx *sql.Tx) error) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return explain(db.path, err)
	}
	defer func() { _ = tx.Rollback() }() // no effect once committed
	if err := do(tx); err != nil {
		return explain(db.path, err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE weft_change SET version = version + 1`); err != nil {
		return explain(db.path, err)
	}
	return explain(db.path, tx.Commit())
}

// explain says in plain words what is wrong with the database's file, and what
// to do, where the error is the file's and not ours.
func explain(path string, err error) error {
	if err == nil {
		return nil
	}
	remedy := ""
	var fault *sqlite.Error
	if errors.As(err, &fault) {
		switch fault.Code() & 0xff { // the low byte is the primary code
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			remedy = "the file is damaged; move it away and start weft again: finished work is safe in the bucket, jobs that were waiting must be submitted again"
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
			remedy = "weft cannot write it; check that the file and its folder belong to you"
		case sqlite3.SQLITE_FULL:
			remedy = "the disk is full; make room, and the work goes on"
		case sqlite3.SQLITE_IOERR:
			remedy = "the disk failed or is full; check it, and that it is a local one"
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			remedy = "another process has held it for too long; try again"
		}
	}
	var file *fs.PathError
	if errors.As(err, &file) {
		remedy = "check that the folder exists and belongs to you, or set WEFT_HOME to one that does"
	}
	if remedy == "" {
		return err
	}
	return fmt.Errorf("the queue's database %s: %w; %s", path, err, remedy)
}
