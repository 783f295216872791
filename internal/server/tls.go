package server

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"
)

// certificate is a key pair on the disk, read again when its files change.
type certificate struct {
	certPath, keyPath string
	log               *slog.Logger

	mu      sync.Mutex
	pair    *tls.Certificate
	stamp   string
	checked time.Time
}

// certificateCheck is how often the files are looked at.
const certificateCheck = time.Second

// reloadingTLS returns a configuration whose certificate follows its files. A
// change that cannot be read leaves the old certificate in use.
func reloadingTLS(certPath, keyPath string, log *slog.Logger) (*tls.Config, error) {
	c := &certificate{certPath: certPath, keyPath: keyPath, log: log}
	if err := c.load(); err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}, nil
}

func (c *certificate) load() error {
	stamp := c.fileStamp()
	pair, err := tls.LoadX509KeyPair(c.certPath, c.keyPath)
	if err != nil {
		return fmt.Errorf("read the TLS certificate: %w", err)
	}
	c.pair, c.stamp = &pair, stamp
	return nil
}

// fileStamp changes when either file does.
func (c *certificate) fileStamp() string {
	var stamp strings.Builder
	for _, path := range []string{c.certPath, c.keyPath} {
		if info, err := os.Stat(path); err == nil {
			stamp.WriteString(fmt.Sprint(info.ModTime().UnixNano(), " ", info.Size(), " "))
		}
	}
	return stamp.String()
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.checked) > certificateCheck {
		c.checked = time.Now()
		if stamp := c.fileStamp(); stamp != c.stamp {
			if err := c.load(); err != nil {
				c.log.Error("the changed TLS certificate cannot be read; the old one stays in use", "error", err)
				c.stamp = stamp // say it once a change
			} else {
				c.log.Info("the TLS certificate was read again")
			}
		}
	}
	return c.pair, nil
}
