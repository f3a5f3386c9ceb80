// Package local is the embedded S3 server: versitygw over a directory, with
// versions, on loopback. It knows no images: what a new store holds is put
// there by its caller.
//
// Several processes may serve one directory at once, each at a port of its own:
// the objects are files, and the server locks a key's file between processes
// while it publishes it, so that If-None-Match and If-Match hold between them.
package local

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
	"github.com/versity/versitygw/s3api"

	"weft/config"
	"weft/s3ops"
)

// Bucket is the name of the bucket a new store starts with.
const Bucket = "fabric-storage-bucket"

// Region is the region the embedded server signs for.
const Region = "us-east-1"

// startTime is how long a server may take until it listens.
const startTime = 10 * time.Second

// Endpoint is where a running embedded server answers, and how to sign for it.
type Endpoint struct {
	URL         string
	Region      string
	Bucket      string
	Credentials config.Credentials
}

// Server is a running embedded server.
type Server struct {
	endpoint  Endpoint
	dir       string // absolute
	cancel    context.CancelFunc
	done      chan struct{}
	err       error  // why it ended; read after done
	back      string // the working folder before Start
	published atomic.Bool
	users     *users
}

// Start serves dir on a loopback address; listen may be empty (the port used
// last time if it is free, else any). It creates the directory, credentials,
// bucket and the given prefixes if missing, and publishes its endpoint for Find
// if publish is set. Only one may run in a process. It ends with ctx.
//
// The server's library works with paths below the working folder: Start changes
// that to dir/buckets until Close. Make paths absolute before. It also keeps
// os.Stdout to itself for the moment in which the library greets: print nothing
// at the same time.
func Start(ctx context.Context, dir, listen string, publish bool, prefixes []string) (*Server, error) {
	s, err := start(ctx, dir, listen, publish, prefixes)
	if err != nil {
		return nil, fmt.Errorf("start the embedded store: %w", err)
	}
	if publish {
		s.published.Store(true)
		if err := publishIn(s.dir, s.endpoint.URL); err != nil {
			return nil, errors.Join(fmt.Errorf("start the embedded store: %w", err), s.Close())
		}
	}
	return s, nil
}

func start(ctx context.Context, dir, listen string, publish bool, prefixes []string) (*Server, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	for _, d := range []string{dir, bucketsIn(dir), versionsIn(dir)} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, err
		}
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return nil, err
	}
	keys, err := credentials(dir)
	if err != nil {
		return nil, err
	}
	addresses, err := candidates(dir, listen, publish)
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, endpoint: Endpoint{Region: Region, Bucket: Bucket, Credentials: keys}}
	if s.back, err = os.Getwd(); err != nil {
		s.back = dir
	}
	for _, address := range addresses {
		if err = s.serve(ctx, address); err == nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	if err := s.furnish(ctx, prefixes); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// serve runs the server at an address and returns when it listens.
func (s *Server) serve(ctx context.Context, address string) error {
	files, err := quietly(func() (backend.Backend, error) { return openStore(s.dir) })
	if err != nil {
		return err
	}
	root := auth.Account{Access: s.endpoint.Credentials.AccessKeyID, Secret: string(s.endpoint.Credentials.SecretAccessKey), Role: auth.RoleAdmin}
	s.users = newUsers(root)
	ctx, s.cancel = context.WithCancel(ctx)
	s.done = make(chan struct{})
	listening := make(chan struct{})
	go func() {
		defer close(s.done)
		s.err = embedgw.RunVersityGW(ctx, files, &embedgw.Config{
			RootUserAccess: root.Access, RootUserSecret: root.Secret,
			IAMService: s.users,
			Region:     Region, Ports: []string{address}, Quiet: true, KeepAlive: true,
			MaxConnections: 4096, MaxRequests: 2048, MultipartMaxParts: 10_000,
			S3Options: []s3api.Option{
				s3api.WithOnListen(sync.OnceFunc(func() { close(listening) })),
				s3api.WithRoute("GET", proofPath, prove(s.endpoint.Credentials)),
			},
		})
		s.err = errors.Join(s.err, os.Chdir(s.back))
		if s.published.Load() {
			s.err = errors.Join(s.err, unpublish(s.dir, s.endpoint.URL))
		}
	}()
	select {
	case <-listening:
		s.endpoint.URL = "http://" + address
		return nil
	case <-s.done:
		err = s.err
	case <-time.After(startTime):
		err = errors.New("it did not listen in time")
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.cancel()
	<-s.done
	return fmt.Errorf("listen on %s: %w", address, orEnded(err))
}

func orEnded(err error) error {
	if err == nil {
		return errors.New("it ended by itself")
	}
	return err
}

// openStore opens the store's files. What S3 keeps beside the bytes goes into
// extended attributes, or into files of its own where there are none.
func openStore(dir string) (backend.Backend, error) {
	root, sidecar := bucketsIn(dir), filepath.Join(dir, "metadata")
	opts := posix.PosixOpts{VersioningDir: versionsIn(dir), CopyObjectThreshold: 5 << 30}
	opts.SetNewDirPerm(0o700)
	opts.SetNewFilePerm(0o600)
	var attributes meta.MetadataStorer = meta.XattrMeta{}
	// Once begun with files, a store stays with them.
	if _, err := os.Stat(sidecar); err == nil || !hasAttributes(root) {
		if err := os.MkdirAll(sidecar, 0o700); err != nil {
			return nil, err
		}
		side, err := meta.NewSideCar(sidecar)
		if err != nil {
			return nil, err
		}
		opts.SideCarDir, attributes = sidecar, side
	}
	p, err := posix.New(root, attributes, opts)
	if err != nil {
		return nil, err
	}
	return &store{Posix: p, root: root, attributes: attributes, sidecar: opts.SideCarDir != "", coming: map[string]int{}, ending: map[string]int{}}, nil
}

// hasAttributes tries the extended attributes out: some file systems read them
// and refuse to write them.
func hasAttributes(root string) bool {
	x := meta.XattrMeta{}
	return x.StoreAttribute(nil, root, "", "weft-probe", []byte("1")) == nil && x.DeleteAttribute(root, "", "weft-probe") == nil
}

// quietly runs open without the lines it prints on os.Stdout, which has no
// switch in the library and would tear a terminal interface.
func quietly(open func() (backend.Backend, error)) (backend.Backend, error) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	stdout := os.Stdout
	os.Stdout = null
	defer func() { os.Stdout = stdout }()
	return open()
}

// furnish makes the bucket and the markers of its folders, unless a finished
// store is found. One process at a time: a bucket that another one is making is
// there before it has what makes it a bucket.
func (s *Server) furnish(ctx context.Context, prefixes []string) error {
	lock, err := os.OpenFile(filepath.Join(s.dir, "furnish.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }() // which gives the lock back
	if err := s3ops.FileLock(ctx, lock); err != nil {
		return err
	}
	b, err := s3ops.Open(ctx, s.endpoint.Apply(&config.Config{Local: s.dir}))
	if err != nil {
		return err
	}
	if err := b.Create(ctx); err != nil {
		return err
	}
	for _, p := range prefixes {
		if _, err := os.Stat(filepath.Join(bucketsIn(s.dir), Bucket, filepath.FromSlash(p))); err == nil {
			continue
		}
		if _, err := b.Upload(ctx, p, strings.NewReader(""), s3ops.UploadOptions{ContentType: "application/x-directory"}); err != nil && !errors.Is(err, s3ops.ErrExists) {
			return err
		}
	}
	return nil
}

// Endpoint tells where the server answers.
func (s *Server) Endpoint() Endpoint { return s.endpoint }

// Close takes the server's endpoint back, stops it after the requests it is at,
// and returns when it has ended. Its library lets go of what is still open after
// ten seconds; that may be a connection on which nothing was asked yet, which a
// client leaves behind that dials while another of its connections becomes free.
// It may be called more than once.
func (s *Server) Close() error {
	var err error
	if s.published.Load() {
		err = unpublish(s.dir, s.endpoint.URL)
	}
	s.cancel()
	<-s.done
	return errors.Join(err, s.err)
}

// Done is closed when the server ends by itself or by Close.
func (s *Server) Done() <-chan struct{} { return s.done }

// Apply returns a copy of c that points at the endpoint.
func (e Endpoint) Apply(c *config.Config) *config.Config {
	to := *c
	to.Endpoint, to.Region, to.Credentials = e.URL, e.Region, e.Credentials
	to.PathStyle, to.Checksums, to.Profile = "always", "always", ""
	if to.Bucket == "" {
		to.Bucket = e.Bucket
	}
	return &to
}

// CheckListen says whether an address to listen on is HOST:PORT on loopback.
func CheckListen(listen string) error {
	_, _, err := splitListen(listen)
	return err
}

func splitListen(listen string) (host, port string, err error) {
	if host, port, err = net.SplitHostPort(listen); err != nil {
		return "", "", fmt.Errorf("listen address %q is not HOST:PORT, such as 127.0.0.1:9000", listen)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", "", fmt.Errorf("listen address %q has no port from 0 (any) to 65535", listen)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", "", fmt.Errorf("listen address %q is not of this machine alone: the embedded store answers only on loopback, such as 127.0.0.1:9000", listen)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	return host, port, nil
}

// candidates are the addresses to try, best first.
func candidates(dir, listen string, publish bool) ([]string, error) {
	host, port := "127.0.0.1", ""
	if listen != "" {
		var err error
		if host, port, err = splitListen(listen); err != nil {
			return nil, err
		}
	}
	if port != "" && port != "0" {
		return []string{net.JoinHostPort(host, port)}, nil
	}
	var all []string
	if last := lastPort(dir); publish && last != "" && listen == "" {
		all = append(all, net.JoinHostPort(host, last))
	}
	// The library takes no listener, only a number: ask for free ones and take
	// them up at once. Three, should somebody else be faster.
	for range 3 {
		l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			return nil, err
		}
		all = append(all, l.Addr().String())
		if err := l.Close(); err != nil {
			return nil, err
		}
	}
	return all, nil
}
