package local

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"weft/config"
)

func bucketsIn(dir string) string  { return filepath.Join(dir, "buckets") }
func versionsIn(dir string) string { return filepath.Join(dir, "versions") }

// saved is credentials.json: what a store keeps from one start to the next.
type saved struct {
	AccessKeyID     string `json:"access_key_id"`
	SecretAccessKey string `json:"secret_access_key"`
}

// credentials are those of the store, made up at the first start.
func credentials(dir string) (config.Credentials, error) {
	path := filepath.Join(dir, "credentials.json")
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		s := saved{AccessKeyID: "WEFT" + rand.Text()[:16], SecretAccessKey: rand.Text() + rand.Text()}
		if raw, err = json.Marshal(s); err != nil {
			return config.Credentials{}, err
		}
		// Another process may be starting for the first time too: the first wins.
		if err = writeNew(path, raw); errors.Is(err, fs.ErrExist) {
			raw, err = os.ReadFile(path)
		}
	}
	if err != nil {
		return config.Credentials{}, err
	}
	var s saved
	if err := json.Unmarshal(raw, &s); err != nil || s.AccessKeyID == "" || s.SecretAccessKey == "" {
		return config.Credentials{}, fmt.Errorf("%s is damaged: remove it to have new keys made", path)
	}
	return config.Credentials{AccessKeyID: s.AccessKeyID, SecretAccessKey: config.Secret(s.SecretAccessKey)}, nil
}

// announced is endpoint.json: where a server of the store answers.
type announced struct {
	URL string `json:"url"`
	PID int    `json:"pid"`
}

func endpointFile(dir string) string { return filepath.Join(dir, "endpoint.json") }
func portFile(dir string) string     { return filepath.Join(dir, "port") }

// publishIn tells other processes where the server answers, and keeps its port
// for the next time, so that links live on over a restart.
func publishIn(dir, address string) error {
	raw, err := json.Marshal(announced{URL: address, PID: os.Getpid()})
	if err != nil {
		return err
	}
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	return errors.Join(replace(portFile(dir), []byte(u.Port())), replace(endpointFile(dir), raw))
}

// unpublish takes an endpoint back, unless another server has published its own.
func unpublish(dir, address string) error {
	a, err := readAnnounced(dir)
	if err != nil || a.URL != address || a.PID != os.Getpid() {
		return nil
	}
	if err := os.Remove(endpointFile(dir)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func readAnnounced(dir string) (a announced, err error) {
	raw, err := os.ReadFile(endpointFile(dir))
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(raw, &a); err != nil {
		return a, err
	}
	u, err := url.Parse(a.URL)
	if err != nil {
		return a, err
	}
	if ip := net.ParseIP(u.Hostname()); ip == nil || !ip.IsLoopback() {
		return a, fmt.Errorf("%s names a server outside this machine", endpointFile(dir))
	}
	return a, nil
}

// lastPort is the port of the last published server, or "".
func lastPort(dir string) string {
	raw, err := os.ReadFile(portFile(dir))
	if err != nil {
		return ""
	}
	port := strings.TrimSpace(string(raw))
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return ""
	}
	return port
}

// writeNew writes a private file that must not exist yet, whole or not at all.
func writeNew(path string, raw []byte) error {
	return through(path, raw, os.Link)
}

// replace writes a private file in place of another, whole or not at all.
func replace(path string, raw []byte) error {
	return through(path, raw, os.Rename)
}

func through(path string, raw []byte, place func(from, to string) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".weft-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(raw)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return place(f.Name(), path)
}
