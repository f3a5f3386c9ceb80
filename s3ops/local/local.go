// Package local is the embedded S3 server: versitygw over a directory, with
// versions, on loopback. It knows no images: what a new store holds is put
// there by its caller.
package local

import (
	"context"

	"weft/config"
)

// Bucket is the name of the bucket a new store starts with.
const Bucket = "fabric-storage-bucket"

// Endpoint is where a running embedded server answers, and how to sign for it.
type Endpoint struct {
	URL         string
	Region      string
	Bucket      string
	Credentials config.Credentials
}

// Server is a running embedded server.
type Server struct{}

// Start serves dir on a loopback address; listen may be empty (the port used
// last time if it is free, else any). It creates the directory, credentials,
// bucket and the given prefixes if missing, and publishes its endpoint for Find
// if publish is set. Only one may run in a process.
func Start(ctx context.Context, dir, listen string, publish bool, prefixes []string) (*Server, error) {
	panic("contract")
}

// Endpoint tells where the server answers.
func (s *Server) Endpoint() Endpoint { panic("contract") }

// Close stops the server and takes its endpoint back. Done is closed when the
// server ends by itself.
func (s *Server) Close() error          { panic("contract") }
func (s *Server) Done() <-chan struct{} { panic("contract") }

// Find returns the published endpoint of a server of dir that answers now.
func Find(ctx context.Context, dir string) (Endpoint, bool) { panic("contract") }

// Apply returns a copy of c that points at the endpoint.
func (e Endpoint) Apply(c *config.Config) *config.Config { panic("contract") }
