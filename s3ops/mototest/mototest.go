// Package mototest starts moto's server for tests, on the loopback: a second
// opinion on lifecycle rules, public access and encryption, which the embedded
// store does not know. It accepts any key and any policy, so it says nothing
// about security.
package mototest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"weft/config"
)

// ErrMissing means that this machine has no moto_server to start.
var ErrMissing = errors.New("moto_server was not found: install moto[server] from PyPI, or name it in WEFT_MOTO, to run these tests")

// Server is a running server. What it holds is in memory only.
type Server struct {
	url  string
	run  *exec.Cmd
	dead chan struct{}
	said *os.File
}

// Start starts a server and waits until it answers. It is ErrMissing where none
// is installed.
func Start(ctx context.Context) (*Server, error) {
	program := os.Getenv("WEFT_MOTO")
	if program == "" {
		found, err := exec.LookPath("moto_server")
		if err != nil {
			return nil, ErrMissing
		}
		program = found
	}
	// The port may be taken by somebody else before moto does.
	for try := 0; ; try++ {
		s, err := start(ctx, program)
		if err == nil || try == 2 || ctx.Err() != nil {
			return s, err
		}
	}
}

func start(ctx context.Context, program string) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		return nil, err
	}
	said, err := os.CreateTemp("", "weft-moto-*.log")
	if err != nil {
		return nil, err
	}
	s := &Server{url: fmt.Sprintf("http://127.0.0.1:%d", port), dead: make(chan struct{}), said: said}
	s.run = exec.Command(program, "-H", "127.0.0.1", "-p", strconv.Itoa(port))
	s.run.Stdout, s.run.Stderr = said, said
	if err := s.run.Start(); err != nil {
		close(s.dead)
		s.Stop()
		return nil, fmt.Errorf("start moto_server: %w", err)
	}
	go func() {
		_ = s.run.Wait() // the log tells
		close(s.dead)
	}()
	if err := s.await(ctx); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// await waits until the server answers.
func (s *Server) await(ctx context.Context) error {
	for {
		// Only moto has this page, so no other server is taken for it.
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/moto-api/data.json", nil)
		if err != nil {
			return err
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.dead:
			text, _ := os.ReadFile(s.said.Name())
			return fmt.Errorf("moto_server ended: %s", strings.TrimSpace(string(text)))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// URL is where the server answers.
func (s *Server) URL() string { return s.url }

// Config reaches a bucket of the server, which need not exist yet. A region other
// than us-east-1 must be that of the bucket.
func (s *Server) Config(bucket string) *config.Config {
	return &config.Config{Bucket: bucket, Endpoint: s.url, Region: "us-east-1", PathStyle: "always", Checksums: "auto",
		Credentials: config.Credentials{AccessKeyID: "testing", SecretAccessKey: "testing"}}
}

// Stop ends the server at once; that of none does nothing.
func (s *Server) Stop() {
	if s == nil {
		return
	}
	if s.run.Process != nil {
		_ = s.run.Process.Kill()
		<-s.dead
	}
	_ = s.said.Close()
	_ = os.Remove(s.said.Name())
}
