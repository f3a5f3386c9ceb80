package local

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/gofiber/fiber/v3"

	"weft/config"
)

const (
	// proofPath is no bucket's: their names do not begin with a dot.
	proofPath = "/.weft/proof"
	// findTime is for a server that draws pictures on a busy machine. Where none
	// listens any more, the connection is refused at once.
	findTime = 3 * time.Second
)

// Find returns the published endpoint of a server of dir that answers now and
// proves that it holds the store's secret. Whoever else listens at the port of
// a dead server is not taken for it. It takes findTime at most.
func Find(ctx context.Context, dir string) (Endpoint, bool) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Endpoint{}, false
	}
	at, err := readAnnounced(dir)
	if err != nil {
		return Endpoint{}, false
	}
	if _, err := os.Stat(filepath.Join(dir, "credentials.json")); errors.Is(err, fs.ErrNotExist) {
		return Endpoint{}, false
	}
	keys, err := credentials(dir)
	if err != nil || !proven(ctx, at.URL, keys) {
		return Endpoint{}, false
	}
	return Endpoint{URL: at.URL, Region: Region, Bucket: Bucket, Credentials: keys}, true
}

// Next tells where the next published server of dir will answer: at the port of
// the last one, or at a free one that is kept for it. Links may be signed for it
// before it runs.
func Next(dir string) (Endpoint, error) {
	end, err := next(dir)
	if err != nil {
		return Endpoint{}, fmt.Errorf("prepare the embedded store: %w", err)
	}
	return end, nil
}

func next(dir string) (Endpoint, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Endpoint{}, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Endpoint{}, err
	}
	keys, err := credentials(dir)
	if err != nil {
		return Endpoint{}, err
	}
	port := lastPort(dir)
	if port == "" {
		free, err := candidates(dir, "", false)
		if err != nil {
			return Endpoint{}, err
		}
		if _, port, err = net.SplitHostPort(free[0]); err != nil {
			return Endpoint{}, err
		}
		if err := replace(portFile(dir), []byte(port)); err != nil {
			return Endpoint{}, err
		}
	}
	return Endpoint{URL: "http://" + net.JoinHostPort("127.0.0.1", port), Region: Region, Bucket: Bucket, Credentials: keys}, nil
}

// Republish publishes this server's endpoint again if no published one answers:
// a server of the same directory that came later has taken the place and left.
// Call it every few seconds while others are to find this one.
func (s *Server) Republish(ctx context.Context) error {
	if _, ok := Find(ctx, s.dir); ok || ctx.Err() != nil {
		return nil
	}
	select {
	case <-s.done:
		return nil
	default:
	}
	s.published.Store(true)
	return publishIn(s.dir, s.endpoint.URL)
}

func proven(ctx context.Context, address string, keys config.Credentials) bool {
	ctx, cancel := context.WithTimeout(ctx, findTime)
	defer cancel()
	nonce := rand.Text()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+proofPath+"?nonce="+nonce, nil)
	if err != nil {
		return false
	}
	// A transport of its own: no proxy, and no connection left behind.
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(io.LimitReader(resp.Body, 256))
	return err == nil && resp.StatusCode == http.StatusOK && hmac.Equal(got, []byte(proof(keys, nonce)))
}

// prove answers a challenge with what only the holder of the secret can know.
func prove(keys config.Credentials) fiber.Handler {
	return func(c fiber.Ctx) error { return c.SendString(proof(keys, c.Query("nonce"))) }
}

func proof(keys config.Credentials, nonce string) string {
	m := hmac.New(sha256.New, []byte(keys.SecretAccessKey))
	m.Write([]byte("weft embedded store\n" + nonce))
	return hex.EncodeToString(m.Sum(nil))
}
