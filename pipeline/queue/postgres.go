package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
)

// postgres is the engine that many machines share.
type postgres struct {
	name   string // for errors
	read   *sql.DB
	listen *pgxpool.Pool // River's ear: one connection, made when a worker starts
}

// migrationLock is the advisory lock under which tables are changed: "weft" in ASCII.
const migrationLock = 0x77656674

// openPostgres opens the pools on the database that a postgres:// URL names. It
// must be there; the tables are made if they are missing.
func openPostgres(ctx context.Context, dsn string) (*database, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		// The library's text may quote the URL, whose password is a secret.
		return nil, errors.New("open the queue: WEFT_QUEUE is no PostgreSQL URL; write postgres://user:password@host/database")
	}
	name := nameOf(config.ConnConfig)
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	config.ConnConfig.RuntimeParams["application_name"] = "weft"
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = 10 * time.Second
	}
	handle := func(size int, synchronous string) *sql.DB {
		c := config.ConnConfig.Copy()
		if synchronous != "" {
			c.RuntimeParams["synchronous_commit"] = synchronous
		}
		p := stdlib.OpenDB(*c)
		p.SetMaxOpenConns(size)
		p.SetMaxIdleConns(size)
		return p
	}
	config.MinConns, config.MaxConns = 0, 1
	listen, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the queue: %w", err)
	}
	engine := &postgres{name: name, read: handle(2, ""), listen: listen}
	db := &database{engine: engine, name: name, dialect: dialect{
		shared: true, oneMoment: sql.LevelRepeatableRead,
		hasTable: `SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1`,
		now:      `(extract(epoch FROM clock_timestamp()) * 1000)::bigint`,
		millis:   func(e string) string { return `(extract(epoch FROM ` + e + `) * 1000)::bigint` },
		timeOf:   func(e string) string { return `to_timestamp((` + e + `) / 1000.0)` },
		lastBy:   `attempted_by[array_upper(attempted_by, 1)]`,
	}}
	db.write = &pool{DB: handle(1, "")}
	db.loose = &pool{DB: handle(1, "off")}
	db.own = handle(4, "")
	db.read = engine.read
	db.driver = riverdatabasesql.NewWithPgxListener(db.own, listen)
	return db, nil
}

// nameOf is a database as errors name it: never with its password.
func nameOf(c *pgx.ConnConfig) string {
	u := url.URL{Scheme: "postgres", User: url.User(c.User), Host: net.JoinHostPort(c.Host, fmt.Sprint(c.Port)), Path: "/" + c.Database}
	return u.String()
}

// prepare is engine's.
func (p *postgres) prepare(ctx context.Context) (func(), error) {
	conn, err := p.read.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, migrationLock); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, migrationLock)
		_ = conn.Close()
	}, nil
}

// pulse is engine's: a digest of the jobs and tasks
// that a snapshot shows. A row that every
// change counts up would hold all machines up; and a notification on commit takes
// a lock of the whole database.
func (p *postgres) pulse(ctx context.Context) pulse {
	var text string
	err := p.read.QueryRowContext(ctx, `SELECT concat_ws(' ',
		(SELECT concat_ws(',', count(*), max(id), sum(updated), sum(total + 3 * done + 5 * skipped + 7 * failed + 11 * cancelled + 13 * cancel + 17 * paused)) FROM weft_job),
		(SELECT concat_ws(',', count(*), sum(job * 131 + seq), sum(done), sum(hashtext(stage))) FROM weft_active),
		(SELECT string_agg(store || held, ',' ORDER BY store) FROM weft_store))`).Scan(&text)
	if err != nil {
		return 0 // who waits looks at the tables, and learns there what is wrong
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	return pulse(h.Sum64())
}

// close is engine's.
func (p *postgres) close() error {
	p.listen.Close()
	return nil
}

// explain is engine's.
func (p *postgres) explain(err error) error {
	if err == nil {
		return nil
	}
	remedy := ""
	var connect *pgconn.ConnectError
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused):
		remedy = remedies[refused.Code[:2]]
		if r, ok := remedies[refused.Code]; ok {
			remedy = r
		}
	case errors.As(err, &connect):
		remedy = "check that it runs and that WEFT_QUEUE names it"
	}
	if remedy == "" {
		return err
	}
	if refused != nil { // the driver's text also names the URL's parts
		return fmt.Errorf("the queue's database %s: %w; %s", p.name, refused, remedy)
	}
	return fmt.Errorf("the queue's database %s cannot be reached: %w; %s", p.name, connect.Unwrap(), remedy)
}

// remedies are what to do, by SQLSTATE or its class.
// https://www.postgresql.org/docs/current/errcodes-appendix.html
var remedies = map[string]string{
	"28":    "check the user and password in WEFT_QUEUE",
	"3D000": "create the database, or name another one in WEFT_QUEUE",
	"42501": "allow this user to create and use tables there",
	"53":    "the server is short of disk, memory or connections; make room there, and the work goes on",
	"57":    "the server is stopping or starting; try again",
	"25006": "it is read-only: name the primary server in WEFT_QUEUE",
}
