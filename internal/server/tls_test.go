package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func newTestLogger(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), nil))
}

// writeCertificate makes a key pair for a name in two files, always at the same
// time: a file system's clock may stand still from one write to the next.
func writeCertificate(t *testing.T, certPath, keyPath, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	oneTick := time.Unix(1_800_000_000, 0)
	for path, block := range map[string]*pem.Block{
		certPath: {Type: "CERTIFICATE", Bytes: cert}, keyPath: {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, oneTick, oneTick); err != nil {
			t.Fatal(err)
		}
	}
}

// served is the name in the certificate that is handed out now.
func served(t *testing.T, c *certificate) string {
	t.Helper()
	c.checked = time.Time{} // the files may be looked at again
	pair, err := c.get(&tls.ClientHelloInfo{})
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return cert.Subject.CommonName
}

func TestCertificateFollowsItsFiles(t *testing.T) {
	dir := t.TempDir()
	certPath, keyPath := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	log := new(logBuffer)
	c := &certificate{certPath: certPath, keyPath: keyPath, log: slog.New(slog.NewTextHandler(log, nil))}
	if _, err := reloadingTLS(certPath, keyPath, c.log); err == nil {
		t.Error("a certificate that is not there was read")
	}
	writeCertificate(t, certPath, keyPath, "first")
	if changed, err := c.follow(); err != nil || !changed {
		t.Fatal(changed, err)
	}
	if got := served(t, c); got != "first" {
		t.Errorf("served %s", got)
	}
	writeCertificate(t, certPath, keyPath, "second.example.test")
	if got := served(t, c); got != "second.example.test" {
		t.Errorf("served %s after a change", got)
	}
	// Half of a change, as a renewal may look for a moment.
	writeCertificate(t, certPath, filepath.Join(dir, "other.pem"), "third.of.example.test")
	if got := served(t, c); got != "second.example.test" {
		t.Errorf("served %s although certificate and key do not fit", got)
	}
	_ = served(t, c)
	if n := strings.Count(log.String(), "the old one stays in use"); n != 1 {
		t.Errorf("the log says %d times, not once, that they do not: %s", n, log)
	}
	if err := os.Rename(filepath.Join(dir, "other.pem"), keyPath); err != nil {
		t.Fatal(err)
	}
	if got := served(t, c); got != "third.of.example.test" {
		t.Errorf("served %s after the rest of the change", got)
	}
	if err := os.Remove(certPath); err != nil {
		t.Fatal(err)
	}
	if got := served(t, c); got != "third.of.example.test" {
		t.Errorf("served %s after the file went", got)
	}
}
