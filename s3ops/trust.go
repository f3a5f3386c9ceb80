package s3ops

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// trusted is the TLS configuration with the authorities that AWS_CA_BUNDLE names
// beside those of the system; nil for those of the system alone. The SDK reads
// the variable too, but for a transport of its own only.
func trusted() (*tls.Config, error) {
	path := os.Getenv("AWS_CA_BUNDLE")
	if path == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("AWS_CA_BUNDLE: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("AWS_CA_BUNDLE: %s holds no certificate in PEM", printable(path))
	}
	return &tls.Config{RootCAs: pool}, nil
}
