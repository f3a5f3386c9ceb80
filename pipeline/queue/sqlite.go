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
	"time"

	"github.com/riverqueue/river/riverdriver/riversqlite"
	"golang.org/x/sys/unix"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteFile is the engine of one machine: a file on a local disk.
type sqliteFile struct {
	path string
	beat *sql.DB // asks whether anything has changed, see pulse
}

// openSQLite opens the pools on a file, which is made if missing. SQLite has one
// writer at a time, so a pool of one connection queues in the process instead of
// at the file's lock. Each transaction that writes takes the lock when it begins:
// one that took it later could not wait for it.
func openSQLite(_ context.Context, dsn string) (*database, error) {
	path, err := filepath.Abs(dsn)
	if err != nil {
		return nil, fmt.Errorf("open the queue %s: %w", dsn, err)
	}
	file := &sqliteFile{path: path}
	if err := touch(path); err != nil {
		return nil, file.explain(err)
	}
	if kind := remoteDisk(filepath.Dir(path)); kind != "" {
		return nil, fmt.Errorf("the queue's database %s lies on %s, where locks cannot be relied on; "+
			"set WEFT_HOME to a folder on a disk of this machine, or WEFT_QUEUE to a PostgreSQL database", path, kind)
	}
	handle := func(size int, query string) *sql.DB {
		u := url.URL{Scheme: "file", Path: path, RawQuery: "_pragma=busy_timeout(10000)&" + query}
		p, err := sql.Open("sqlite", u.String())
		if err != nil { // only for an unknown driver name, and that is a constant
			panic(err)
		}
		p.SetMaxOpenConns(size)
		p.SetMaxIdleConns(size)
		return p
	}
	file.beat = handle(1, "_pragma=query_only(1)")
	db := &database{engine: file, name: path, dialect: dialect{
		hasTable: `SELECT count(*) FROM sqlite_master WHERE name = $1`,
		now:      `CAST(unixepoch('subsec') * 1000 AS INTEGER)`,
		lastBy:   `attempted_by ->> '$[#-1]'`,
		millis:   func(e string) string { return `CAST(round(unixepoch(` + e + `, 'subsec') * 1000) AS INTEGER)` },
		timeOf:   func(e string) string { return `strftime('%Y-%m-%d %H:%M:%f', (` + e + `) / 1000.0, 'unixepoch')` },
		noticed:  true,
	}}
	db.write = &pool{DB: handle(1, "_pragma=synchronous(FULL)&_txlock=immediate")}
	db.own = handle(1, "_pragma=synchronous(FULL)&_txlock=immediate")
	db.loose = &pool{DB: handle(1, "_pragma=synchronous(NORMAL)&_txlock=immediate")}
	db.read = handle(2, "_pragma=query_only(1)")
	db.driver = driver{Driver: riversqlite.New(db.own), file: file}
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

// MoveAside renames a damaged queue's file, with its logs, and tells what it is
// called now. It refuses while the queue can be opened, or a worker works it.
func MoveAside(ctx context.Context, path string) (string, error) {
	if isPostgres(path) {
		return "", errors.New("move the queue aside: it is a PostgreSQL database, which its server looks after")
	}
	lock, err := TryLock(path+".worker", false)
	if err != nil {
		return "", fmt.Errorf("move the queue aside: a worker uses it: %w", err)
	}
	defer lock.Release()
	if q, err := Open(ctx, path, "", Origin{}); err == nil {
		fine := ""
		err := q.db.read.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&fine)
		if err = errors.Join(err, q.Close()); err == nil && fine == "ok" {
			return "", fmt.Errorf("move the queue aside: %s is not damaged", path)
		}
	}
	to := path + time.Now().UTC().Format(".damaged-20060102-150405")
	if err := os.Rename(path, to); err != nil {
		return "", fmt.Errorf("move the queue aside: %w", err)
	}
	for _, log := range []string{"-wal", "-shm"} {
		if err := os.Rename(path+log, to+log); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("move the queue aside: %w", err)
		}
	}
	return to, nil
}

// prepare is engine's.
func (f *sqliteFile) prepare(ctx context.Context) (func(), error) {
	lock, err := waitLock(ctx, f.path+".migrate", time.Minute)
	if err != nil {
		return nil, err
	}
	if _, err := f.beat.ExecContext(ctx, `PRAGMA journal_mode = WAL`); err != nil {
		lock.Release()
		return nil, err
	}
	return lock.Release, nil
}

// close is engine's.
func (f *sqliteFile) close() error { return f.beat.Close() }

// explain is engine's.
func (f *sqliteFile) explain(err error) error {
	if err == nil {
		return nil
	}
	remedy := ""
	var fault *sqlite.Error
	if errors.As(err, &fault) {
		switch fault.Code() & 0xff { // the low byte is the primary code
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			remedy = "the file is damaged; weft jobs --move-aside moves it away, and weft starts with a new one: finished work is safe in the bucket, jobs that were waiting must be submitted again"
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
	return fmt.Errorf("the queue's database %s: %w; %s", f.path, err, remedy)
}
