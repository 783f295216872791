package server

import (
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificate is a key pair on the disk, taken into use again when its files change.
type certificate struct {
	certPath, keyPath string
	log               *slog.Logger

	mu      sync.Mutex
	pair    *tls.Certificate
	seen    [sha256.Size]byte // what the files held when they were last looked at
	checked time.Time
}

// certificateCheck is how often the files are looked at.
const certificateCheck = time.Second

// reloadingTLS returns a configuration whose certificate follows its files. A
// change that cannot be read leaves the old certificate in use.
func reloadingTLS(certPath, keyPath string, log *slog.Logger) (*tls.Config, error) {
	c := &certificate{certPath: certPath, keyPath: keyPath, log: log}
	if _, err := c.follow(); err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}, nil
}

// follow reads both files and takes them into use if they hold something else
// than before. It compares what they hold, since two writes within one tick of
// the file system's clock leave the same time, and often the same size. A pair
// that cannot be used is an error once, until the files change again.
func (c *certificate) follow() (changed bool, err error) {
	cert, certErr := os.ReadFile(c.certPath)
	key, keyErr := os.ReadFile(c.keyPath)
	hash := sha256.New()
	for _, part := range [][]byte{cert, key} {
		sum := sha256.Sum256(part) // of a fixed length, so that the border between the files counts
		hash.Write(sum[:])
	}
	var seen [sha256.Size]byte
	hash.Sum(seen[:0])
	if seen == c.seen {
		return false, nil
	}
	c.seen = seen
	err = errors.Join(certErr, keyErr)
	if err == nil {
		var pair tls.Certificate
		if pair, err = tls.X509KeyPair(cert, key); err == nil {
			c.pair = &pair
		}
	}
	if err != nil {
		return false, fmt.Errorf("read the TLS certificate: %w", err)
	}
	return true, nil
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.checked) > certificateCheck {
		c.checked = time.Now()
		changed, err := c.follow()
		if err != nil {
			c.log.Error("the changed TLS certificate cannot be read; the old one stays in use", "error", err)
		} else if changed {
			c.log.Info("the TLS certificate was read again")
		}
	}
	return c.pair, nil
}
