// Package postgrestest starts a PostgreSQL server for tests, on the loopback and
// in a temporary folder, wherever the server's programs are installed.
package postgrestest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// ErrMissing means that this machine has no PostgreSQL server to start.
var ErrMissing = errors.New("postgres and initdb were not found: install PostgreSQL to run these tests")

// Server is a running server. Everything in it is gone when it stops.
type Server struct {
	url  string // without a database
	dir  string
	run  *exec.Cmd
	dead chan struct{}
	made atomic.Int32
}

// Start starts a server and waits until it answers. It is ErrMissing where none
// is installed.
func Start(ctx context.Context) (*Server, error) {
	bin := find()
	if bin == "" {
		return nil, ErrMissing
	}
	dir, err := os.MkdirTemp("", "weft-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, dead: make(chan struct{})}
	if err := s.start(ctx, bin); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// find is the folder of the newest postgres and initdb, or "".
func find() string {
	folders := filepath.SplitList(os.Getenv("PATH"))
	installed, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is good
	slices.Reverse(installed)
	for _, dir := range append(installed, folders...) {
		if executable(filepath.Join(dir, "postgres")) && executable(filepath.Join(dir, "initdb")) {
			return dir
		}
	}
	return ""
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

func (s *Server) start(ctx context.Context, bin string) error {
	as, err := account(s.dir)
	if err != nil {
		return err
	}
	data := filepath.Join(s.dir, "data")
	port, err := freePort()
	if err != nil {
		return err
	}
	setup := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-U", "weft", "--auth=trust", "-E", "UTF8", "--no-sync", "--locale=C")
	setup.SysProcAttr, setup.Dir = as, s.dir
	if out, err := setup.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	s.run = exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200")
	s.run.SysProcAttr, s.run.Dir, s.run.Stdout, s.run.Stderr = as, s.dir, log, log
	if err := s.run.Start(); err != nil {
		return err
	}
	go func() {
		_ = s.run.Wait() // the log tells
		close(s.dead)
	}()
	s.url = fmt.Sprintf("postgres://weft@127.0.0.1:%d/", port)
	for {
		_, err := s.Database(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.dead:
			text, _ := os.ReadFile(log.Name())
			return fmt.Errorf("postgres ended: %s", text)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// account is who runs the server: never root, which it refuses. The folder is
// made theirs.
func account(dir string) (*syscall.SysProcAttr, error) {
	// A signal to the tests is not for the server: they stop it themselves.
	as := &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() != 0 {
		return as, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return as, os.Chown(dir, uid, gid)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// Database makes an empty database and returns its URL.
func (s *Server) Database(ctx context.Context) (string, error) {
	db, err := sql.Open("pgx", s.url+"postgres")
	if err != nil {
		return "", err
	}
	defer func() { _ = db.Close() }()
	name := fmt.Sprintf("weft%d", s.made.Add(1))
	_, err = db.ExecContext(ctx, "CREATE DATABASE "+name)
	return s.url + name, err
}

// Stop ends the server at once and removes all it kept.
func (s *Server) Stop() {
	if s.run != nil && s.run.Process != nil {
		_ = s.run.Process.Signal(syscall.SIGQUIT) // immediate shutdown
		<-s.dead
	}
	_ = os.RemoveAll(s.dir)
}
